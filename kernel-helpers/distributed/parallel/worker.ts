/** Computes the gradients and updates of one worker. */
import { ArgumentError } from "../../errors.ts";
import { isPlainObject } from "../../runtime/check.ts";
import { parallelStep, type Batch, type ParallelStep } from "../../train/index.ts";
import { answerFrames } from "../node/answer-frames.ts";
import { loadFunction } from "../node/load-module.ts";
import type { MakeTask, TrainingTask } from "./task.ts";

/** What a worker is told first. */
interface Setup {
  module: string;
  options: unknown;
  threads: number;
  rank: number;
  world: number;
  isSharded: boolean;
}

let task: TrainingTask;
let step: ParallelStep<Batch>;
let setup: Setup;

await answerFrames({
  async setup(head) {
    setup = head as unknown as Setup;
    task = await loadTask(setup.module, setup.options);
    const { model, optimizer, loss, clip } = task;
    const { rank: index, world: count, threads, isSharded } = setup;
    const shard = isSharded ? { shard: { index, count } } : {};
    step?.close();
    step = parallelStep({ model, optimizer, loss, threads, parts: count, ...shard, ...(clip !== undefined && { clip }) });
    return [{ length: step.length, memory: step.memory }];
  },
  gradients({ index }) {
    const whole = task.batches.at(index as number);
    const { loss, metrics, gradient } = step.gradients(whole, { index: setup.rank, count: setup.world });
    return [{ loss, metrics, count: task.batches.count(whole), unit: task.batches.unit }, gradient];
  },
  update({ norm }, gradient) {
    const learningRate = step.update(gradient, norm as number);
    return setup.isSharded ? [{ learningRate }, step.values()] : [{ learningRate }];
  },
  set(_, parameters) {
    step.set(parameters);
    return [{}];
  },
  async save({ folder }) {
    await step.save(folder as string);
    return [{}];
  },
  async load({ folder }) {
    await step.load(folder as string);
    return [{}];
  },
});

async function loadTask(file: string, options: unknown): Promise<TrainingTask> {
  const make = await loadFunction<MakeTask<unknown>>(file, "trainDataParallel");
  const made: unknown = await make(options);
  const missing = ["model", "optimizer", "loss", "batches"].find((name) => !isPlainObject(made) || made[name] === undefined);
  if (missing === undefined) return made as unknown as TrainingTask;
  throw new ArgumentError(`what ${file} returns has no ${missing}`, { hint: "return { model, optimizer, loss, batches }" });
}
