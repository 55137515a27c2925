/** How well a model does on batches that it does not learn from. */
import { setImmediate } from "node:timers/promises";
import { checkNumber } from "../runtime/check.ts";
import type { Module } from "../nn/index.ts";
import { jit, type JitOptions, type Jitted, type Tensor } from "../tensor/index.ts";
import { checkBatch, noBatch, onePass, rowsOf, type Batch, type BatchSource } from "./batches.ts";
import { checkEvaluateOptions } from "./check-options.ts";
import { measured, scalarOf, type Loss } from "./loss.ts";

/** Something to measure besides the loss, such as accuracy: a batch's mean, a scalar. */
export type Metrics<M extends Module, B extends Batch> = Readonly<Record<string, (model: M, batch: B) => Tensor>>;

export interface EvaluateOptions<M extends Module, B extends Batch> {
  model: M;
  loss: Loss<M, B>;
  /** Gone through once. */
  batches: BatchSource<B>;
  metrics?: Metrics<M, B>;
  /** Where the graph runs. @default "cpu" */
  device?: JitOptions["device"];
  signal?: AbortSignal;
}

/** Means over all rows. */
export interface Evaluation {
  loss: number;
  metrics: Record<string, number>;
}

/**
 * Mean loss and metrics over one pass through the batches, in evaluation mode and without gradients. The model is as before afterwards.
 *
 * @throws {ArgumentError} There is no batch, or an option is not what it has to be.
 * @example
 * const { loss } = await evaluate({ model, loss, batches: tokenBatches(ids, { batchSize: 8, contextLength: 64, windows: "in order" }) });
 * perplexity(loss)
 */
export async function evaluate<M extends Module, B extends Batch>(options: EvaluateOptions<M, B>): Promise<Evaluation> {
  checkEvaluateOptions(options);
  const { batches, signal } = options;
  const measure = makeMeasure(options);
  try {
    return await inEvaluation(options.model, () => meansOf(measure, batches, signal));
  } finally {
    measure.close();
  }
}

/** A compiled function that returns a batch's loss and metrics, those of the loss itself included; the loss as "". */
export type Measure<B extends Batch> = Jitted<[batch: B], Record<string, Tensor>>;

const lossName = "";

export function makeMeasure<M extends Module, B extends Batch>({
  model,
  loss,
  metrics = {},
  device = "cpu",
}: Omit<EvaluateOptions<M, B>, "batches">): Measure<B> {
  const measure = (batch: B): Record<string, Tensor> => {
    const own = measured(loss(model, batch));
    const others = Object.entries(metrics).map(([name, compute]) => [name, scalarOf(`metrics.${name}`, compute(model, batch))] as const);
    return { [lossName]: own.loss, ...own.metrics, ...Object.fromEntries(others) };
  };
  return jit(measure, { device });
}

/** A last smaller batch counts by its rows. */
export async function meansOf<B extends Batch>(measure: Measure<B>, batches: BatchSource<B>, signal?: AbortSignal): Promise<Evaluation> {
  const sums = new Map<string, number>();
  let rows = 0;
  for await (const batch of onePass(batches)) {
    await setImmediate(); // ■ and Ctrl-C are heard
    signal?.throwIfAborted();
    const share = rowsOf(checkBatch(batch));
    if (share === 0) continue; // a mean over nothing is NaN
    rows += share;
    for (const [name, mean] of Object.entries(measure(batch))) sums.set(name, (sums.get(name) ?? 0) + mean.item() * share);
  }
  if (rows === 0) throw noBatch("evaluate on");
  const { [lossName]: loss, ...metrics } = Object.fromEntries([...sums].map(([name, sum]) => [name, sum / rows]));
  return { loss: loss!, metrics };
}

/** Runs f with the model, and each module in it, in evaluation mode, and puts each back in the mode it was in. */
export async function inEvaluation<T>(model: Module, f: () => Promise<T>): Promise<T> {
  const restore = keepModes(model);
  model.eval();
  try {
    return await f();
  } finally {
    restore();
  }
}

/** Returns what puts the model, and each module in it, back in the mode it is in now. */
export function keepModes(model: Module): () => void {
  const modes = [model, ...Object.values(model.modules())].map((module) => [module, module.training] as const);
  return () => modes.forEach(([module, training]) => module.train(training)); // outer ones first: each sets those within it too
}

/** exp(loss): among how many equally likely tokens the model is undecided. @param nats Mean loss per token, as cross-entropy returns it. */
export const perplexity = (nats: number): number => Math.exp(checkLoss(nats));

/** The loss in bits: nats / ln 2. Per byte, which compares models of different tokens, it is bitsPerByte of the room llm. */
export const bits = (nats: number): number => checkLoss(nats) / Math.LN2;

const checkLoss = (nats: number): number => checkNumber("nats", nats, { hint: "pass a mean loss, such as that of evaluate" });
