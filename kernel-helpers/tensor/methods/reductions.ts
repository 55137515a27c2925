/** Methods of tensors: reductions, softmax and normalization along axes. */
import { keepDimsOf, valueOf } from "../arguments.ts";
import * as broadcast from "../operators/broadcast.ts";
import * as normalize from "../operators/normalize.ts";
import * as reduce from "../operators/reduce.ts";
import * as softmax from "../operators/softmax.ts";
import type { Axes, ReduceOptions, Tensor } from "../tensor.ts";
import { Comparisons } from "./comparisons.ts";

export abstract class Reductions extends Comparisons {
  sum(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return this.make(broadcast.sum(this.value, axes, keepDimsOf(options)));
  }
  mean(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return this.make(reduce.mean(this.value, axes, keepDimsOf(options)));
  }

  /** The largest number, NaN if there is one. */
  max(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return this.make(reduce.max(this.value, axes, keepDimsOf(options)));
  }

  /** The smallest number, NaN if there is one. */
  min(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return this.make(reduce.min(this.value, axes, keepDimsOf(options)));
  }

  /** Variance; `correction` is taken off the count: 1 (Bessel's) as in PyTorch, 0 for the population's. @default 1 */
  variance(axes?: Axes, options: ReduceOptions & { correction?: number } = {}): Tensor {
    return this.make(reduce.variance(this.value, axes, options));
  }

  /** log Σ exp(x), without overflow. */
  logSumExp(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return this.make(reduce.logSumExp(this.value, axes, keepDimsOf(options)));
  }

  /** The index along the axis of the largest number, the first of equals, or of the first NaN; int64. */
  argmax(axis: number): Tensor {
    return this.make(reduce.argmax(this.value, axis));
  }

  /** Running total along the axis. */
  cumsum(axis: number): Tensor {
    return this.make(reduce.cumsum(this.value, axis));
  }

  /** exp(x) / Σ exp(x) along the axis. @param axis @default -1 */
  softmax(axis: number = -1): Tensor {
    return this.make(softmax.softmax(this.value, axis));
  }

  /** log(softmax(x)) along the axis, without overflow. @param axis @default -1 */
  logSoftmax(axis: number = -1): Tensor {
    return this.make(softmax.logSoftmax(this.value, axis));
  }

  /** (x − mean) / √(variance + ε) · weight + bias over the last axis, C; weight and bias (C). */
  layerNorm(weight: Tensor, bias: Tensor, options: normalize.NormOptions = {}): Tensor {
    return this.make(normalize.layerNorm(this.value, valueOf("weight", weight), valueOf("bias", bias), options));
  }

  /** x / √(mean(x²) + ε) · weight over the last axis, C; weight (C). */
  rmsNorm(weight: Tensor, options: normalize.NormOptions = {}): Tensor {
    return this.make(normalize.rmsNorm(this.value, valueOf("weight", weight), options));
  }
}
