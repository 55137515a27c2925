/** Policies write; what they wrote as rows; and rewards, checked. */
import { ArgumentError } from "../../errors.ts";
import { AdaptedModel, generateBatch, GPT } from "../../llm/index.ts";
import {
  argumentError,
  checkArray,
  checkFunction,
  checkIndices,
  checkInteger,
  checkNumber,
  checkObject,
  isPlainObject,
} from "../../runtime/check.ts";
import type { Completion, Policy, RewardFunction } from "../policy.ts";

export interface DrawOptions {
  maxNewTokens: number;
  endId: number;
  temperature: number;
  seed: number;
  signal?: AbortSignal | undefined;
}

/** Continues each prompt: the new ids, the end's id included where it came. */
export type Draw<P extends Policy = Policy> = (
  policy: P,
  prompts: readonly (readonly number[])[],
  options: DrawOptions,
) => Promise<readonly (readonly number[])[]>;

export interface SamplingPlan<P extends Policy> {
  /** What the policy learns on: each an array of ids. */
  prompts: readonly (readonly number[])[];
  /** A completion is over after this id. */
  endId: number;
  /** Tokens of a completion at most (trl's responseLength, maxCompletionLength). */
  maxCompletionLength: number;
  /** Of sampling and of the probabilities that are learnt from: > 0. @default 1 */
  temperature?: number;
  /** Samples from the policy, where it is neither a GPT nor an AdaptedModel. @default generateBatch */
  sample?: Draw<P>;
  /** @default 0 */
  seed?: number;
  /** Other rewards, which are measured on each rollout and not learnt from: `watch/name` among the metrics. */
  watch?: Readonly<Record<string, RewardFunction>>;
}

export const samplingPlanNames = ["prompts", "endId", "maxCompletionLength", "temperature", "sample", "seed", "watch"] as const;

export interface CheckedPlan<P extends Policy> extends Required<Omit<SamplingPlan<P>, "sample">> {
  sample: Draw<P>;
}

export function checkSamplingPlan<P extends Policy>(policy: P, plan: SamplingPlan<P>): CheckedPlan<P> {
  const { prompts, endId, maxCompletionLength, temperature = 1, sample, seed = 0, watch = {} } = plan;
  const { vocabularySize, contextLength } = policy.config;
  checkIndices("endId", [endId], vocabularySize);
  checkInteger("maxCompletionLength", maxCompletionLength, { min: 1, max: contextLength - 1 });
  checkNumber("temperature", temperature, { above: 0 });
  checkInteger("seed", seed);
  checkArray(
    "prompts",
    prompts,
    (name, prompt) => {
      const { length } = checkIndices(name, prompt, vocabularySize);
      if (length > 0 && length + maxCompletionLength <= contextLength) return;
      throw argumentError(name, `1 to ${contextLength - maxCompletionLength} ids`, prompt, {
        hint: "the prompt and maxCompletionLength together must fit the policy's context",
      });
    },
    { allowEmpty: false, hint: "pass arrays of ids" },
  );
  if (sample !== undefined) checkFunction("sample", sample);
  else if (!(policy instanceof GPT || policy instanceof AdaptedModel)) {
    throw new ArgumentError("only a GPT or an AdaptedModel can be sampled from as it is", {
      hint: "pass sample: (policy, prompts, options) => … with the new ids",
    });
  }
  for (const [name, reward] of Object.entries(checkObject("watch", watch))) checkFunction(`watch.${name}`, reward as RewardFunction);
  return { prompts, endId, maxCompletionLength, temperature, sample: sample ?? (drawFromModel as unknown as Draw<P>), seed, watch };
}

const drawFromModel = (
  policy: GPT | AdaptedModel,
  prompts: readonly (readonly number[])[],
  { signal, ...options }: DrawOptions,
): Promise<number[][]> => generateBatch(policy, prompts, { ...options, ...(signal && { signal }) });

/** Completions of prompts. */
export async function complete<P extends Policy>(
  policy: P,
  prompts: readonly (readonly number[])[],
  { sample, endId, maxCompletionLength, temperature }: Pick<CheckedPlan<P>, "sample" | "endId" | "maxCompletionLength" | "temperature">,
  seed: number,
  signal?: AbortSignal,
): Promise<Completion[]> {
  const texts = await sample(policy, prompts, { maxNewTokens: maxCompletionLength, endId, temperature, seed, signal });
  checkArray("what sample returns", texts, (name, ids) => checkIndices(name, ids, policy.config.vocabularySize));
  if (texts.length !== prompts.length) throw argumentError("what sample returns", `${prompts.length} texts`, texts);
  return texts.map((ids, row) => ({ prompt: prompts[row]!, ids: [...ids], isEnded: ids.at(-1) === endId }));
}

/** @throws {ArgumentError} The function does not return one finite number for each completion. */
export async function rewardsOf(
  name: string,
  reward: RewardFunction,
  completions: readonly Completion[],
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const rewards = checkArray(`what ${name} returns`, await reward(completions, signal), checkNumber);
  if (rewards.length === completions.length) return rewards;
  throw argumentError(`what ${name} returns`, `one number for each of the ${completions.length} completions`, rewards);
}

/** Means of the rewards that are only watched, as metrics. */
export async function watched(
  watch: Readonly<Record<string, RewardFunction>>,
  completions: readonly Completion[],
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const means: Record<string, number> = {};
  for (const [name, reward] of Object.entries(watch)) {
    means[`watch/${name}`] = mean(await rewardsOf(`watch.${name}`, reward, completions, signal));
  }
  return means;
}

export const mean = (numbers: readonly number[]): number =>
  numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

export function checkReward(argument: string, reward: unknown): RewardFunction {
  const hint = "pass a function of completions, such as scoredBy(rewardModel)";
  if (isPlainObject(reward)) throw argumentError(argument, "a function", reward, { hint });
  return checkFunction(argument, reward as RewardFunction, { hint });
}

/** Lengths and ends, as trl names them. */
export function lengthMetrics(completions: readonly Completion[]): Record<string, number> {
  const lengths = completions.map(({ ids }) => ids.length);
  const ended = completions.filter(({ isEnded }) => isEnded).map(({ ids }) => ids.length);
  return {
    "completions/mean_length": mean(lengths),
    "completions/min_length": Math.min(...lengths),
    "completions/max_length": Math.max(...lengths),
    "completions/mean_terminated_length": mean(ended),
    "completions/clipped_ratio": 1 - ended.length / completions.length,
  };
}
