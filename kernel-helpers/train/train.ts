/** The training loop: batches in, a better model out. */
import { setImmediate } from "node:timers/promises";
import { ArgumentError } from "../errors.ts";
import type { Module } from "../nn/index.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { defaultReporters } from "../reporters/index.ts";
import { batchesFrom, checkRows, isNumbered, noBatch, rowsOf, type Batch } from "./batches.ts";
import { BestModel } from "./best.ts";
import { checkpointsIn, loadCheckpoint, saveCheckpoint, type Progressed } from "./checkpoint.ts";
import { inEvaluation, keepModes, makeMeasure, meansOf } from "./evaluate.ts";
import { checkTrainOptions, stepsOf } from "./check-options.ts";
import { addEvaluation, addStep, emptyHistory } from "./history.ts";
import type { TrainOptions } from "./options.ts";
import { printableRun, type TrainingRun } from "./run.ts";
import { RunQueue } from "./run-queue.ts";
import { makeStepper } from "./stepper.ts";
import { together } from "./together.ts";

/**
 * Trains what the optimizer has been given of a model. Each step (forward, backward, clipping, update) is one compiled graph, and one whose loss,
 * gradient or learning rate is not finite changes nothing but ends the run with an error that names it. All is computed in float32: a CPU is not
 * faster in 16 bits.
 *
 * @returns What the run went through, also after Ctrl-C, ■ or the signal: `stoppedBy` is "interrupt" then, and the model keeps what it has learnt.
 * @throws {TrainingError} A loss, gradient or learning rate is not finite. The parameters are as before that step.
 * @throws {ArgumentError} An option is unknown, out of range or does not go with the others; the optimizer is another model's; or the folder has
 *   checkpoints and `resume` is not set.
 * @example
 * const run = await train({
 *   model: gpt,
 *   optimizer: new AdamW(gpt.parameters(), { learningRate: warmupCosine({ peak: 1e-3, warmup: 100, steps: 2000 }) }),
 *   loss: (model, { inputs, targets }) => crossEntropy(model.forward(inputs), targets),
 *   batches: tokenBatches(trainIds, { batchSize: 12, contextLength: 64 }),
 *   steps: 2000,
 *   clip: 1,
 *   evaluate: { batches: tokenBatches(validationIds, { batchSize: 12, contextLength: 64, windows: "in order" }), every: 250 },
 * });
 * run.history.evaluations.loss.at(-1)
 */
export async function train<M extends Module, B extends Batch>(options: TrainOptions<M, B>): Promise<TrainingRun> {
  checkTrainOptions(options);
  const { model, batches, checkpoint, evaluate: plan, accumulate = 1, onStep, onEvaluation, show = true } = options;
  const { reporters = show ? defaultReporters() : [] } = options;
  const began = performance.now();
  let total = stepsOf(options);
  const saved = await lastCheckpoint(options);
  const history = saved?.history ?? emptyHistory();
  const best = new BestModel(model, saved?.best, checkpoint?.folder);
  let done = saved?.step ?? 0;
  let written = done;

  using interrupt = await interruptible(options.signal);
  const { signal } = interrupt;
  const restoreModes = keepModes(model);
  const countOf = (batch: B): number => (isNumbered(batches) ? batches.count(batch) : rowsOf(batch));
  const unit = isNumbered(batches) ? batches.unit : "rows";
  const reporter = together([...reporters, { ...(onStep && { onStep }), ...(onEvaluation && { onEvaluation }) }]);
  const stepper = makeStepper(options);
  const measure = plan && makeMeasure({ ...options, metrics: plan.metrics ?? {} });
  const queue = new RunQueue(batchesFrom(batches, done, signal));

  const evaluateNow = async (): Promise<void> => {
    if (!plan || !measure || history.evaluations.step.at(-1) === done) return;
    const record = { step: done, ...(await inEvaluation(model, () => meansOf(measure, plan.batches, signal))) };
    addEvaluation(history, record);
    await best.see(record);
    reporter.onEvaluation(record);
  };
  const save = async (): Promise<void> => {
    if (!checkpoint || done === written) return;
    await saveCheckpoint(checkpoint.folder, checkpoint.keep ?? 2, options, { step: done, history, best: best.record });
    written = done;
  };
  const takeSteps = (run: readonly B[], start: number): void => {
    for (const batch of accumulate > 1 ? run : []) checkRows(batch);
    const { taken, refused } = stepper.take(run, done + 1);
    const seconds = (performance.now() - start) / 1000 / run.length;
    taken.forEach((numbers, index) => {
      const record = { step: ++done, ...numbers, speed: countOf(run[index]!) / seconds };
      addStep(history, record);
      reporter.onStep(record);
    });
    if (refused) throw refused;
  };
  /** Up to the next step that something follows. */
  const room = (): number => {
    const every = [plan?.every, checkpoint?.every].filter((steps) => steps !== undefined);
    return Math.min(stepper.wanted, total - done, ...every.map((steps) => steps - (done % steps)));
  };
  const loop = async (): Promise<TrainingRun["stoppedBy"]> => {
    for (;;) {
      if (done > 0 && (done >= total || done % (plan?.every ?? 1) === 0)) await evaluateNow();
      if (plan?.patience !== undefined && best.waited(history) >= plan.patience) return "patience";
      if (done >= total) return "end";
      if (checkpoint && done % checkpoint.every === 0) await save();
      await setImmediate(); // ■ and Ctrl-C are heard
      if (signal.aborted) return "interrupt";
      const start = performance.now();
      const run = await queue.next(room());
      if (run.length === 0 && done === 0) throw noBatch("train on");
      if (run.length === 0) total = done;
      else takeSteps(run, start);
    }
  };

  try {
    reporter.onStart({ total, from: done, unit, history });
    model.train();
    const stoppedBy = await loop().catch((error: unknown) => {
      if (signal.aborted && error === signal.reason) return "interrupt" as const;
      throw error;
    });
    await save();
    if (plan?.restoreBest ?? plan?.patience !== undefined) await best.restore();
    return printableRun({ steps: done, stoppedBy, best: best.record, history, seconds: (performance.now() - began) / 1000 });
  } finally {
    restoreModes();
    stepper.close();
    measure?.close();
    await queue.close();
    reporter.onEnd();
  }
}

/** Where the run goes on, if it does. */
async function lastCheckpoint<M extends Module, B extends Batch>(options: TrainOptions<M, B>): Promise<Progressed | undefined> {
  const { checkpoint, resume = false } = options;
  if (!checkpoint) return undefined;
  if (resume) return loadCheckpoint(checkpoint.folder, options);
  const latest = (await checkpointsIn(checkpoint.folder)).at(-1);
  if (latest === undefined) return undefined;
  throw new ArgumentError(`${checkpoint.folder} has checkpoints of a run already, up to ${latest}`, {
    hint: "go on with { resume: true }, pass another folder, or delete this one",
  });
}
