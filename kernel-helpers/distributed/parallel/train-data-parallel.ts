/** Data-parallel training on Ray. */
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { ArgumentError } from "../../errors.ts";
import { displayable } from "../../runtime/printable.ts";
import type { MemoryUse, StepRecord } from "../../train/index.ts";
import { checkTaskLoads } from "../node/check-task.ts";
import { nodeCommand } from "../node/command.ts";
import { runDriver } from "../ray/run-driver.ts";
import { checkDataParallel, type CheckedOptions, type DataParallelOptions, type ParallelEvent } from "./options.ts";

/** Seconds that the parts of a step took in the worker of rank 0. */
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
  /** How many numbers all parameters have together. */
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
 * @throws {ArgumentError} An option is missing or wrong, the task cannot be loaded, or the folder has checkpoints and `resume` is not set.
 * @throws {RayError} The task threw, a loss was not finite, or more died than may.
 * @throws {UnavailableError} The cluster does not answer, or not again.
 * @example
 * const ray = await startRay();
 * const run = await trainDataParallel({ cluster: ray.cluster, task: "task.mjs", workers: 2, steps: 100, folder: "runs/two" });
 * await loadModel(new GPT(options), run.modelFile);
 */
export async function trainDataParallel(options: DataParallelOptions): Promise<DataParallelRun> {
  const checked = checkDataParallel(options);
  const { cluster, folder, resume, restarts, patience, signal } = checked;
  signal?.throwIfAborted();
  if (!resume && (await latestCheckpoint(folder)) !== undefined) {
    throw new ArgumentError(`${folder} has checkpoints of a run already`, { hint: "go on with { resume: true }, or pass another folder" });
  }
  await checkTaskLoads(checked.task, "trainDataParallel", signal);
  await mkdir(folder, { recursive: true });
  const config = path.join(folder, "run.json");
  await writeFile(config, JSON.stringify(configOf(checked)));
  const told = new Told(checked);
  const listeners = { onLine: (line: Line) => told.line(line), onRestart: (message: string) => told.restarted(message) };
  await runDriver({ cluster, name: "train", config, restarts, patience, signal, ...listeners });
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

/** What the driver reads. */
function configOf(options: CheckedOptions): object {
  const {
    task: module,
    taskOptions,
    workers,
    steps,
    folder,
    every,
    keep,
    shardOptimizer: isSharded,
    threads,
    cpus,
    gpus,
    backend,
    deaths,
  } = options;
  const work = { command: nodeCommand("distributed/parallel/worker"), module, options: taskOptions, isSharded, workers, steps };
  return { ...work, folder, every, keep, threads, cpus, gpus, backend, deaths };
}

async function latestCheckpoint(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const last = names
    .filter((name) => /^step-\d+$/.test(name))
    .toSorted((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
    .at(-1);
  return last === undefined ? undefined : path.join(folder, last);
}

/** A line of the driver's, as it writes them. */
type Line = { time: number; step?: number } & (
  | ({ event: "step"; step: number } & ParallelStepRecord)
  | { event: "ready"; step: number; places: { pid: number; node: number }[]; replaced: number[]; length: number; memory: MemoryUse[] }
  | { event: "death"; step: number; ranks: number[]; message: string }
  | { event: "checkpoint"; step: number; folder: string }
  | { event: "end"; sent: number[] }
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

  constructor(options: CheckedOptions) {
    this.#options = options;
  }

  get facts(): Pick<DataParallelRun, "events" | "length" | "memory" | "bytesSent"> {
    return { events: this.#events, length: this.#length, memory: this.#memory, bytesSent: this.#sent };
  }

  line(line: Line): void {
    const at = new Date(line.time * 1000);
    this.#step = line.step ?? this.#step;
    if (line.event === "step") this.#options.onStep?.(line);
    else if (line.event === "end") this.#sent = line.sent;
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
