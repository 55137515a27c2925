/** Hyper-parameters tried out, by Ray Tune. */
import path from "node:path";
import { replaceFile } from "../../runtime/files.ts";
import { displayable } from "../../runtime/printable.ts";
import { createProgress } from "../../runtime/progress.ts";
import { checkTaskLoads } from "../node/check-task.ts";
import { nodeCommand } from "../node/command.ts";
import { RayError } from "../ray/errors.ts";
import { runDriver } from "../ray/run-driver.ts";
import { checkSweep, type SweepOptions } from "./options.ts";
import { combinations, type ConfigOf, type Setting, type Space } from "./space.ts";

/** Numbers by name, the metric among them. */
export type Metrics = Readonly<Record<string, number>>;

/**
 * A trial: it trains with the settings that it is given, and yields how it does after each step. It may be asked for no more at any step; then its process ends.
 * One that dies is begun again, so it should come out the same each time.
 */
export type TrialFunction<Config = Readonly<Record<string, Setting>>> = (config: Config) => AsyncIterable<Metrics> | Iterable<Metrics>;

export interface SweepTrial<Config> {
  /** Its number among all that are drawn, "00000" onwards. */
  id: string;
  config: Config;
  /** It came to its end, or was stopped by the scheduler, or threw, or its process died too often. */
  status: "finished" | "stopped" | "failed";
  /** What it yielded, step by step. */
  history: readonly Metrics[];
  /** Seconds of its steps. */
  seconds: number;
  /** Why it failed. */
  error?: string;
}

export interface SweepResult<Config> {
  /** In the order in which they were drawn. */
  readonly trials: readonly SweepTrial<Config>[];
  /** The one whose last metric is best, of those that did not fail. */
  readonly best: SweepTrial<Config>;
  /** Why the driver was started again, each time. */
  readonly restarts: readonly string[];
}

/**
 * Tries settings out on a Ray cluster: several trials at a time, each a Node process that reports step by step, and poor ones are stopped early.
 *
 * A trial that has come to its end is a file in the folder. When the driver dies, another one goes on: it runs the trials that have no file, those that were under
 * way from their beginning, and compares them with all that had been told.
 *
 * @throws {ArgumentError} An option is missing or wrong, the task cannot be loaded, or the folder has a sweep.
 * @throws {RayError} Every trial failed, or the driver died too often.
 * @throws {UnavailableError} The cluster does not answer, or not again.
 * @example
 * // trial.mjs: export default async function* ({ width, learningRate }) { …; yield { loss } }
 * const { best } = await sweep({
 *   cluster: ray.cluster, task: "trial.mjs", folder: "runs/sweep", metric: "loss", mode: "min", steps: 16, trials: 4,
 *   space: { width: grid([32, 64]), learningRate: logUniform(1e-4, 1e-2) },
 * });
 * best.config.learningRate
 */
export async function sweep<S extends Space>(options: SweepOptions<S>): Promise<SweepResult<ConfigOf<S>>> {
  const checked = checkSweep(options as unknown as SweepOptions);
  const { cluster, folder, restarts, patience, signal, metric, mode } = checked;
  signal?.throwIfAborted();
  await checkTaskLoads(checked.config.module, "sweep", signal);
  const config = path.join(folder, "run.json");
  replaceFile(config, JSON.stringify({ command: nodeCommand("distributed/sweep/worker"), ...checked.config }));
  const told = new Map<number, SweepTrial<ConfigOf<S>>>();
  const over = new Set<number>();
  const reasons: string[] = [];
  const total = checked.config.trials * combinations(options.space);
  const progress = createProgress({ label: "trials", total, unit: "trials" });
  const onLine = (line: Line<ConfigOf<S>>): void => {
    if (line.event === "end" || over.has(line.trial)) return; // a driver that was started again plays back those that are over
    if (line.event === "start") {
      told.set(line.trial, { id: String(line.trial).padStart(5, "0"), config: line.config, status: "stopped", history: [], seconds: 0 });
      return;
    }
    const trial = told.get(line.trial)!;
    if (line.event === "report") {
      trial.history = [...trial.history.slice(0, line.step - 1), line.metrics];
      trial.seconds = line.seconds;
      options.onReport?.(trial, line.step, line.metrics);
      return;
    }
    const isWhole = line.ended || trial.history.length >= checked.config.steps;
    trial.status = line.failure ? "failed" : isWhole ? "finished" : "stopped";
    if (line.failure) trial.error = line.failure;
    progress.update(over.add(line.trial).size);
  };
  try {
    await runDriver({ cluster, name: "sweep", config, restarts, patience, signal, onLine, onRestart: (why) => void reasons.push(why) });
  } finally {
    progress.close();
  }
  const trials = [...told.entries()].toSorted(([a], [b]) => a - b).map(([, trial]) => trial);
  const valueOf = (trial: SweepTrial<ConfigOf<S>>): number => trial.history.at(-1)![metric]! * (mode === "min" ? 1 : -1);
  const [best] = trials
    .filter(({ status, history }) => status !== "failed" && history.length > 0)
    .toSorted((a, b) => valueOf(a) - valueOf(b));
  if (best === undefined) {
    throw new RayError(`no trial came to a result: ${trials[0]?.error ?? "none yielded anything"}`, {
      hint: "facts.trials has them all",
      facts: { trials },
    });
  }
  return displayable({ trials, best, restarts: reasons }, () => ({
    "text/plain": `${trials.length} trials, ${metric} ${Math.abs(valueOf(best)).toPrecision(4)} with ${JSON.stringify(best.config)}`,
  }));
}

/** A line of the driver's. */
type Line<Config> = { time: number } & (
  | { event: "start"; trial: number; config: Config }
  | { event: "report"; trial: number; step: number; metrics: Metrics; seconds: number }
  | { event: "complete"; trial: number; ended: boolean; failure: string }
  | { event: "end" }
);
