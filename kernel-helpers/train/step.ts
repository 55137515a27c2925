/** One training step as one graph: forward, backward, clipping and the optimizer's update. */
import type { Module } from "../nn/index.ts";
import { clippingScale, globalNorm, type FlatOptimizer, type Optimizer } from "../optim/index.ts";
import {
  after,
  assignAll,
  capabilitiesOf,
  jit,
  jitLoop,
  ones,
  parameter,
  stopUnless,
  tensor,
  valueAndGrad,
  where,
  type JitOptions,
  type Jitted,
  type JittedLoop,
  type Parameter,
  type Tensor,
} from "../tensor/index.ts";
import { mapBatch, rowsOf, type Batch } from "./batches.ts";
import { measured, type Loss } from "./loss.ts";

export interface StepOptions<M extends Module, B extends Batch> {
  model: M;
  optimizer: Optimizer;
  loss: Loss<M, B>;
  /** Norm that all gradients together are scaled down to when theirs is larger. */
  clip?: number | undefined;
  /** Parts that a batch is computed in. @default 1 */
  accumulate?: number | undefined;
  /** Where the graph runs. @default "cpu" */
  device?: JitOptions["device"];
}

/** Scalars, of before the update. */
export interface StepResult {
  loss: Tensor;
  gradientNorm: Tensor;
  learningRate: Tensor;
  /** What the loss returned beside itself. */
  metrics: Record<string, Tensor>;
  /** 1 if the step was taken, 0 if not; a graph that can stop has stopped then. */
  isTaken: Tensor;
}

/**
 * A step that updates what the optimizer trains, unless something that it multiplies by is not finite: the loss, a gradient, the learning rate, or
 * how far they reach together. No weight or moment changes then. Where the device can, the graph stops, and `stoppedBy` knows the error; elsewhere
 * the result tells.
 */
export function makeStep<M extends Module, B extends Batch>(options: StepOptions<M, B>): Jitted<[batch: B], StepResult> {
  const { optimizer, device = "cpu" } = options;
  const canStop = capabilitiesOf(device).checksIndices;
  const update = (batch: B): StepResult => {
    const { numbers, gradients, scale, isRight } = computed(options, batch);
    const step = (factor: Tensor): void => optimizer.step(scaledBy(gradients, factor));
    if (canStop) step(scale.mul(stopUnless(isRight)));
    else assignIf(isRight, valuesNow([...Object.values(optimizer.parameters), ...Object.values(optimizer.state())]), () => step(scale));
    return { ...numbers, isTaken: isRight.to("float32") };
  };
  return jit(update, { device });
}

/**
 * The same step, again and again in one run, on one batch after the other. It never stops: a step that is refused changes nothing at all, counters included,
 * and neither do those after it.
 *
 * @param flat The optimizer with its parameters as long vectors, where it has them.
 * @param counters What the model counts while it computes, such as the masks it has drawn.
 */
export function makeSteps<M extends Module, B extends Batch>(
  options: StepOptions<M, B>,
  flat: FlatOptimizer | undefined,
  counters: readonly Parameter[],
): { steps: JittedLoop<B, StepResult>; goesOn: Parameter } {
  const goesOn = parameter(ones([], { dtype: "bool" }));
  const optimizer = flat ?? options.optimizer;
  const update = (batch: B): StepResult => {
    const before = valuesNow([...Object.values(optimizer.parameters), ...Object.values(optimizer.state()), ...counters]);
    const { numbers, gradients, scale, isRight } = computed({ ...options, optimizer }, batch, (f) => (flat ? flat.within(f) : f()));
    const isTaken = isRight.logicalAnd(goesOn);
    assignIf(isTaken, before, () => optimizer.step(scaledBy(gradients, scale)));
    goesOn.assign(isTaken);
    return { ...numbers, isTaken: isTaken.to("float32") };
  };
  return { steps: jitLoop(update, { device: options.device ?? "cpu" }), goesOn };
}

/** What a step computes before it changes anything. */
interface ComputedStep {
  numbers: Omit<StepResult, "isTaken">;
  gradients: Tensors;
  /** What clipping leaves of the gradients. */
  scale: Tensor;
  /** Whether it is safe to take. */
  isRight: Tensor;
}

function computed<M extends Module, B extends Batch>(
  { model, optimizer, loss, clip, accumulate = 1 }: Omit<StepOptions<M, B>, "optimizer"> & { optimizer: Optimizer | FlatOptimizer },
  batch: B,
  within: <T>(f: () => T) => T = (f) => f(),
): ComputedStep {
  const learningRate = optimizer.learningRate();
  const { mean, gradients, metrics } = inParts(batch, accumulate, (part, share) => {
    const scaled = (number: Tensor): Tensor => (share === 1 ? number : number.mul(share));
    let others: Tensors = {};
    const [ofPart, byParameter] = valueAndGrad(() => {
      const found = measured(within(() => loss(model, part)));
      others = mapValues(found.metrics, (metric) => scaled(metric.detach()));
      return scaled(found.loss);
    })(optimizer.parameters);
    return { mean: ofPart, gradients: byParameter, metrics: others };
  });
  const gradientNorm = globalNorm(gradients).to("float32");
  const scale = clippingScale(gradientNorm, clip);
  const isRight = isFiniteScalar(
    mean
      .to("float32")
      .add(gradientNorm)
      .add(optimizer.reach(gradientNorm.mul(scale))),
  );
  return { numbers: { loss: mean, gradientNorm, learningRate, metrics }, gradients, scale, isRight };
}

const scaledBy = (gradients: Tensors, factor: Tensor): Tensors =>
  mapValues(gradients, (gradient) => gradient.mul(factor.to(gradient.dtype)));

/** Whether it is neither NaN nor infinite. */
const isFiniteScalar = (number: Tensor): Tensor => number.abs().lessEqual(largestFloat);

type Values = readonly (readonly [Parameter, Tensor])[];

const valuesNow = (parameters: readonly Parameter[]): Values => parameters.map((target) => [target, target.detach()] as const);

/** Has what is assigned take effect only when the condition holds; else all is as it was. */
function assignIf(condition: Tensor, before: Values, assign: () => void): void {
  assign();
  assignAll(before.map(([target, old]) => [target, where(condition, target, old)]));
}

const largestFloat = (2 - 2 ** -23) * 2 ** 127;

type Tensors = Record<string, Tensor>;

/** Of a batch, or of a part of it times its share. */
interface Computed {
  mean: Tensor;
  gradients: Tensors;
  metrics: Tensors;
}

/**
 * Mean loss, gradients and metrics of a batch, computed part by part: a part begins only when all gradients of the one before are there, so that its
 * intermediate results can take the same memory.
 *
 * @param compute Returns those of a part, all times its share of the batch.
 */
function inParts<B extends Batch>(batch: B, count: number, compute: (part: B, share: number) => Computed): Computed {
  const rows = rowsOf(batch);
  const size = Math.ceil(rows / count);
  const partFrom = (start: number, previous: Tensors): Computed => {
    const end = Math.min(start + size, rows);
    const part = mapBatch(batch, (whole) => afterAll(whole.slice([start, end]), Object.values(previous)));
    return compute(part, (end - start) / rows);
  };
  if (size >= rows) return compute(batch, 1);
  let sum = partFrom(0, {});
  for (let start = size; start < rows; start += size) {
    const more = partFrom(start, sum.gradients);
    sum = {
      mean: sum.mean.add(more.mean),
      gradients: mapValues(sum.gradients, (gradient, name) => gradient.add(more.gradients[name]!)),
      metrics: mapValues(sum.metrics, (metric, name) => metric.add(more.metrics[name]!)),
    };
  }
  return sum;
}

/** x, computed only when the others have been, of whatever type it is. */
function afterAll(x: Tensor, others: readonly Tensor[]): Tensor {
  if (others.length === 0) return x;
  const zero = after(tensor(0), others).to(x.dtype);
  return x.dtype === "bool" ? x.logicalOr(zero) : x.add(zero);
}

function mapValues(record: Readonly<Tensors>, change: (tensor: Tensor, name: string) => Tensor): Tensors {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}
