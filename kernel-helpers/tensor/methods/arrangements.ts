/** Methods of tensors: the same numbers in another arrangement, and products of matrices. */
import { valueOf } from "../arguments.ts";
import { normalizeAxis, type Shape } from "../graph/shape.ts";
import * as broadcast from "../operators/broadcast.ts";
import * as layout from "../operators/layout.ts";
import * as linear from "../operators/matmul.ts";
import type { Axes, Tensor } from "../tensor.ts";
import { Selections } from "./selections.ts";

export abstract class Arrangements extends Selections {
  /** The same numbers in the same order; one size may be -1. */
  reshape(shape: readonly number[]): Tensor {
    return this.make(layout.reshape(this.value, shape));
  }

  /** Axes in another order: axis i of the result is axis axes[i] of this. */
  permute(axes: readonly number[]): Tensor {
    return this.make(layout.rearrange(this.value, axes));
  }

  /** Two axes exchanged. */
  transpose(a: number, b: number): Tensor {
    const [first, second] = [normalizeAxis("transpose", a, this.rank), normalizeAxis("transpose", b, this.rank)];
    return this.permute(this.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis)));
  }

  /** A matrix with rows and columns exchanged; of a larger tensor, its last two axes. */
  get T(): Tensor {
    return this.transpose(-1, -2);
  }

  /** Without the axes of size 1: all, or those named. */
  squeeze(axes?: Axes): Tensor {
    return this.make(layout.squeeze(this.value, axes));
  }

  /** With a new axis of size 1 at the position. */
  unsqueeze(axis: number): Tensor {
    return this.reshape(this.shape.toSpliced(normalizeAxis("unsqueeze", axis, this.rank + 1), 0, 1));
  }

  /** Stretches axes of size 1, and new axes in front, to the shape. */
  broadcastTo(shape: Shape): Tensor {
    return this.make(broadcast.broadcastTo(this.value, shape));
  }

  /** Matrix product of the last two axes, (…, N, K) × (…, K, M) → (…, N, M). */
  matmul(other: Tensor): Tensor {
    return this.make(linear.matmul(this.value, valueOf("other", other)));
  }
}
