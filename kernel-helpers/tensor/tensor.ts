/**
 * Tensors: arrays of numbers with a shape and an element type, computed only when their numbers are asked for. A method makes an expression; it
 * checks shapes and types at once, so that a mistake is reported at the line that made it.
 */
import type { TensorArray } from "../onnx/index.ts";
import { displayable } from "../runtime/printable.ts";
import { evaluate } from "./evaluate.ts";
import { scalar } from "./graph/constants.ts";
import { decodeNumbers } from "./graph/numbers.ts";
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

  /** The number of a tensor that has only one, computed now. */
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
    return describeTensor(this.shape, this.dtype, decodeNumbers(this.dtype, this.data));
  }

  /** As another element type: "float32", "float64", "float16", "int64" or "bool". */
  to(dtype: DType): Tensor {
    return new Tensor(elementwise.cast(this.value, dtype));
  }

  /** The same numbers, through which no gradient flows. */
  detach(): Tensor {
    return new Tensor(reduce.stop(this.value));
  }

  // ── arithmetic, with broadcasting ────────────────────────────────────────

  #operand(other: Operand): Value {
    return typeof other === "number" ? scalar(other, this.dtype) : other.value;
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
  div(other: Operand): Tensor {
    return new Tensor(elementwise.div(this.value, this.#operand(other)));
  }
  pow(exponent: Operand): Tensor {
    return new Tensor(elementwise.pow(this.value, this.#operand(exponent)));
  }
  maximum(other: Operand): Tensor {
    return new Tensor(elementwise.maximum(this.value, this.#operand(other)));
  }
  minimum(other: Operand): Tensor {
    return new Tensor(elementwise.minimum(this.value, this.#operand(other)));
  }

  /** Numbers below `low` become `low`, those above `high` become `high`. */
  clip(low: Operand, high: Operand): Tensor {
    return new Tensor(elementwise.clip(this.value, this.#operand(low), this.#operand(high)));
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

  /** -1, 0 or 1. */
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
  gelu({ approximate = "none" }: { approximate?: "none" | "tanh" } = {}): Tensor {
    return new Tensor(activation.gelu(this.value, approximate));
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
    return new Tensor(compare.logicalAnd(this.value, other.value));
  }
  logicalOr(other: Tensor): Tensor {
    return new Tensor(compare.logicalOr(this.value, other.value));
  }
  logicalNot(): Tensor {
    return new Tensor(compare.logicalNot(this.value));
  }

  // ── reductions ───────────────────────────────────────────────────────────

  sum(axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
    return new Tensor(broadcast.sum(this.value, axes, keepDims));
  }
  mean(axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
    return new Tensor(reduce.mean(this.value, axes, keepDims));
  }
  max(axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
    return new Tensor(reduce.max(this.value, axes, keepDims));
  }
  min(axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
    return new Tensor(reduce.min(this.value, axes, keepDims));
  }

  /** Variance; `correction` is taken off the count: 1 (Bessel's) as in PyTorch, 0 for the population's. @default 1 */
  variance(axes?: Axes, options: ReduceOptions & { correction?: number } = {}): Tensor {
    return new Tensor(reduce.variance(this.value, axes, options));
  }

  /** log Σ exp(x), without overflow. */
  logSumExp(axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
    return new Tensor(reduce.logSumExp(this.value, axes, keepDims));
  }

  /** Where along the axis the largest number lies, the first of equals; int64. */
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
  layerNorm(weight: Tensor, bias: Tensor, { epsilon = 1e-5 }: { epsilon?: number } = {}): Tensor {
    return new Tensor(normalize.layerNorm(this.value, weight.value, bias.value, epsilon));
  }

  /** x / √(mean(x²) + ε) · weight over the last axis, C; weight (C). */
  rmsNorm(weight: Tensor, { epsilon = 1e-6 }: { epsilon?: number } = {}): Tensor {
    return new Tensor(normalize.rmsNorm(this.value, weight.value, epsilon));
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

  /** The parts at the places along the axis, such as rows of an embedding table: (N, C) and ids (…) give (…, C). @param axis @default 0 */
  take(ids: Tensor, axis: number = 0): Tensor {
    return new Tensor(lookup.take(this.value, ids.value, axis));
  }

  /** One number for each place along the axis, as torch.gather: places have as many axes as this. */
  gather(axis: number, places: Tensor): Tensor {
    return new Tensor(lookup.gather(this.value, places.value, axis));
  }

  /** With the numbers added at the places along the axis, as torch.scatter_add. */
  scatterAdd(axis: number, places: Tensor, numbers: Tensor): Tensor {
    return new Tensor(lookup.scatterAdd(this.value, places.value, numbers.value, axis));
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
    return new Tensor(linear.matmul(this.value, other.value));
  }
}
