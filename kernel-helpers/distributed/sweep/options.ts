import { existsSync } from "node:fs";
import path from "node:path";
import {
  argumentError,
  checkChoice,
  checkFunction,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkText,
} from "../../runtime/check.ts";
import { checkTask } from "../node/check-task.ts";
import { checkRun } from "../ray/check-run.ts";
import type { RayAddress } from "../ray/connection.ts";
import { toDomains, type ConfigOf, type Space } from "./space.ts";

export interface SweepOptions<S extends Space = Space> {
  /** The Ray cluster's dashboard, as startRay() has it. */
  cluster: RayAddress;
  /** Path of an ES module whose default export is a trial (see TrialFunction), the same on all machines of the cluster. */
  task: string;
  /** What the trials' settings are drawn from. */
  space: S;
  /** How often the space is drawn from; each draw has every combination of its grids. @default 1 */
  trials?: number;
  /** Name of the number, among those that a trial yields, by which trials are compared. */
  metric: string;
  /** Whether the smallest is best, or the largest. */
  mode: "min" | "max";
  /** Steps of a trial at most. */
  steps: number;
  /**
   * "asha" stops a trial whose metric is not among the best of those that have come as far (asynchronous successive halving, Li et al. 2020,
   * arXiv:1810.05934); "fifo" lets all come to their end. @default "asha"
   */
  scheduler?: "asha" | "fifo";
  /** Steps before the first comparison of ASHA. @default 1 */
  grace?: number;
  /** One of how many goes on after a comparison of ASHA, which come after grace, grace · reduction, grace · reduction² … steps. @default 4 */
  reduction?: number;
  /** Of the draws: the same seed draws the same settings. @default 0 */
  seed?: number;
  /** Folder for what trials told and what Tune writes down, which all machines share. */
  folder: string;
  /** How many trials run at a time. @default 2 */
  workers?: number;
  /** CPU threads of each trial. @default 1 */
  threads?: number;
  /** What each trial takes of the cluster. @default { cpus: threads, gpus: 0 } */
  resources?: { cpus?: number; gpus?: number };
  /** How often the process of a trial may die; it begins again. @default 3 */
  deaths?: number;
  /** How often the driver is started again when it dies, or the cluster with it. @default 3 */
  restarts?: number;
  /** Seconds that a cluster may be away. @default 120 */
  patience?: number;
  /** Told after each step of a trial; a trial that is begun again tells its steps again. */
  onReport?: (trial: { id: string; config: ConfigOf<S> }, step: number, metrics: Readonly<Record<string, number>>) => void;
  signal?: AbortSignal;
}

const known: readonly (keyof SweepOptions)[] = [
  ...(["cluster", "task", "space", "trials", "metric", "mode", "steps", "scheduler", "grace", "reduction", "seed", "folder"] as const),
  ...(["workers", "threads", "resources", "deaths", "restarts", "patience", "onReport", "signal"] as const),
];

export interface CheckedSweep extends Pick<SweepOptions, "cluster" | "onReport" | "signal" | "mode" | "metric"> {
  folder: string;
  restarts: number;
  patience: number;
  /** What the driver reads. */
  config: Readonly<Record<string, unknown>> & { module: string; steps: number; trials: number };
}

/** @throws {ArgumentError} An option is missing, unknown or not what it has to be. */
export function checkSweep(options: SweepOptions): CheckedSweep {
  checkObject("the options of sweep", options, { hint: "pass { cluster, task, space, metric, mode, steps, folder }" });
  checkOptions("sweep", options, known);
  const { cluster, folder, threads, cpus, gpus, deaths, restarts, patience } = checkRun(options);
  const { trials = 1, mode, steps, scheduler = "asha", grace = 1, reduction = 4, seed = 0, workers = 2, onReport, signal } = options;
  const module = checkTask(options.task);
  const space = toDomains(checkObject("space", options.space) as Space);
  const metric = checkText("metric", options.metric, { allowEmpty: false });
  checkChoice("mode", mode, ["min", "max"]);
  checkChoice("scheduler", scheduler, ["asha", "fifo"]);
  for (const [name, count] of Object.entries({ trials, steps, workers })) checkInteger(name, count, { min: 1 });
  checkInteger("grace", grace, { min: 1, max: steps });
  checkNumber("reduction", reduction, { above: 1 });
  checkInteger("seed", seed, { min: 0, max: 2 ** 32 - 1 });
  if (onReport !== undefined) checkFunction("onReport", onReport);
  if (["trials", "tune"].some((name) => existsSync(path.join(folder, name))))
    throw argumentError("folder", "one without a sweep", options.folder, { hint: "pass another folder" });
  const asked = { module, space, trials, metric, mode, steps, scheduler, grace, reduction, seed };
  const config = { ...asked, folder, workers, threads, cpus, gpus, deaths };
  return { cluster, folder, restarts, patience, metric, mode, config, ...(onReport && { onReport }), ...(signal && { signal }) };
}
