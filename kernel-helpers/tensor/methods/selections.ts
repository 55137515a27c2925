/** Methods of tensors: parts of them, by ranges and by indices. */
import { valueOf } from "../arguments.ts";
import { normalizeAxes } from "../graph/shape.ts";
import * as lookup from "../operators/lookup.ts";
import * as select from "../operators/select.ts";
import * as part from "../operators/slice.ts";
import * as sort from "../operators/sort.ts";
import type { Axes, Tensor } from "../tensor.ts";
import { Reductions } from "./reductions.ts";

export abstract class Selections extends Reductions {
  /** Parts along the first axes: [start, end, step] as in Python, null for all, or one index, whose axis goes. */
  slice(...ranges: readonly part.SliceRange[]): Tensor {
    return this.make(part.slice(this.value, ranges));
  }

  /** Parts of the given sizes along the axis. @param axis @default -1 */
  split(sizes: readonly number[], axis: number = -1): Tensor[] {
    return part.split(this.value, sizes, axis).map((value) => this.make(value));
  }

  /** More elements before and after along each axis, all of them the number. */
  pad(amounts: readonly (readonly [before: number, after: number])[], number: number = 0): Tensor {
    return this.make(part.pad(this.value, amounts, number));
  }

  /** In the opposite order along the axes, or along all. */
  flip(axes?: Axes): Tensor {
    return this.make(part.flip(this.value, normalizeAxes("flip", axes, this.rank)));
  }

  /** The lower triangle of the last two axes, zeros above the diagonal. */
  tril(diagonal: number = 0): Tensor {
    return this.make(select.keepTriangle(this.value, "lower", diagonal));
  }

  /** The upper triangle of the last two axes, zeros below the diagonal. */
  triu(diagonal: number = 0): Tensor {
    return this.make(select.keepTriangle(this.value, "upper", diagonal));
  }

  /**
   * The parts at the indices along the axis, such as rows of an embedding table: (N, C) and ids (…) give (…, C).
   *
   * @param ids int64, from 0 to N − 1.
   * @param axis @default 0
   * @throws {OutOfRangeError} An index is negative or too large; when the numbers are computed, if it is not known before.
   */
  take(ids: Tensor, axis: number = 0): Tensor {
    return this.make(lookup.take(this.value, valueOf("ids", ids), axis));
  }

  /** One number for each index along the axis, as torch.gather: there are as many axes of indices as of this. */
  gather(axis: number, indices: Tensor): Tensor {
    return this.make(lookup.gather(this.value, valueOf("indices", indices), axis));
  }

  /** With the numbers added at the indices along the axis, as torch.scatter_add. */
  scatterAdd(axis: number, indices: Tensor, numbers: Tensor): Tensor {
    return this.make(lookup.scatterAdd(this.value, valueOf("indices", indices), valueOf("numbers", numbers), axis));
  }

  /**
   * The k largest along the axis, the largest first, and where they lie (int64); of equals the one that comes first. NaN counts as the largest. Gradients
   * flow through the values.
   *
   * @param axis @default -1
   * @throws {ArgumentError} k is not from 0 to the length of the axis.
   */
  topK(k: number, axis: number = -1, options: sort.TopKOptions = {}): { values: Tensor; indices: Tensor } {
    const indices = sort.topIndices("topK", this.value, k, axis, sort.checkTopKOptions(options));
    return { values: this.make(lookup.gather(this.value, indices, axis)), indices: this.make(indices) };
  }

  /** Where the sorted numbers along the axis lie, int64: the smallest first, equals in their order. NaN comes last. @param axis @default -1 */
  argsort(axis: number = -1, options: sort.ArgsortOptions = {}): Tensor {
    return this.make(sort.argsort(this.value, axis, options));
  }
}
