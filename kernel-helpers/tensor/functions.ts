/** Functions of several tensors, and those that read better as functions. */
import { ArgumentError } from "../errors.ts";
import type { Value } from "./graph/value.ts";
import { scalar } from "./graph/constants.ts";
import { einsum as einsumOf } from "./operators/einsum.ts";
import { less } from "./operators/compare.ts";
import { add, cos, log, mul, neg, sqrt } from "./operators/elementwise.ts";
import { after as afterOf } from "./operators/order.ts";
import { random } from "./operators/random.ts";
import { where as whereOf } from "./operators/select.ts";
import { concat as concatOf } from "./operators/slice.ts";
import { crossEntropy as crossEntropyOf } from "./operators/softmax.ts";
import { Tensor, type Operand } from "./tensor.ts";

/** One behind the other along the axis. @param axis @default 0 */
export function concat(tensors: readonly Tensor[], axis: number = 0): Tensor {
  return new Tensor(
    concatOf(
      tensors.map((tensor) => tensor.value),
      axis,
    ),
  );
}

/** Side by side along a new axis. */
export function stack(tensors: readonly Tensor[], axis: number = 0): Tensor {
  return concat(
    tensors.map((tensor) => tensor.unsqueeze(axis)),
    axis,
  );
}

/** a where the condition holds, b elsewhere; all broadcast. One of a and b may be a number. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const { dtype } = [a, b].find((side) => side instanceof Tensor) ?? { dtype: "float32" as const };
  const value = (side: Operand): Value => (typeof side === "number" ? scalar(side, dtype) : side.value);
  return new Tensor(whereOf(condition.value, value(a), value(b)));
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
      operands.map((operand) => operand.value),
    ),
  );
}

export interface CrossEntropyOptions {
  /** Targets of this number do not count. @default -100 */
  ignoreIndex?: number;
}

/**
 * Mean of −log softmax(logits)[target], in nats, as torch.nn.functional.cross_entropy.
 *
 * @param logits (…, V), floats.
 * @param targets (…), int64 from 0 to V − 1.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, { ignoreIndex = -100 }: CrossEntropyOptions = {}): Tensor {
  return new Tensor(crossEntropyOf(logits.value, targets.value, ignoreIndex));
}

export interface RandomOptions {
  /** A number, or an int64 scalar: a compiled function that is given another one each time draws other numbers each time. */
  seed: number | Tensor;
}

const seedValue = (seed: number | Tensor): Value => (typeof seed === "number" ? scalar(seed, "int64") : seed.value);

/** Uniformly distributed float32 numbers in [low, high), the same for the same seed on every machine. */
export function uniform(shape: readonly number[], { seed, low = 0, high = 1 }: RandomOptions & { low?: number; high?: number }): Tensor {
  return new Tensor(random(shape, seedValue(seed))).mul(high - low).add(low);
}

/** Normally distributed float32 numbers, by the Box–Muller transform. */
export function normal(
  shape: readonly number[],
  { seed, mean = 0, deviation = 1 }: RandomOptions & { mean?: number; deviation?: number },
): Tensor {
  const [radius, angle] = [random(shape, seedValue(seed), 1), random(shape, seedValue(seed), 2)];
  const one = scalar(1, "float32");
  const distance = sqrt(mul(log(add(neg(radius), one)), scalar(-2, "float32")));
  return new Tensor(mul(distance, cos(mul(angle, scalar(2 * Math.PI, "float32"))))).mul(deviation).add(mean);
}

/**
 * Each number becomes 0 with the probability `rate`, and the others grow by 1 / (1 − rate) (Srivastava et al. 2014, "Dropout"). The mask is drawn
 * from the seed alone.
 */
export function dropout(x: Tensor, rate: number, { seed }: RandomOptions): Tensor {
  if (!(rate >= 0 && rate <= 1)) throw new ArgumentError(`dropout: a rate of ${rate}`, { hint: "it is a probability, from 0 to 1" });
  if (rate === 0) return x;
  if (rate === 1) return x.mul(0);
  const kept = new Tensor(less(scalar(rate, "float32"), add(random(x.shape, seedValue(seed), 3), scalar(2 ** -25, "float32"))));
  return x.mul(kept.to(x.dtype)).mul(1 / (1 - rate));
}

/**
 * x, computed only when the others have been. An optimizer that makes its step size wait for all gradients lets the graph write the new weights
 * over the old: by then everybody has read them. Costs nothing where x is a scalar.
 */
export function after(x: Tensor, others: readonly Tensor[]): Tensor {
  return new Tensor(
    afterOf(
      x.value,
      others.map((other) => other.value),
    ),
  );
}
