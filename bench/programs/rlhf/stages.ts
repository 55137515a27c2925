/** The stages of RLHF in the shop, each as its own function. */
import {
  completionLogProbs,
  copyGpt,
  ppo,
  rewardModeling,
  scoredBy,
  ScoreModel,
  sft,
  shop,
  type Completion,
  type JudgedPair,
} from "../../../kernel-helpers/alignment/index.ts";
import { generateBatch, GPT } from "../../../kernel-helpers/llm/index.ts";
import { createRandom, type Module } from "../../../kernel-helpers/nn/index.ts";
import { AdamW, linear } from "../../../kernel-helpers/optim/index.ts";
import { train, type TrainingHistory } from "../../../kernel-helpers/train/index.ts";

const contextLength = 16;
export const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
export const truth = (completions: readonly Completion[]): number[] => completions.map(({ prompt, ids }) => shop.trueReward(prompt, ids));
export const questionsOf = (split: "train" | "validation" | "test"): (readonly number[])[] =>
  shop.questions.filter((question) => question.split === split).map(({ ids }) => ids);

/** AdamW whose learning rate falls to 0. */
export const falling = (model: Module, learningRate: number, steps: number, weightDecay: number): AdamW =>
  new AdamW(model.parameters(), { learningRate: linear({ from: learningRate, to: 0, steps, warmup: 10 }), weightDecay });

/** So many answers to each prompt, one prompt after the other; 512 at a time, for the caches of all of them are in memory. */
export async function write(policy: GPT, prompts: readonly (readonly number[])[], each: number, seed: number): Promise<Completion[]> {
  const all = prompts.flatMap((prompt) => Array.from({ length: each }, () => prompt));
  const completions: Completion[] = [];
  for (let start = 0; start < all.length; start += 512) {
    const some = all.slice(start, start + 512);
    const { endId, maxAnswerLength: maxNewTokens } = shop;
    const texts = await generateBatch(policy, some, { maxNewTokens, endId, seed: seed + start });
    completions.push(...texts.map((ids, row) => ({ prompt: some[row]!, ids, isEnded: ids.at(-1) === endId })));
  }
  return completions;
}

/** A GPT that answers as clerks do. */
export async function startingPolicy(seed: number): Promise<GPT> {
  const random = createRandom(seed);
  const policy = new GPT({ vocabularySize: shop.vocabulary.length, contextLength, layers: 2, heads: 4, width: 64, seed });
  const known = shop.questions.filter(({ split }) => split === "train");
  const examples = Array.from({ length: 12_000 }, () => {
    const question = known[random.integer(known.length)]!;
    return { prompt: question.ids, completion: shop.answer(question, random) };
  });
  const steps = 1500;
  await train({
    ...sft({ policy, examples, batchSize: 32, seed }),
    optimizer: falling(policy, 3e-3, steps, 0.01),
    steps,
    clip: 1,
    show: false,
  });
  return policy;
}

export const preferencesOf = (completions: readonly Completion[], seed: number): JudgedPair[] =>
  shop.judge(completions, { hesitation: 0.9, seed });

export async function rewardModel(
  from: GPT | ScoreModel,
  pairs: readonly JudgedPair[],
  seed: number,
  epochs: number = 5,
): Promise<ScoreModel> {
  const model = new ScoreModel(from, { seed });
  const preferences = pairs.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected }));
  const task = rewardModeling({ model, preferences, batchSize: 32, seed, centerRewardsCoefficient: 0.01 });
  const steps = epochs * task.batches.length;
  await train({ ...task, optimizer: falling(model, 2e-3, steps, 0.1), steps, clip: 1, show: false });
  return model;
}

export interface Reinforcement {
  sft: GPT;
  model: ScoreModel;
  klCoef: number;
  updates: number;
  seed: number;
}

export async function reinforce({
  sft: start,
  model,
  klCoef,
  updates,
  seed,
}: Reinforcement): Promise<{ policy: GPT; history: TrainingHistory }> {
  const policy = new GPT(start.config).load(start.state());
  const task = ppo({
    policy,
    value: new ScoreModel(model),
    reference: copyGpt(start),
    reward: scoredBy(model, { batchSize: 64 }),
    prompts: questionsOf("train"),
    endId: shop.endId,
    maxCompletionLength: shop.maxAnswerLength,
    klCoef,
    vfCoef: 0.5,
    missingEosPenalty: 1,
    watch: { true: truth },
    seed,
  });
  const optimizer = new AdamW(task.model.parameters(), { learningRate: 1e-3, weightDecay: 0 });
  const { history } = await train({ ...task, optimizer, steps: updates, clip: 1, show: false });
  return { policy, history };
}

/** KL divergence of a policy from the one that it began as, in nats, by its own completions. */
export async function klOf(policy: GPT, reference: GPT, completions: readonly Completion[]): Promise<number> {
  const texts = completions.map(({ prompt, ids }) => ({ prompt, completion: ids }));
  const [own, other] = await Promise.all([policy, reference].map((model) => completionLogProbs(model, texts)));
  return mean(own!.map((logProb, row) => logProb - other![row]!));
}

/** How often a completion is truly better than one of the pool to the same prompt, ties half. */
export function winsAgainst(pool: readonly Completion[], rewards: readonly number[]): (completion: Completion) => number {
  const rivals = new Map<string, number[]>();
  pool.forEach(({ prompt }, row) => rivals.set(prompt.join(), [...(rivals.get(prompt.join()) ?? []), rewards[row]!]));
  return ({ prompt, ids }) => {
    const reward = shop.trueReward(prompt, ids);
    return mean(rivals.get(prompt.join())!.map((rival) => (reward > rival ? 1 : reward === rival ? 0.5 : 0)));
  };
}
