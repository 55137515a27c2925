/**
 * A training step in two halves, for workers that each see a part of a batch: gradients here, their sum wherever the workers meet, the update here.
 * It is ZeRO's first stage when each worker updates a shard of the parameters only — Rajbhandari et al. 2020 (arXiv:1910.02054).
 */
import { ArgumentError, ShapeError } from "../../errors.ts";
import type { Module } from "../../nn/index.ts";
import { clippingScale, Muon, type NamedParameters, type Optimizer } from "../../optim/index.ts";
import { argumentError, checkInstance, checkInteger, checkNumber, checkObject, checkOptions } from "../../runtime/check.ts";
import { jit, tensor, valueAndGrad, type Tensor } from "../../tensor/index.ts";
import { checkBatch, checkRows, mapBatch, rowsOf, type Batch } from "../batches.ts";
import { measured, type Loss } from "../loss.ts";
import { loadState, saveState } from "./checkpoint.ts";
import { Layout, type Shard } from "./layout.ts";

export interface ParallelStepOptions<M extends Module, B extends Batch> {
  model: M;
  /** Makes the optimizer of the parameters that it is given: all of the model's, or this worker's shard of each. */
  optimizer: (parameters: NamedParameters) => Optimizer;
  loss: Loss<M, B>;
  /** Norm that all gradients together are scaled down to when theirs is larger. */
  clip?: number;
  /** Keeps the optimizer's state for one of `count` equal parts of the parameters only; not for Muon, which needs whole matrices. @default all of it */
  shard?: Shard;
  /** Parts that the vectors can be cut into. @default shard.count, or 1 */
  parts?: number;
  /** CPU threads. @default as many as there are physical cores */
  threads?: number;
}

/** What a worker computes of its rows. */
export interface PartialGradient {
  /** Mean loss of the rows, times their share of the batch's: summed over the workers it is the batch's mean. */
  loss: number;
  /** The loss's metrics, times the share. */
  metrics: Record<string, number>;
  /** Times the share: summed over the workers it is the gradient of the batch's mean loss. */
  gradient: Float32Array;
}

/** Bytes that a worker holds between steps. */
export interface MemoryUse {
  parameters: number;
  gradients: number;
  /** Moments, and with a shard its own copy of the parameters. */
  optimizer: number;
}

export interface ParallelStep<B extends Batch> {
  /** Numbers in the vector of all parameters. */
  readonly length: number;
  readonly memory: MemoryUse;
  /** @param part Which rows of the batch are computed here; parts differ by one row at most. */
  gradients(batch: B, part: Shard): PartialGradient;
  /**
   * Takes the step. With a shard, only its parameters change: `set` has then to bring them and those of the other workers into the model.
   *
   * @param gradient Sum over the workers; with a shard, the sum's part that belongs to it.
   * @param norm Of the whole sum.
   * @returns The learning rate of this step.
   */
  update(gradient: Float32Array, norm: number): number;
  /** The parameters now: of the shard, if there is one. */
  values(): Float32Array;
  /** Sets all parameters of the model. */
  set(parameters: Float32Array): void;
  /** Writes what this worker has to add to a checkpoint: the first one the model, each with a shard its moments. */
  save(folder: string): Promise<void>;
  load(folder: string): Promise<void>;
  close(): void;
}

/**
 * @throws {ArgumentError} An option is missing or out of range.
 * @throws {DTypeError} A parameter is not of float32.
 * @example
 * const step = parallelStep({ model, optimizer: (parameters) => new AdamW(parameters), loss });
 * const { gradient } = step.gradients(batch, { index: rank, count: workers });
 * const sum = await allReduce(gradient);
 * step.update(sum, norm(sum));
 */
export function parallelStep<M extends Module, B extends Batch>(options: ParallelStepOptions<M, B>): ParallelStep<B> {
  checkObject("options", options, { hint: "pass { model, optimizer, loss }" });
  checkOptions("options", options, ["model", "optimizer", "loss", "clip", "shard", "parts", "threads"]);
  const { model, loss, clip, shard, threads } = options;
  if (clip !== undefined) checkNumber("clip", clip, { above: 0 });
  if (shard) checkInteger("shard.index", shard.index, { min: 0, below: checkInteger("shard.count", shard.count, { min: 1 }) });
  const parts = checkInteger("parts", options.parts ?? shard?.count ?? 1, { min: 1 });
  if (shard && parts % shard.count !== 0) throw argumentError("parts", `a multiple of ${shard.count}`, parts);
  const layout = new Layout(model, parts);
  const own = shard && layout.shard(shard);
  const optimizer = checkOptimizer(options.optimizer(own ? own.parameters : model.parameters()), shard);
  const jitOptions = threads === undefined ? {} : { threads };

  const computeGradients = jit((batch: B, from: number, to: number) => {
    const rows = mapBatch(batch, (each) => each.slice([from, to]));
    const share = (to - from) / rowsOf(batch);
    let metrics: Record<string, Tensor> = {};
    const [mean, gradients] = valueAndGrad(() => {
      const found = measured(loss(model, rows));
      metrics = Object.fromEntries(Object.entries(found.metrics).map(([name, metric]) => [name, metric.detach().mul(share)]));
      return found.loss.mul(share);
    })(model.parameters());
    return { mean, metrics, gradient: layout.flatten(gradients) };
  }, jitOptions);
  const takeStep = jit((gradient: Tensor, norm: Tensor) => {
    const rate = optimizer.learningRate();
    const scale = clippingScale(norm, clip);
    const named = (own ?? layout).split(gradient.mul(scale));
    optimizer.step(Object.fromEntries(Object.keys(optimizer.parameters).map((name) => [name, named[name]!])));
    return rate;
  }, jitOptions);
  const moments = Object.values(optimizer.state());

  return {
    length: layout.length,
    memory: {
      parameters: layout.length * 4,
      gradients: layout.length * 4,
      optimizer: [...moments, ...Object.values(own?.parameters ?? {})].reduce((sum, { data }) => sum + data.byteLength, 0),
    },
    gradients(batch, { index, count }) {
      checkRows(checkBatch(batch));
      checkInteger("part.index", index, { min: 0, below: checkInteger("part.count", count, { min: 1 }) });
      const rows = rowsOf(batch);
      if (rows < count)
        throw new ArgumentError(`a batch of ${rows} rows has none for some of ${count} parts`, { hint: "use larger batches" });
      const { mean, metrics, gradient } = computeGradients(
        batch,
        Math.floor((index * rows) / count),
        Math.floor(((index + 1) * rows) / count),
      );
      return {
        loss: mean.item(),
        metrics: Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric.item()])),
        gradient: gradient.data as Float32Array,
      };
    },
    update(gradient, norm) {
      checkInstance("gradient", gradient, Float32Array);
      const expected = (own ?? layout).length;
      if (gradient.length !== expected) {
        const hint = own ? "pass the part of the sum that belongs to the shard" : "pass the sum of what gradients() returned";
        throw new ShapeError(`the gradient has ${gradient.length} numbers instead of ${expected}`, { hint });
      }
      if (!Number.isFinite(norm)) {
        throw new ArgumentError(`the norm of the gradients is ${norm}`, { hint: "nothing was changed; lower the learning rate, or clip" });
      }
      return takeStep(tensor(gradient), tensor(norm)).item();
    },
    values: () => (own ?? layout).values(),
    set: (parameters) => layout.assign(checkInstance("parameters", parameters, Float32Array)),
    save: (folder) => saveState(folder, { model, optimizer, shard, pieces: own?.parameters }),
    async load(folder) {
      await loadState(folder, { model, optimizer, shard, pieces: own?.parameters });
    },
    close() {
      computeGradients.close();
      takeStep.close();
    },
  };
}

function checkOptimizer(optimizer: Optimizer, shard: Shard | undefined): Optimizer {
  if (!(shard && optimizer instanceof Muon)) return optimizer;
  throw argumentError("optimizer", "one that treats each number by itself, such as AdamW", optimizer, {
    hint: "Muon needs whole matrices: leave shard out",
  });
}
