import { argumentError, checkBoolean, checkFunction, checkInteger, checkObject, checkOptions } from "../../runtime/check.ts";
import type { StepRecord } from "../../train/index.ts";
import { checkTask } from "../node/check-task.ts";
import { checkRun } from "../ray/check-run.ts";
import type { RayAddress } from "../ray/connection.ts";

export interface DataParallelOptions {
  /** The Ray cluster's dashboard, as startRay() has it. */
  cluster: RayAddress;
  /** Path of an ES module whose default export makes the task (see TrainingTask), the same on all machines of the cluster. */
  task: string;
  /** What the task is made with: anything that JSON holds. @default {} */
  taskOptions?: Readonly<Record<string, unknown>>;
  /** Processes that train, each on its rows of every batch. */
  workers: number;
  /** Steps in all, those before a `resume` included. */
  steps: number;
  /** Folder of the checkpoints, which all machines of the cluster share. */
  folder: string;
  /** Steps between checkpoints; a worker that dies costs at most so many. @default 10 */
  every?: number;
  /** How many checkpoints are kept. @default 2 */
  keep?: number;
  /** Goes on from the folder's last checkpoint, if it has one. @default false */
  resume?: boolean;
  /** Whether each worker keeps the optimizer's state for its share of the parameters only (ZeRO-1). @default false */
  shardOptimizer?: boolean;
  /** CPU threads of each worker. @default 1 */
  threads?: number;
  /** What each worker takes of the cluster. @default { cpus: threads, gpus: 0 } */
  resources?: { cpus?: number; gpus?: number };
  /** What sums the gradients: gloo on CPUs, nccl on GPUs. @default "gloo" */
  backend?: "gloo" | "nccl";
  /** How many workers may die. @default 3 */
  deaths?: number;
  /** How often the driver is started again when it dies, or the cluster with it. @default 3 */
  restarts?: number;
  /** Seconds that a cluster may be away. @default 120 */
  patience?: number;
  /** Told after each step; steps since the last checkpoint come again after a death. */
  onStep?: (record: StepRecord) => void;
  /** Told when the workers have come together, when one dies, when a checkpoint is complete, when the driver starts again. */
  onEvent?: (event: ParallelEvent) => void;
  signal?: AbortSignal;
}

/** What happens to a run besides its steps. */
export type ParallelEvent =
  | { type: "ready"; step: number; at: Date; workers: readonly WorkerPlace[]; replaced: readonly number[] }
  | { type: "death"; step: number; at: Date; ranks: readonly number[]; message: string }
  | { type: "checkpoint"; step: number; at: Date; folder: string }
  | { type: "restart"; step: number; at: Date; message: string };

/** Process ids, on the worker's machine. */
export interface WorkerPlace {
  /** Of the actor, which is Python. */
  actor: number;
  /** Of the Node process that computes. */
  node: number;
}

/** Options with their defaults. */
export type CheckedOptions = Required<Omit<DataParallelOptions, "signal" | "onStep" | "onEvent" | "resources">> &
  Pick<DataParallelOptions, "signal" | "onStep" | "onEvent"> & { cpus: number; gpus: number };

const known: readonly (keyof DataParallelOptions)[] = [
  "cluster",
  "task",
  "taskOptions",
  "workers",
  "steps",
  "folder",
  "every",
  "keep",
  "resume",
  "shardOptimizer",
  "threads",
  "resources",
  "backend",
  "deaths",
  "restarts",
  "patience",
  "onStep",
  "onEvent",
  "signal",
];

/** @throws {ArgumentError} An option is missing, unknown or not what it has to be. */
export function checkDataParallel(options: DataParallelOptions): CheckedOptions {
  checkObject("the options of trainDataParallel", options, { hint: "pass { cluster, task, workers, steps, folder }" });
  checkOptions("trainDataParallel", options, known);
  const run = checkRun(options);
  const {
    taskOptions = {},
    every = 10,
    keep = 2,
    resume = false,
    shardOptimizer = false,
    backend = "gloo",
    onStep,
    onEvent,
    signal,
  } = options;
  const task = checkTask(options.task);
  checkObject("taskOptions", taskOptions);
  for (const [name, count] of Object.entries({ workers: options.workers, steps: options.steps, every, keep }))
    checkInteger(name, count, { min: 1 });
  checkBoolean("resume", resume);
  checkBoolean("shardOptimizer", shardOptimizer);
  if (!["gloo", "nccl"].includes(backend)) throw argumentError("backend", '"gloo" or "nccl"', backend);
  if (onStep !== undefined) checkFunction("onStep", onStep);
  if (onEvent !== undefined) checkFunction("onEvent", onEvent);
  const { workers, steps } = options;
  const checked = { ...run, task, taskOptions, workers, steps, every, keep, resume, shardOptimizer, backend };
  return { ...checked, ...(onStep && { onStep }), ...(onEvent && { onEvent }), ...(signal && { signal }) };
}
