/** The Node half of a worker: it computes what the actor above it (driver.py) asks for, until its input ends. Started as `node worker.js 3 4`. */
import { Console } from "node:console";
import { register } from "node:module";
import { pathToFileURL } from "node:url";
import { ArgumentError } from "../../errors.ts";
import { isPlainObject } from "../../runtime/check.ts";
import { parallelStep, type Batch, type ParallelStep } from "../../train/index.ts";
import { readFrame, writeFrame } from "./frames.ts";
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

type Answer = readonly [head: object, body?: Float32Array];

const [input, output] = process.argv.slice(2).map(Number) as [number, number];
globalThis.console = new Console(process.stderr, process.stderr); // what a task prints belongs to the log

let task: TrainingTask;
let step: ParallelStep<Batch>;
let setup: Setup;

const commands: Record<string, (head: Record<string, unknown>, body: Float32Array) => Answer | Promise<Answer>> = {
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
};

for (let frame = readFrame(input); frame !== undefined; frame = readFrame(input)) {
  const { do: command, ...head } = frame.head;
  try {
    writeFrame(output, ...(await commands[command as string]!(head, frame.body)));
  } catch (error) {
    writeFrame(output, { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

/** A module may lie anywhere: the library is found from here if it is not found from there. */
async function loadTask(file: string, options: unknown): Promise<TrainingTask> {
  const hooks = `export async function resolve(specifier, context, next) {
    try { return await next(specifier, context); }
    catch (error) { if (/^\\w/.test(specifier)) return next(specifier, { ...context, parentURL: ${JSON.stringify(import.meta.url)} }); throw error; }
  }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
  const { default: make } = (await import(pathToFileURL(file).href)) as { default?: MakeTask<unknown> };
  if (typeof make !== "function")
    throw new ArgumentError(`${file} has no function as its default export`, { hint: "export default () => ({ model, … })" });
  const made: unknown = await make(options);
  const missing = ["model", "optimizer", "loss", "batches"].find((name) => !isPlainObject(made) || made[name] === undefined);
  if (missing === undefined) return made as unknown as TrainingTask;
  throw new ArgumentError(`what ${file} returns has no ${missing}`, { hint: "return { model, optimizer, loss, batches }" });
}
