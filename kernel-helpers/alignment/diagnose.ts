/** What went wrong in a run of PPO or GRPO, by the signs that its metrics leave. */
import { argumentError, isPlainObject } from "../runtime/check.ts";
import type { TrainingHistory } from "../train/index.ts";

export type FailureName =
  | "sampled KL below zero"
  | "groups without variance"
  | "missing end tokens"
  | "ratio off 1"
  | "reward hacking by length"
  | "entropy collapse"
  | "over-optimised reward";

/** One failure that a history shows. */
export interface Failure {
  name: FailureName;
  /** The step from which on it shows. */
  step: number;
  /** What was measured, in words. */
  evidence: string;
  hint: string;
}

type Columns = Readonly<Record<string, readonly number[]>>;

/** What is asked about one failure: the row where it begins to show, and its evidence; nothing where it does not. */
type Sign = (metrics: Columns) => { at: number; evidence: string } | undefined;

/**
 * The failures that a run's metrics show, the earliest first; none where all is well. The thresholds are rules of thumb: a finding says where to look.
 *
 * @param history Of a run of `ppo` or `grpo`: run.history.
 * @throws {ArgumentError} It is not a run's history, or has none of their metrics.
 * @example
 * diagnose(run.history).map(({ name, step }) => `${name} from step ${step}`)
 */
export function diagnose(history: TrainingHistory): Failure[] {
  const { step, metrics } = isPlainObject(history) ? (history as unknown as TrainingHistory) : { step: [], metrics: {} };
  const rows = perRollout(metrics ?? {});
  if (rows === undefined) {
    throw argumentError("history", "that of a run of ppo or grpo", history, { hint: "pass run.history, with the run that train returned" });
  }
  const columns: Columns = Object.fromEntries(Object.entries(metrics).map(([name, values]) => [name, rows.map((row) => values[row]!)]));
  return Object.entries(signs)
    .flatMap(([name, { sign, hint }]): Failure[] => {
      const found = sign(columns);
      return found ? [{ name: name as FailureName, step: step[rows[found.at]!]!, evidence: found.evidence, hint }] : [];
    })
    .toSorted((a, b) => a.step - b.step);
}

/** The rows at which a rollout is learnt from for the first time: its policy is then the one that sampled it. */
function perRollout(metrics: Columns): number[] | undefined {
  const marks = metrics["episode"];
  if (!marks || marks.length === 0) return undefined;
  return Array.from(marks.keys()).filter((row) => row === 0 || marks[row] !== marks[row - 1]);
}

/** Rollouts over which a sign must hold, so that one unlucky batch is not a finding. */
const window = 4;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Where a window begins over which the mean of the values passes the test. */
function firstWindow(values: readonly number[] | undefined, passes: (mean: number) => boolean): { at: number; value: number } | undefined {
  if (!values) return undefined;
  for (let at = 0; at + window <= values.length; at++) {
    const value = mean(values.slice(at, at + window));
    if (passes(value)) return { at, value };
  }
  return undefined;
}

const either = (metrics: Columns, ...names: readonly string[]): readonly number[] | undefined =>
  names.map((name) => metrics[name]).find((values) => values !== undefined);

/** Pearson's correlation. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = mean(a.map((value, row) => (value - meanA) * (b[row]! - meanB)));
  const spread = Math.sqrt(mean(a.map((value) => (value - meanA) ** 2)) * mean(b.map((value) => (value - meanB) ** 2)));
  return spread === 0 ? 0 : covariance / spread;
}

/** Means of the first and of the last rollouts. */
const ends = (values: readonly number[]): { first: number; last: number } => ({
  first: mean(values.slice(0, window)),
  last: mean(values.slice(-window)),
});

const signs: Record<FailureName, { sign: Sign; hint: string }> = {
  "sampled KL below zero": {
    sign: (metrics) => {
      const found = firstWindow(metrics["objective/kl"], (kl) => kl < -0.05);
      return found && { at: found.at, evidence: `a mean KL divergence of ${found.value.toFixed(2)} nats, which no divergence can be` };
    },
    hint: "score texts under the distribution that they were drawn from: the same temperature, no top-k or top-p, and the policy, not the reference",
  },
  "groups without variance": {
    sign: (metrics) => {
      const found = firstWindow(metrics["frac_reward_zero_std"], (share) => share > 0.8);
      return found && { at: found.at, evidence: `in ${Math.round(100 * found.value)} % of the groups all rewards are the same` };
    },
    hint: "take prompts that the policy sometimes gets right, more generations, or a reward with steps in between",
  },
  "missing end tokens": {
    sign: (metrics) => {
      const found = firstWindow(metrics["completions/clipped_ratio"], (share) => share > 0.5);
      return found && { at: found.at, evidence: `${Math.round(100 * found.value)} % of the completions are cut off before their end` };
    },
    hint: "set missingEosPenalty, check endId and that the examples of SFT end with it, or allow longer completions",
  },
  "ratio off 1": {
    sign: (metrics) => {
      const ratio = either(metrics, "val/ratio", "ratio");
      const at = ratio?.findIndex((value) => Math.abs(value - 1) > 1e-3) ?? -1;
      return at < 0 ? undefined : { at, evidence: `a mean ratio of ${ratio![at]!.toFixed(4)} before the first update of a rollout` };
    },
    hint: "compute old and new log-probabilities alike: the same temperature, the same padding, dropout 0",
  },
  "reward hacking by length": {
    sign: (metrics) => {
      const [length, reward] = [metrics["completions/mean_length"], either(metrics, "objective/scores", "reward")];
      if (!length || !reward || length.length < 2 * window) return undefined;
      const [{ first, last }, together] = [ends(length), correlation(length, reward)];
      if (last < 1.5 * first || together < 0.7) return undefined;
      const at = length.findIndex((value) => value > 1.25 * first);
      return {
        at: Math.max(0, at),
        evidence: `completions grew from ${first.toFixed(1)} to ${last.toFixed(1)} tokens, and the reward with them (correlation ${together.toFixed(2)})`,
      };
    },
    hint: "look at long completions: if they are not better, balance lengths in the preferences, or take a cost of length off the reward",
  },
  "entropy collapse": {
    sign: (metrics) => {
      const entropy = either(metrics, "policy/entropy_avg", "entropy");
      if (!entropy || entropy.length < 2 * window) return undefined;
      const { first } = ends(entropy);
      const found = firstWindow(entropy, (value) => value < 0.2 * first);
      return found && { at: found.at, evidence: `the entropy of a token fell from ${first.toFixed(2)} to ${found.value.toFixed(2)} nats` };
    },
    hint: "raise klCoef or beta, lower the learning rate, or stop earlier: all completions are becoming one",
  },
  "over-optimised reward": {
    sign: (metrics) => {
      const reward = either(metrics, "objective/scores", "reward");
      const names = Object.keys(metrics).filter((name) => name.startsWith("watch/"));
      for (const name of names) {
        const watched = metrics[name]!;
        if (!reward || watched.length < 3 * window) continue;
        const smooth = watched.map((_, row) => mean(watched.slice(Math.max(0, row - window + 1), row + 1)));
        const peak = smooth.indexOf(Math.max(...smooth.slice(window - 1)));
        const fall = smooth[peak]! - smooth.at(-1)!;
        const spread = Math.max(...smooth.slice(window - 1)) - Math.min(...smooth.slice(window - 1));
        if (fall > 0.25 * spread && mean(reward.slice(-window)) > mean(reward.slice(Math.max(0, peak - window + 1), peak + 1))) {
          return {
            at: peak,
            evidence: `${name} fell from ${smooth[peak]!.toFixed(2)} to ${smooth.at(-1)!.toFixed(2)} while the reward rose`,
          };
        }
      }
      return undefined;
    },
    hint: "stop at the peak, raise klCoef, or ask for preferences between the completions that the policy writes now (Gao et al. 2023, arXiv:2210.10760)",
  },
};
