/** Data-parallel training on Ray: this process submits the driver as a job, reads what it tells, and submits it again when it dies. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ArgumentError, HelperError, UnavailableError } from "../../errors.ts";
import { displayable } from "../../runtime/printable.ts";
import type { MemoryUse, StepRecord } from "../../train/index.ts";
import { RayError } from "../ray/errors.ts";
import { RayJobs } from "../ray/jobs.ts";
import { checkDataParallel, type CheckedOptions, type DataParallelOptions, type ParallelEvent } from "./options.ts";

/** Seconds that the slowest part of a step took in the worker of rank 0. */
export interface StepSeconds {
  gradients: number;
  /** The sums, and waiting for the slowest worker. */
  exchange: number;
  update: number;
}

export interface ParallelStepRecord extends StepRecord {
  seconds: StepSeconds;
}

export interface DataParallelRun {
  /** All steps, as the last checkpoint has them. */
  readonly steps: readonly ParallelStepRecord[];
  /** The trained model, for loadModel. */
  readonly modelFile: string;
  readonly events: readonly ParallelEvent[];
  /** Numbers in the vector of all parameters. */
  readonly length: number;
  /** Of each worker, between steps. */
  readonly memory: readonly MemoryUse[];
  /** Bytes that each worker has sent to others, as the kernel counts them, since the workers last came together. */
  readonly bytesSent: readonly number[];
  /** Steps since then. */
  readonly stepsSince: number;
}

/**
 * Trains one model with several workers on a Ray cluster. Each computes the gradient of its rows of a batch; the sum over all is what one worker would
 * have computed of the whole batch, and every worker takes the same step. A worker that dies is replaced, and the run goes on from its last checkpoint,
 * to the same losses; so it does when the driver or the whole cluster dies and comes back.
 *
 * The cluster's machines need this package at the same path, Node on the PATH, and a Python with torch. A loss has to be a mean over rows; dropout masks
 * are drawn by each worker for itself.
 *
 * @throws {ArgumentError} An option is missing or wrong, or the folder has checkpoints and `resume` is not set.
 * @throws {RayError} The task threw, a loss was not finite, or more died than may.
 * @throws {UnavailableError} The cluster does not answer, or not again.
 * @example
 * const ray = await startRay();
 * const run = await trainDataParallel({ cluster: ray.cluster, task: 'task.mjs', workers: 2, steps: 100, folder: 'runs/two' });
 * await loadModel(new GPT(options), run.modelFile);
 */
export async function trainDataParallel(options: DataParallelOptions): Promise<DataParallelRun> {
  const checked = checkDataParallel(options);
  const { folder, resume, restarts, patience, signal } = checked;
  signal?.throwIfAborted();
  if (!resume && (await latestCheckpoint(folder)) !== undefined) {
    throw new ArgumentError(`${folder} has checkpoints of a run already`, { hint: "go on with { resume: true }, or pass another folder" });
  }
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "run.json"), JSON.stringify(configOf(checked)));
  const jobs = new RayJobs({ ...checked.cluster, timeout: requestSeconds });
  const told = new Told(checked);
  for (let attempt = 0; ; attempt++) {
    const id = `train-${randomUUID()}`; // ours, so that it is known whatever becomes of the request
    try {
      await runOnce(jobs, id, checked, told);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (told.failure !== undefined) throw new RayError(`the run failed: ${told.failure}`, { hint: "facts.log has more", cause: error });
      if (attempt >= restarts || !HelperError.is(error) || !["ERR_RAY", "ERR_UNAVAILABLE", "ERR_ARGUMENT"].includes(error.code))
        throw error;
      await answering(jobs, patience, signal);
      await ended(jobs, id, signal); // two drivers would write the same checkpoints
      told.restarted(error.summary);
    }
  }
  const last = await latestCheckpoint(folder);
  const steps = JSON.parse(await readFile(path.join(last!, "history.json"), "utf8")) as ParallelStepRecord[];
  const run: DataParallelRun = {
    steps,
    modelFile: path.join(last!, "model.safetensors"),
    ...told.facts,
    stepsSince: steps.length - told.readyAt,
  };
  return displayable(run, () => ({
    "text/plain": `${steps.length} steps by ${checked.workers} workers, loss ${steps.at(-1)?.loss.toFixed(4)}`,
  }));
}

async function runOnce(jobs: RayJobs, id: string, { folder, signal }: CheckedOptions, told: Told): Promise<void> {
  const driver = path.join(packageFolder, "distributed/parallel/driver.py");
  const entrypoint = `python ${quoted(driver)} ${quoted(path.join(folder, "run.json"))}`;
  const options = { ...(signal && { signal }) };
  try {
    await jobs.submit({ entrypoint, id, metadata: { made_by: "trainDataParallel" } }, options);
    let rest = "";
    for await (const text of jobs.logs(id, options)) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) told.line(line);
    }
    await jobs.finished(id, options);
  } catch (error) {
    await jobs.stop(id).catch(() => {}); // whatever is left of it
    throw error;
  }
}

/** A busy head takes its time to start a job. */
const requestSeconds = 120;

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Where the package is: the driver lies among its sources, from which nothing is compiled. */
const packageFolder = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../../" : "../../../", import.meta.url));

/** What the driver reads. */
function configOf(options: CheckedOptions): object {
  const isSource = import.meta.url.endsWith(".ts");
  const worker = fileURLToPath(new URL(isSource ? "./worker.ts" : "./worker.js", import.meta.url));
  const { task, taskOptions, workers, steps, folder, every, keep, shardOptimizer, threads, cpus, gpus, backend, deaths } = options;
  const command = ["node", ...(isSource ? ["--import", import.meta.resolve("tsx")] : []), worker];
  const isSharded = shardOptimizer;
  return {
    command,
    module: task,
    options: taskOptions,
    isSharded,
    workers,
    steps,
    folder,
    every,
    keep,
    threads,
    cpus,
    gpus,
    backend,
    deaths,
  };
}

async function latestCheckpoint(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const last = names
    .filter((name) => /^step-\d+$/.test(name))
    .toSorted((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
    .at(-1);
  return last === undefined ? undefined : path.join(folder, last);
}

/** Sees to it that a job is over, if the cluster knows it. */
async function ended(jobs: RayJobs, id: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await jobs.stop(id, { ...(signal && { signal }) });
    await jobs.finished(id, { ...(signal && { signal }), mustSucceed: false });
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error; // a cluster that has come back does not know it
  }
}

/** Waits until the dashboard answers (again). */
async function answering(jobs: RayJobs, seconds: number, signal: AbortSignal | undefined): Promise<void> {
  for (const start = performance.now(); ; await setTimeout(250, undefined, { ...(signal && { signal }) })) {
    try {
      await jobs.list({ ...(signal && { signal }) });
      return;
    } catch (error) {
      if (!(error instanceof UnavailableError || error instanceof RayError) || performance.now() - start > seconds * 1000) throw error;
    }
  }
}

/** A line of the driver's, as it writes them. */
type Line = { time: number; step?: number } & (
  | ({ event: "step"; step: number } & ParallelStepRecord)
  | { event: "ready"; step: number; places: { pid: number; node: number }[]; replaced: number[]; length: number; memory: MemoryUse[] }
  | { event: "death"; step: number; ranks: number[]; message: string }
  | { event: "checkpoint"; step: number; folder: string }
  | { event: "end"; sent: number[] }
  | { event: "failed"; message: string }
);

/** What the driver has told so far. */
class Told {
  readonly #options: CheckedOptions;
  readonly #events: ParallelEvent[] = [];
  #length = 0;
  #memory: readonly MemoryUse[] = [];
  #sent: readonly number[] = [];
  #step = 0;
  readyAt: number = 0;
  failure: string | undefined;

  constructor(options: CheckedOptions) {
    this.#options = options;
  }

  get facts(): Pick<DataParallelRun, "events" | "length" | "memory" | "bytesSent"> {
    return { events: this.#events, length: this.#length, memory: this.#memory, bytesSent: this.#sent };
  }

  line(text: string): void {
    if (!text.startsWith("cairn-run ")) return;
    const line = JSON.parse(text.slice("cairn-run ".length)) as Line;
    const at = new Date(line.time * 1000);
    this.#step = line.step ?? this.#step;
    if (line.event === "step") this.#options.onStep?.(line);
    else if (line.event === "end") this.#sent = line.sent;
    else if (line.event === "failed") this.failure = line.message;
    else if (line.event === "ready") {
      [this.#length, this.#memory, this.readyAt] = [line.length, line.memory, line.step];
      const workers = line.places.map(({ pid: actor, node }) => ({ actor, node }));
      this.#add({ type: "ready", step: line.step, at, workers, replaced: line.replaced });
    } else if (line.event === "death") this.#add({ type: "death", step: line.step, at, ranks: line.ranks, message: line.message });
    else this.#add({ type: "checkpoint", step: line.step, at, folder: line.folder });
  }

  restarted(message: string): void {
    this.#add({ type: "restart", step: this.#step, at: new Date(), message });
  }

  #add(event: ParallelEvent): void {
    this.#events.push(event);
    this.#options.onEvent?.(event);
  }
}
