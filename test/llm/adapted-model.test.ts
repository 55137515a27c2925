/** A tiny random model with adapters as a policy: read token by token it says what it says read whole, and it learns from preferences and rewards. */
import { expect, test } from "vitest";
import { dpo, grpo, ppo, rewardModeling, ScoreModel, sft } from "../../kernel-helpers/alignment/index.ts";
import { adapt } from "../../kernel-helpers/llm/fine-tune/adapted-model.ts";
import { checkFineTuneOptions } from "../../kernel-helpers/llm/fine-tune/options.ts";
import { generateBatch, type AdaptedModel } from "../../kernel-helpers/llm/index.ts";
import { createRandom } from "../../kernel-helpers/nn/index.ts";
import { AdamW } from "../../kernel-helpers/optim/index.ts";
import { tensor } from "../../kernel-helpers/tensor/index.ts";
import { train } from "../../kernel-helpers/train/index.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { tinyLlama } from "./tiny-llama.ts";

const tokenizer = await BpeTokenizer.train(["abc"], { vocabSize: 256 });
/** Of adapters that change something already, or nothing yet. */
function adapted(std = 0.4): AdaptedModel {
  const base = { name: "tiny", place: "", weights: tinyLlama(), tokenizer, chatTemplate: undefined, endIds: new Set([0]) };
  const model = adapt(base, checkFineTuneOptions({ rank: 2, seed: 1 }));
  const random = createRandom(3);
  const { numbers } = model.adapters;
  if (std > 0) numbers.assign(tensor(Float32Array.from({ length: numbers.size }, () => std * random.normal())));
  return model.eval();
}
const prompts = [[3, 7, 11], [5], [9, 2, 30, 31, 8]];

/** The likeliest token after each text, read whole each time. */
function continued(model: AdaptedModel, prompt: readonly number[], count: number): number[] {
  const ids = [...prompt];
  for (let added = 0; added < count; added++) {
    const logits = model.forward(tensor([ids], { dtype: "int64" })).slice(0, -1).data as Float32Array; // prettier-ignore
    ids.push(logits.indexOf(Math.max(...logits)));
  }
  return ids.slice(prompt.length);
}

test("texts of different lengths are continued side by side as each is alone, read whole", async () => {
  const model = adapted();
  const found = await generateBatch(model, prompts, { maxNewTokens: 9, temperature: 0 });
  expect(found).toEqual(prompts.map((prompt) => continued(model, prompt, 9)));
  expect(new Set(found.flat()).size).toBeGreaterThan(3);
});

test("what it samples follows its adapters while they learn", async () => {
  const model = adapted();
  const before = await generateBatch(model, prompts, { maxNewTokens: 9, temperature: 0 });
  model.adapters.numbers.assign(model.adapters.numbers.detach().mul(0));
  const after = await generateBatch(model, prompts, { maxNewTokens: 9, temperature: 0 });
  expect(after).not.toEqual(before);
  expect(after).toEqual(prompts.map((prompt) => continued(model, prompt, 9)));
});

test("a copy shares the base and stays as it is", async () => {
  const policy = adapted();
  const reference = policy.copy();
  const ids = tensor([[3, 7, 11]], { dtype: "int64" });
  const before = reference.forward(ids).toArray();
  expect(policy.forward(ids).toArray()).toEqual(before);
  const examples = [{ prompt: [3], completion: [7, 0] }];
  const optimizer = new AdamW(policy.parameters(), { learningRate: 0.05 });
  await train({ ...sft({ policy, examples, batchSize: 1 }), optimizer, steps: 3, show: false });
  expect(policy.forward(ids).toArray()).not.toEqual(before);
  expect(reference.forward(ids).toArray()).toEqual(before);
});

test("by DPO it begins at ln 2 and prefers what was chosen", async () => {
  const policy = adapted().train();
  const preferences = [{ prompt: [3, 4], chosen: [7, 0], rejected: [9, 0] }];
  const optimizer = new AdamW(policy.parameters(), { learningRate: 0.02 });
  const { history } = await train({ ...(await dpo({ policy, preferences, batchSize: 1 })), optimizer, steps: 8, show: false });
  expect(history.loss[0]).toBeCloseTo(Math.LN2, 4);
  expect(history.metrics["rewards/accuracies"]!.at(-1)).toBe(1);
});

test("by GRPO it comes to write what is rewarded", async () => {
  const policy = adapted(0).train();
  const options = { prompts, endId: 0, maxCompletionLength: 6, batchSize: 96, numGenerations: 32, beta: 0.01, seed: 1 };
  const reward = (completions: readonly { ids: readonly number[] }[]): number[] =>
    completions.map(({ ids }) => ids.filter((id) => id % 2 === 0).length / 6);
  const task = grpo({ policy, reference: policy.copy(), reward, ...options });
  const { history } = await train({ ...task, optimizer: new AdamW(policy.parameters(), { learningRate: 0.1 }), steps: 12, show: false });
  const rewards = history.metrics["reward"]!;
  expect(rewards.at(-1)).toBeGreaterThan(rewards[0]! + 0.1);
});

test("by a reward model and PPO, which share its base, it comes to write what was preferred", async () => {
  const policy = adapted(0).train();
  const preferences = Array.from({ length: 32 }, (_, at) => ({
    prompt: [5],
    chosen: [2 + 2 * (at % 16), 0],
    rejected: [3 + 2 * (at % 16), 0],
  }));
  const model = new ScoreModel(policy, { seed: 2 });
  const modeling = rewardModeling({ model, preferences, batchSize: 32 });
  const { history: modeled } = await train({
    ...modeling,
    optimizer: new AdamW(model.parameters(), { learningRate: 0.05 }),
    steps: 25,
    show: false,
  });
  expect(modeled.metrics["accuracy"]!.at(-1)).toBeGreaterThan(0.9);
  const task = ppo({
    policy,
    value: new ScoreModel(model),
    reference: policy.copy(),
    reward: (completions) => completions.map(({ ids }) => ids.filter((id) => id % 2 === 0).length / 6),
    prompts,
    endId: 0,
    maxCompletionLength: 6,
    batchSize: 96,
    numPpoEpochs: 2,
    klCoef: 0.01,
    seed: 1,
  });
  const { history } = await train({
    ...task,
    optimizer: new AdamW(task.model.parameters(), { learningRate: 0.05 }),
    steps: 16,
    clip: 1,
    show: false,
  });
  expect(history.metrics["val/ratio"]![0]).toBeCloseTo(1, 4);
  expect(history.metrics["objective/scores"]!.at(-1)).toBeGreaterThan(history.metrics["objective/scores"]![0]! + 0.05);
});
