import { argumentError, checkArray, checkNumber, checkOptions } from "../../runtime/check.ts";

export interface GaeOptions {
  /** How much what comes a token later counts. @default 1 */
  gamma?: number;
  /** 0 trusts the value head at once, 1 waits for the end. @default 0.95 */
  lam?: number;
}

/** Of the tokens of one answer. */
export interface Advantages {
  /** How much better than expected each token was. */
  advantages: number[];
  /** What the values should have been: advantages + values. */
  returns: number[];
}

/**
 * Generalised advantage estimation (Schulman et al. 2016, arXiv:1506.02438) for one answer, from its last token backwards:
 * A_t = δ_t + γ λ A_{t+1} with δ_t = r_t + γ V_{t+1} − V_t, and nothing after the end.
 *
 * @param rewards One for each token, (T).
 * @param values What was expected before each token, (T).
 */
export function generalizedAdvantages(rewards: readonly number[], values: readonly number[], options: GaeOptions = {}): Advantages {
  checkArray("rewards", rewards, checkNumber);
  checkArray("values", values, checkNumber);
  if (rewards.length !== values.length) throw argumentError("values", `one for each of the ${rewards.length} rewards`, values);
  const { gamma, lam } = checkGaeOptions(options);
  const advantages = Array.from(rewards, () => 0);
  let later = 0;
  for (let t = rewards.length - 1; t >= 0; t--) {
    const delta = rewards[t]! + gamma * (values[t + 1] ?? 0) - values[t]!;
    later = delta + gamma * lam * later;
    advantages[t] = later;
  }
  return { advantages, returns: advantages.map((advantage, t) => advantage + values[t]!) };
}

export const gaeOptionNames = ["gamma", "lam"] as const;

export function checkGaeOptions(options: GaeOptions): Required<GaeOptions> {
  checkOptions("options", options, gaeOptionNames);
  const { gamma = 1, lam = 0.95 } = options;
  checkNumber("gamma", gamma, { min: 0, max: 1 });
  checkNumber("lam", lam, { min: 0, max: 1 });
  return { gamma, lam };
}
