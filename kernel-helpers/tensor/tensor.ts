/**
 * Tensors: arrays of numbers with a shape and an element type, computed only when their numbers are asked for. A method makes an expression; it
 * checks shapes and types at once, so that a mistake is reported at the line that made it.
 */
import type { TensorArray } from "../onnx/index.ts";
import { displayable } from "../runtime/printable.ts";
import { keepDimsOf, operandOf, valueOf } from "./arguments.ts";
import { evaluate } from "./evaluate.ts";
import { decodeNumbers, shownNumbers } from "./graph/numbers.ts";
import { normalizeAxes, normalizeAxis, sizeOf, type Shape } from "./graph/shape.ts";
import { makeSource, shapeError, type DType, type Value } from "./graph/value.ts";
import * as activation from "./operators/activation.ts";
import * as broadcast from "./operators/broadcast.ts";
import * as compare from "./operators/compare.ts";
import * as elementwise from "./operators/elementwise.ts";
import * as layout from "./operators/layout.ts";
import * as lookup from "./operators/lookup.ts";
import * as linear from "./operators/matmul.ts";
import * as normalize from "./operators/normalize.ts";
import * as reduce from "./operators/reduce.ts";
import * as select from "./operators/select.ts";
import * as part from "./operators/slice.ts";
import * as softmax from "./operators/softmax.ts";
import { describeTensor, nest, type NestedNumbers } from "./print.ts";
import { tracing } from "./tracing.ts";

/** An axis or several, negative ones counted from the end; all when left out. */
export type Axes = number | readonly number[];

export interface ReduceOptions {
  /** Reduced axes stay, with size 1. @default false */
  keepDims?: boolean;
}

/** What can stand on the right of an operator: a number takes the element type of the left. */
export type Operand = Tensor | number;

export class Tensor {
  #value: Value;

  /** @internal */
  constructor(value: Value) {
    this.#value = value;
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /** The expression. @internal */
  get value(): Value {
    return this.#value;
  }

  get shape(): readonly number[] {
    return this.value.shape;
  }

  get dtype(): DType {
    return this.value.dtype;
  }

  /** The number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  // ── numbers ──────────────────────────────────────────────────────────────

  /** The numbers, in row-major order, computed now; float16 as its bits in a Uint16Array, bool as 0 and 1. Not to be written to. */
  get data(): TensorArray {
    const value = this.value;
    evaluate([value]);
    // Outside of any trace nobody can ask for a gradient of what has been computed: the expression behind it can go.
    if (value === this.#value && !tracing()) this.#value = makeSource(value, value.buffer);
    return value.buffer!.data;
  }

  /** The number of a tensor that has only one, computed now. @throws {ArgumentError} An int64 beyond 2^53: see `data`. */
  item(): number {
    if (this.size !== 1) {
      throw shapeError("item", `there are ${this.size} numbers`, [this], { hint: "reduce first, for example .mean(), or use .toArray()" });
    }
    return decodeNumbers(this.dtype, this.data)[0]!;
  }

  /** Nested arrays of the numbers, computed now; a plain number for a scalar. */
  toArray(): NestedNumbers {
    return nest(decodeNumbers(this.dtype, this.data), this.shape);
  }

  /** Shape, element type and numbers, large tensors abridged. */
  toString(): string {
    return describeTensor(this.shape, this.dtype, shownNumbers(this.dtype, this.data));
  }

  /**
   * As another element type: "float32", "float64", "float16", "int64" or "bool". To int64 numbers are cut towards zero, and those that it cannot hold
   * become anything, as in PyTorch; to bool all but 0 are true, NaN too.
   */
  to(dtype: DType): Tensor {
    return new Tensor(elementwise.cast(this.value, dtype));
  }

  /** The same numbers, through which no gradient flows. */
  detach(): Tensor {
    return new Tensor(reduce.stop(this.value));
  }

  // ── arithmetic, with broadcasting ────────────────────────────────────────

  #operand(other: Operand, argument = "other"): Value {
    return operandOf(argument, other, this.dtype);
  }

  add(other: Operand): Tensor {
    return new Tensor(elementwise.add(this.value, this.#operand(other)));
  }
  sub(other: Operand): Tensor {
    return new Tensor(elementwise.sub(this.value, this.#operand(other)));
  }
  mul(other: Operand): Tensor {
    return new Tensor(elementwise.mul(this.value, this.#operand(other)));
  }

  /** Integers are divided towards zero. @throws {ArgumentError} An integer is divided by zero. */
  div(other: Operand): Tensor {
    return new Tensor(elementwise.div(this.value, this.#operand(other)));
  }

  /** To the power of the exponent. @throws {ArgumentError} An integer has a negative exponent. */
  pow(exponent: Operand): Tensor {
    return new Tensor(elementwise.pow(this.value, this.#operand(exponent, "exponent")));
  }

  /** The larger of each two numbers, NaN if one of them is. */
  maximum(other: Operand): Tensor {
    return new Tensor(elementwise.maximum(this.value, this.#operand(other)));
  }

  /** The smaller of each two numbers, NaN if one of them is. */
  minimum(other: Operand): Tensor {
    return new Tensor(elementwise.minimum(this.value, this.#operand(other)));
  }

  /** Numbers below `low` become `low`, those above `high` become `high`; NaN stays NaN. */
  clip(low: Operand, high: Operand): Tensor {
    return new Tensor(elementwise.clip(this.value, this.#operand(low, "low"), this.#operand(high, "high")));
  }
  neg(): Tensor {
    return new Tensor(elementwise.neg(this.value));
  }
  exp(): Tensor {
    return new Tensor(elementwise.exp(this.value));
  }

  /** Natural logarithm. */
  log(): Tensor {
    return new Tensor(elementwise.log(this.value));
  }
  sqrt(): Tensor {
    return new Tensor(elementwise.sqrt(this.value));
  }
  square(): Tensor {
    return new Tensor(elementwise.square(this.value));
  }
  abs(): Tensor {
    return new Tensor(elementwise.abs(this.value));
  }

  /** -1, 0 or 1; 0 of NaN. */
  sign(): Tensor {
    return new Tensor(elementwise.sign(this.value));
  }

  /** 1 / x. */
  reciprocal(): Tensor {
    return new Tensor(elementwise.reciprocal(this.value));
  }
  sin(): Tensor {
    return new Tensor(elementwise.sin(this.value));
  }
  cos(): Tensor {
    return new Tensor(elementwise.cos(this.value));
  }

  // ── activations ──────────────────────────────────────────────────────────

  tanh(): Tensor {
    return new Tensor(activation.tanh(this.value));
  }

  /** 1 / (1 + exp(-x)). */
  sigmoid(): Tensor {
    return new Tensor(activation.sigmoid(this.value));
  }

  /** max(x, 0). */
  relu(): Tensor {
    return new Tensor(activation.relu(this.value));
  }

  /** Gaussian error linear unit, x·Φ(x): exactly, or by the tanh that GPT-2 uses. */
  gelu(options: activation.GeluOptions = {}): Tensor {
    return new Tensor(activation.gelu(this.value, options));
  }

  /** x·sigmoid(x), also called swish. */
  silu(): Tensor {
    return new Tensor(activation.silu(this.value));
  }

  /** log(1 + exp(x)). */
  softplus(): Tensor {
    return new Tensor(activation.softplus(this.value));
  }

  /** x where it is positive, else slope·x. @param slope @default 0.01 */
  leakyRelu(slope: number = 0.01): Tensor {
    return new Tensor(activation.leakyRelu(this.value, slope));
  }

  /** The Gauss error function. */
  erf(): Tensor {
    return new Tensor(activation.erf(this.value));
  }

  // ── comparison, to bool ──────────────────────────────────────────────────

  equal(other: Operand): Tensor {
    return new Tensor(compare.equal(this.value, this.#operand(other)));
  }
  less(other: Operand): Tensor {
    return new Tensor(compare.less(this.value, this.#operand(other)));
  }
  lessEqual(other: Operand): Tensor {
    return new Tensor(compare.lessEqual(this.value, this.#operand(other)));
  }
  greater(other: Operand): Tensor {
    return new Tensor(compare.greater(this.value, this.#operand(other)));
  }
  greaterEqual(other: Operand): Tensor {
    return new Tensor(compare.greaterEqual(this.value, this.#operand(other)));
  }
  logicalAnd(other: Tensor): Tensor {
    return new Tensor(compare.logicalAnd(this.value, valueOf("other", other)));
  }
  logicalOr(other: Tensor): Tensor {
    return new Tensor(compare.logicalOr(this.value, valueOf("other", other)));
  }
  logicalNot(): Tensor {
    return new Tensor(compare.logicalNot(this.value));
  }

  // ── reductions ───────────────────────────────────────────────────────────

  sum(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return new Tensor(broadcast.sum(this.value, axes, keepDimsOf(options)));
  }
  mean(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return new Tensor(reduce.mean(this.value, axes, keepDimsOf(options)));
  }

  /** The largest number, NaN if there is one. */
  max(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return new Tensor(reduce.max(this.value, axes, keepDimsOf(options)));
  }

  /** The smallest number, NaN if there is one. */
  min(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return new Tensor(reduce.min(this.value, axes, keepDimsOf(options)));
  }

  /** Variance; `correction` is taken off the count: 1 (Bessel's) as in PyTorch, 0 for the population's. @default 1 */
  variance(axes?: Axes, options: ReduceOptions & { correction?: number } = {}): Tensor {
    return new Tensor(reduce.variance(this.value, axes, options));
  }

  /** log Σ exp(x), without overflow. */
  logSumExp(axes?: Axes, options: ReduceOptions = {}): Tensor {
    return new Tensor(reduce.logSumExp(this.value, axes, keepDimsOf(options)));
  }

  /** The index along the axis of the largest number, the first of equals, or of the first NaN; int64. */
  argmax(axis: number): Tensor {
    return new Tensor(reduce.argmax(this.value, axis));
  }

  /** Running total along the axis. */
  cumsum(axis: number): Tensor {
    return new Tensor(reduce.cumsum(this.value, axis));
  }

  // ── over one axis ────────────────────────────────────────────────────────

  /** exp(x) / Σ exp(x) along the axis. @param axis @default -1 */
  softmax(axis: number = -1): Tensor {
    return new Tensor(softmax.softmax(this.value, axis));
  }

  /** log(softmax(x)) along the axis, without overflow. @param axis @default -1 */
  logSoftmax(axis: number = -1): Tensor {
    return new Tensor(softmax.logSoftmax(this.value, axis));
  }

  /** (x − mean) / √(variance + ε) · weight + bias over the last axis, C; weight and bias (C). */
  layerNorm(weight: Tensor, bias: Tensor, options: normalize.NormOptions = {}): Tensor {
    return new Tensor(normalize.layerNorm(this.value, valueOf("weight", weight), valueOf("bias", bias), options));
  }

  /** x / √(mean(x²) + ε) · weight over the last axis, C; weight (C). */
  rmsNorm(weight: Tensor, options: normalize.NormOptions = {}): Tensor {
    return new Tensor(normalize.rmsNorm(this.value, valueOf("weight", weight), options));
  }

  // ── places ───────────────────────────────────────────────────────────────

  /** Parts along the first axes: [start, end, step] as in Python, null for all, or one place, whose axis goes. */
  slice(...ranges: readonly part.Range[]): Tensor {
    return new Tensor(part.slice(this.value, ranges));
  }

  /** Parts of the given sizes along the axis. @param axis @default -1 */
  split(sizes: readonly number[], axis: number = -1): Tensor[] {
    return part.split(this.value, sizes, axis).map((value) => new Tensor(value));
  }

  /** More places before and after along each axis. */
  pad(amounts: readonly (readonly [before: number, after: number])[], number: number = 0): Tensor {
    return new Tensor(part.pad(this.value, amounts, number));
  }

  /** In the opposite order along the axes, or along all. */
  flip(axes?: Axes): Tensor {
    return new Tensor(part.flip(this.value, normalizeAxes("flip", axes, this.rank)));
  }

  /** The lower triangle of the last two axes, zeros above the diagonal. */
  tril(diagonal: number = 0): Tensor {
    return new Tensor(select.keepTriangle(this.value, "lower", diagonal));
  }

  /** The upper triangle of the last two axes, zeros below the diagonal. */
  triu(diagonal: number = 0): Tensor {
    return new Tensor(select.keepTriangle(this.value, "upper", diagonal));
  }

  /**
   * The parts at the indices along the axis, such as rows of an embedding table: (N, C) and ids (…) give (…, C).
   *
   * @param ids int64, from 0 to N − 1.
   * @param axis @default 0
   * @throws {OutOfRangeError} An index is negative or too large; when the numbers are computed, if it is not known before.
   */
  take(ids: Tensor, axis: number = 0): Tensor {
    return new Tensor(lookup.take(this.value, valueOf("ids", ids), axis));
  }

  /** One number for each place along the axis, as torch.gather: places have as many axes as this. */
  gather(axis: number, places: Tensor): Tensor {
    return new Tensor(lookup.gather(this.value, valueOf("places", places), axis));
  }

  /** With the numbers added at the places along the axis, as torch.scatter_add. */
  scatterAdd(axis: number, places: Tensor, numbers: Tensor): Tensor {
    return new Tensor(lookup.scatterAdd(this.value, valueOf("places", places), valueOf("numbers", numbers), axis));
  }

  // ── arrangement ──────────────────────────────────────────────────────────

  /** The same numbers in the same order; one size may be -1. */
  reshape(shape: readonly number[]): Tensor {
    return new Tensor(layout.reshape(this.value, shape));
  }

  /** Axes in another order: axis i of the result is axis axes[i] of this. */
  permute(axes: readonly number[]): Tensor {
    return new Tensor(layout.rearrange(this.value, axes));
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
    return new Tensor(layout.squeeze(this.value, axes));
  }

  /** With a new axis of size 1 at the place. */
  unsqueeze(axis: number): Tensor {
    return this.reshape(this.shape.toSpliced(normalizeAxis("unsqueeze", axis, this.rank + 1), 0, 1));
  }

  /** Stretches axes of size 1, and new axes in front, to the shape. */
  broadcastTo(shape: Shape): Tensor {
    return new Tensor(broadcast.broadcastTo(this.value, shape));
  }

  // ── products ─────────────────────────────────────────────────────────────

  /** Matrix product of the last two axes, (…, N, K) × (…, K, M) → (…, N, M). */
  matmul(other: Tensor): Tensor {
    return new Tensor(linear.matmul(this.value, valueOf("other", other)));
  }
}
