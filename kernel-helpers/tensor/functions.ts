/** Functions of several tensors, and those that read better as functions. */
import { argumentError, checkArray, checkInteger, checkNumber, checkObject, checkOptions } from "../runtime/check.ts";
import { checkShape, operandOf, valueOf, valuesOf } from "./arguments.ts";
import { scalar } from "./graph/constants.ts";
import { sameShape } from "./graph/shape.ts";
import { checkFloat, dtypeError, shapeError, type Value } from "./graph/value.ts";
import { einsum as einsumOf } from "./operators/einsum.ts";
import { less } from "./operators/compare.ts";
import { groupedMatmul as groupedMatmulOf } from "./operators/grouped.ts";
import { add, cos, log, mul, neg, sqrt } from "./operators/elementwise.ts";
import { after as afterOf } from "./operators/order.ts";
import { quantizedMatmul as quantizedMatmulOf, type QuantizedMatrix } from "./operators/quantized.ts";
import { random } from "./operators/random.ts";
import { where as whereOf } from "./operators/select.ts";
import { concat as concatOf } from "./operators/slice.ts";
import { crossEntropy as crossEntropyOf } from "./operators/softmax.ts";
import { Tensor, type Operand } from "./tensor.ts";

/** One behind the other along the axis. @param axis @default 0 */
export function concat(tensors: readonly Tensor[], axis: number = 0): Tensor {
  return new Tensor(concatOf(valuesOf("concat", tensors), axis));
}

/** Side by side along a new axis. */
export function stack(tensors: readonly Tensor[], axis: number = 0): Tensor {
  valuesOf("stack", tensors);
  const [first] = tensors as [Tensor];
  if (!tensors.every(({ shape }) => sameShape(shape, first.shape))) {
    throw shapeError("stack", "the shapes differ", tensors, { hint: "all tensors must have the same shape" });
  }
  return concat(
    tensors.map((tensor) => tensor.unsqueeze(axis)),
    axis,
  );
}

/** a where the condition (bool) holds, b elsewhere; all broadcast. A number takes the element type of the other; two numbers are float32. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const { dtype } = [a, b].find((side) => side instanceof Tensor) ?? { dtype: "float32" as const };
  return new Tensor(whereOf(valueOf("condition", condition), operandOf("a", a, dtype), operandOf("b", b, dtype)));
}

/**
 * Einstein summation: every index that is not in the result is summed over.
 * @example
 * einsum('bhtd,bhsd->bhts', q, k) // scores of attention
 */
export function einsum(spec: string, ...operands: readonly Tensor[]): Tensor {
  return new Tensor(
    einsumOf(
      spec,
      operands.map((operand, index) => valueOf(`einsum: operand ${index + 1}`, operand)),
    ),
  );
}

export interface CrossEntropyOptions {
  /** Targets of this number do not count. @default -100 */
  ignoreIndex?: number;
}

/**
 * Mean of −log softmax(logits)[target], in nats, as torch.nn.functional.cross_entropy: NaN when no target counts.
 *
 * @param logits (…, V), floats.
 * @param targets (…), int64 from 0 to V − 1.
 * @throws {OutOfRangeError} A target is none of the classes; when the loss is computed, if it is not known before.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOptions("options", options, ["ignoreIndex"]);
  return new Tensor(crossEntropyOf(valueOf("logits", logits), valueOf("targets", targets), options.ignoreIndex ?? -100));
}

export interface RandomOptions {
  /** An integer, or an int64 scalar: a compiled function that is given another one each time draws other numbers each time. */
  seed: number | Tensor;
}

/** Checks the options of a random function, and returns the seed. */
function seedIn(options: RandomOptions, others: readonly string[]): Value {
  const hint = "pass { seed: 1 }: the same seed gives the same numbers";
  if (options === undefined) throw argumentError("options", "an object with a seed", options, { hint });
  checkOptions("options", options, ["seed", ...others]);
  const { seed } = options;
  return seed instanceof Tensor ? seed.value : scalar(checkInteger("seed", seed, { hint }), "int64");
}

/** Uniformly distributed float32 numbers in [low, high), the same for the same seed on every machine; all are `low` if that is `high`, too. */
export function uniform(shape: readonly number[], options: RandomOptions & { low?: number; high?: number }): Tensor {
  const seed = seedIn(options, ["low", "high"]);
  const high = checkNumber("high", options.high ?? 1);
  const low = checkNumber("low", options.low ?? 0, { max: high });
  const numbers = new Tensor(random(checkShape("shape", shape), seed)).mul(high - low).add(low);
  return high > low ? numbers.minimum(below(high)).maximum(low) : numbers;
}

/** The largest float32 less than the number: what rounding may not turn into it. */
function below(number: number): number {
  const nearest = Math.fround(number);
  if (nearest < number) return nearest;
  const bits = new Int32Array(Float32Array.of(nearest).buffer);
  if (nearest === 0) return -(2 ** -149);
  bits[0]! += nearest > 0 ? -1 : 1;
  return new Float32Array(bits.buffer)[0]!;
}

/** Normally distributed float32 numbers, by the Box–Muller transform. */
export function normal(shape: readonly number[], options: RandomOptions & { mean?: number; std?: number }): Tensor {
  const seed = seedIn(options, ["mean", "std"]);
  const mean = checkNumber("mean", options.mean ?? 0);
  const std = checkNumber("std", options.std ?? 1, { min: 0 });
  checkShape("shape", shape);
  const [radius, angle] = [random(shape, seed, 1), random(shape, seed, 2)];
  const one = scalar(1, "float32");
  const distance = sqrt(mul(log(add(neg(radius), one)), scalar(-2, "float32")));
  return new Tensor(mul(distance, cos(mul(angle, scalar(2 * Math.PI, "float32"))))).mul(std).add(mean);
}

/**
 * Each number becomes 0 with the probability `rate`, and the others grow by 1 / (1 − rate) (Srivastava et al. 2014, "Dropout"). The mask is drawn
 * from the seed alone.
 */
export function dropout(x: Tensor, rate: number, options: RandomOptions): Tensor {
  checkFloat("dropout", valueOf("x", x));
  checkNumber("rate", rate, { min: 0, max: 1 });
  const seed = seedIn(options, []);
  if (rate === 0) return x;
  if (rate === 1) return x.mul(0);
  const kept = new Tensor(less(scalar(rate, "float32"), add(random(x.shape, seed, 3), scalar(2 ** -25, "float32"))));
  return x.mul(kept.to(x.dtype)).mul(1 / (1 - rate));
}

/**
 * x, computed only when the others have been. An optimizer that makes its step size wait for all gradients lets the graph write the new weights
 * over the old: by then everybody has read them. Costs nothing where x is a scalar.
 */
export function after(x: Tensor, others: readonly Tensor[]): Tensor {
  const values = checkArray("others", others, valueOf, { hint: "pass the tensors as one array: after(x, [a, b])" });
  return new Tensor(
    afterOf(
      valueOf("x", x),
      values.map((other) => (other as unknown as Tensor).value),
    ),
  );
}

/**
 * x·Wᵀ with a matrix that stays in 4 or 8 bits: x (…, columns) of float32 → (…, rows). The product rounds x to 8 bits, block by block; the gradient
 * with respect to x is that of the exact product, and the matrix has none.
 *
 * @throws {DTypeError} x is not of float32.
 * @throws {ShapeError} The last axis of x is not as long as the matrix's rows.
 * @throws {ArgumentError} The matrix's arrays are not as long as its sizes say.
 */
export function quantizedMatmul(x: Tensor, matrix: QuantizedMatrix): Tensor {
  const value = valueOf("x", x);
  if (value.dtype !== "float32")
    throw dtypeError("quantizedMatmul", `it multiplies float32, not ${value.dtype}`, { hint: 'convert with x.to("float32")' });
  return new Tensor(quantizedMatmulOf(value, checkMatrix(matrix)));
}

/**
 * Rows that lie in groups, each group times a matrix of its own: the first groupSizes[0] rows times matrices[0], those after them times matrices[1], and
 * so on, as jax.lax.ragged_dot. Each row is multiplied once, whatever the sizes; rows that are left are 0.
 *
 * @param x (M, K), floats.
 * @param matrices (G, K, N), of the same type.
 * @param groupSizes (G), int64: how many rows each group has, M at most together.
 * @returns (M, N).
 * @throws {OutOfRangeError} The groups have more rows than there are; when the product is computed, if the sizes are not known before.
 */
export function groupedMatmul(x: Tensor, matrices: Tensor, groupSizes: Tensor): Tensor {
  return new Tensor(groupedMatmulOf(valueOf("x", x), valueOf("matrices", matrices), valueOf("groupSizes", groupSizes)));
}

function checkMatrix(matrix: QuantizedMatrix): QuantizedMatrix {
  const { rows, columns, bits, blockSize, data, scales, offsets } = checkObject("matrix", matrix) as unknown as QuantizedMatrix;
  checkInteger("matrix.rows", rows, { min: 1 });
  checkInteger("matrix.columns", columns, { min: 1 });
  if (bits !== 4 && bits !== 8) throw argumentError("matrix.bits", "4 or 8", bits);
  checkInteger("matrix.blockSize", blockSize, { min: 16 });
  const blocks = (rows * columns) / blockSize;
  if (columns % blockSize !== 0) throw argumentError("matrix.blockSize", `a divisor of its ${columns} columns`, blockSize);
  if (data.length !== (rows * columns * bits) / 8) throw argumentError("matrix.data", `${(rows * columns * bits) / 8} bytes`, data);
  if (scales.length !== blocks) throw argumentError("matrix.scales", `${blocks} numbers`, scales);
  if (offsets !== undefined && offsets.length !== blocks) throw argumentError("matrix.offsets", `${blocks} numbers`, offsets);
  return matrix;
}
