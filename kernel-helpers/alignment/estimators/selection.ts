/** Choosing among what a policy wrote, without learning: what PPO has to be compared with. */
import { argumentError, checkArray, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";

export interface BestOfOptions {
  /** How many completions one is chosen from: 1 to as many as there are scores. */
  n: number;
  /** What the chosen one is worth, for each completion: its true reward, for example. @default the scores */
  values?: readonly number[];
}

/**
 * What the best of n by score is worth on average, over all choices of n from a pool of completions to one prompt: so one pool tells of every n, with less noise
 * than drawing anew would have.
 *
 * @param scores Of each completion, by the reward model.
 * @example
 * bestOf(scores, { n: 16, values: trueRewards })
 */
export function bestOf(scores: readonly number[], options: BestOfOptions): number {
  checkArray("scores", scores, checkNumber, { allowEmpty: false });
  checkOptions("options", options, ["n", "values"]);
  const { n, values = scores } = options;
  checkInteger("n", n, { min: 1, max: scores.length });
  checkValues(scores, values);
  const order = Array.from(scores.keys()).toSorted((a, b) => scores[a]! - scores[b]!);
  // The one at place k, from the worst on, is the best of C(k, n − 1) of the C(N, n) choices.
  const count = scores.length;
  let share = n / count;
  let sum = 0;
  for (let place = count - 1; place >= n - 1; place--) {
    sum += share * values[order[place]!]!;
    share *= place === 0 ? 0 : (place - n + 1) / place;
  }
  return sum;
}

/** How far the best of n is from the policy that wrote them, in nats, at most: ln n − (n − 1) / n (Stiennon et al. 2020; Beirami et al. 2024, arXiv:2401.01879). */
export function bestOfKl(n: number): number {
  checkInteger("n", n, { min: 1 });
  return Math.log(n) - (n - 1) / n;
}

export interface RejectionOptions {
  /** What a nat costs: small keeps only the best, large nearly all. > 0 */
  beta: number;
  /** What each completion is worth. @default the scores */
  values?: readonly number[];
  /** Draws which ones are kept. @default 0 */
  seed?: number;
}

export interface Rejection {
  /** Places of the completions that were kept; the best of them always is. */
  kept: number[];
  /** Share that is kept on average. */
  acceptance: number;
  /** What the kept ones are worth on average. */
  value: number;
  /** KL divergence from the policy that wrote them, in nats. It cannot be more than ln of their number: then the pool is too small to tell. */
  kl: number;
}

/**
 * Rejection sampling from the pool of completions to one prompt: each is kept with a probability of exp((score − best) / beta), which makes of the policy π the
 * one that PPO aims at, π · exp(score / beta) / Z: no policy has more of the score at the same KL divergence (Liu et al. 2023, "RSO", arXiv:2309.06657).
 */
export function rejectionSample(scores: readonly number[], options: RejectionOptions): Rejection {
  checkArray("scores", scores, checkNumber, { allowEmpty: false });
  checkOptions("options", options, ["beta", "values", "seed"]);
  const { beta, values = scores, seed = 0 } = options;
  checkNumber("beta", beta, { above: 0 });
  checkValues(scores, values);
  const random = createRandom(checkInteger("seed", seed));
  const best = Math.max(...scores);
  const weights = scores.map((score) => Math.exp((score - best) / beta));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = total / scores.length;
  const average = (of: (place: number) => number): number =>
    weights.reduce((sum, weight, place) => (weight === 0 ? sum : sum + weight * of(place)), 0) / total;
  return {
    kept: Array.from(scores.keys()).filter((place) => random.next() < weights[place]!),
    acceptance: mean,
    value: average((place) => values[place]!),
    kl: average((place) => Math.log(weights[place]! / mean)),
  };
}

function checkValues(scores: readonly number[], values: readonly number[]): void {
  checkArray("values", values, checkNumber);
  if (values.length !== scores.length) throw argumentError("values", `one for each of the ${scores.length} scores`, values);
}
