/** Models asked about texts, without gradients: in slices of one size, so that one graph serves all. */
import { setImmediate } from "node:timers/promises";
import { checkInstance, checkInteger, checkOptions } from "../runtime/check.ts";
import { jit, tensor, type Jitted, type Tensor } from "../tensor/index.ts";
import { tokenEntropy, tokenLogProbs } from "./losses/tokens.ts";
import { rowsFor, type Completion, type Policy, type PromptCompletion, type RewardFunction, type Rows } from "./policy.ts";
import { ScoreModel } from "./score-model.ts";

type Columns = Record<string, Tensor>;

/** Each column (B, …) of what f makes of the rows, computed `size` rows at a time. */
export async function inSlices(run: Jitted<[rows: Rows], Columns>, rows: Rows, size: number, signal?: AbortSignal): Promise<Columns> {
  const count = rows.ids.shape[0]!;
  const found: Record<string, { data: Float32Array; shape: readonly number[] }> = {};
  for (let start = 0; start < count; start += size) {
    await setImmediate();
    signal?.throwIfAborted();
    const end = Math.min(start + size, count);
    const slice = Object.fromEntries(Object.entries(rows).map(([name, whole]) => [name, padTo(whole.slice([start, end]), size)]));
    for (const [name, column] of Object.entries(run(slice as Rows))) {
      const width = column.size / size;
      const { data } = (found[name] ??= { data: new Float32Array(count * width), shape: [count, ...column.shape.slice(1)] });
      data.set((column.data as Float32Array).subarray(0, (end - start) * width), start * width);
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, { data, shape }]) => [name, tensor(data, { shape })]));
}

/** With rows of zeros up to the size. */
function padTo(rows: Tensor, size: number): Tensor {
  const missing = size - rows.shape[0]!;
  return missing === 0 ? rows : rows.pad([[0, missing], ...rows.shape.slice(1).map((): [number, number] => [0, 0])]);
}

const scorers = new WeakMap<Policy, Map<number, Jitted<[rows: Rows], Columns>>>();
const readers = new WeakMap<ScoreModel, Jitted<[rows: Rows], Columns>>();

interface Kept<K> {
  get(key: K): Jitted<[rows: Rows], Columns> | undefined;
  set(key: K, compiled: Jitted<[rows: Rows], Columns>): unknown;
}

function kept<K>(known: Kept<K>, key: K, f: (rows: Rows) => Columns): Jitted<[rows: Rows], Columns> {
  const found = known.get(key) ?? jit(f);
  known.set(key, found);
  return found;
}

/** What a policy makes of texts: `logProbs` and `entropy` of each token, (B, T − 1), at a temperature. In evaluation mode. */
export function tokenScores(policy: Policy, rows: Rows, size: number, signal?: AbortSignal, temperature: number = 1): Promise<Columns> {
  const ofTemperature = scorers.get(policy) ?? new Map<number, Jitted<[rows: Rows], Columns>>();
  scorers.set(policy, ofTemperature);
  const run = kept(ofTemperature, temperature, ({ ids }) => {
    const logits = policy.forward(ids).mul(1 / temperature);
    return { logProbs: tokenLogProbs(logits, ids), entropy: tokenEntropy(logits, ids) };
  });
  return inEvaluation(policy, () => inSlices(run, rows, size, signal));
}

/** A score model's scores of each place, `scores` (B, T), and of each text, `total` (B). In evaluation mode. */
export function placeScores(model: ScoreModel, rows: Rows, size: number, signal?: AbortSignal): Promise<Columns> {
  const run = kept(readers, model, ({ ids, last }) => {
    const scores = model.forward(ids);
    return { scores, total: scores.gather(1, last.unsqueeze(1)).squeeze(1) };
  });
  return inEvaluation(model, () => inSlices(run, rows, size, signal));
}

async function inEvaluation<T>(model: Policy | ScoreModel, f: () => Promise<T>): Promise<T> {
  const { training } = model;
  model.eval();
  try {
    return await f();
  } finally {
    model.train(training);
  }
}

const batchSizeOf = (options: { batchSize?: number }): number => {
  checkOptions("options", options, ["batchSize"]);
  return checkInteger("batchSize", options.batchSize ?? 32, { min: 1 });
};

/**
 * ln of the probability that a policy gives to each whole completion, given its prompt.
 *
 * @returns One for each text.
 */
export async function completionLogProbs(
  policy: Policy,
  texts: readonly PromptCompletion[],
  options: { batchSize?: number } = {},
): Promise<number[]> {
  const size = batchSizeOf(options);
  const rows = rowsFor("texts", texts, policy.config);
  const { logProbs } = await tokenScores(policy, rows, Math.min(size, texts.length));
  return Array.from(logProbs!.mul(rows.mask).sum(1).data as Float32Array);
}

/** A reward model as a reward: its score of a completion with its prompt. */
export function scoredBy(model: ScoreModel, options: { batchSize?: number } = {}): RewardFunction {
  checkInstance("model", model, ScoreModel);
  const size = batchSizeOf(options);
  return async (completions: readonly Completion[], signal?: AbortSignal): Promise<number[]> => {
    const texts = completions.map(({ prompt, ids }) => ({ prompt, completion: ids }));
    const rows = rowsFor("completions", texts, model.gpt.config);
    const { total } = await placeScores(model, rows, Math.min(size, completions.length), signal);
    return Array.from(total!.data as Float32Array);
  };
}
