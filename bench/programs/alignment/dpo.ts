/**
 * The same preferences by DPO, by a reward model with best-of-n, and by PPO: `node --import tsx bench/programs/alignment/dpo.ts 1 2 3`, the seeds.
 */
import { cpuUsage } from "node:process";
import {
  bestOf,
  bestOfKl,
  completionLogProbs,
  copyGpt,
  dpo,
  ppo,
  rewardModeling,
  scoredBy,
  ScoreModel,
  sft,
  shop,
  type Completion,
  type ShopQuestion,
} from "../../../kernel-helpers/alignment/index.ts";
import { generateBatch, GPT } from "../../../kernel-helpers/llm/index.ts";
import { createRandom, type Module } from "../../../kernel-helpers/nn/index.ts";
import { AdamW, linear } from "../../../kernel-helpers/optim/index.ts";
import { train } from "../../../kernel-helpers/train/index.ts";

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const [learnt, judgedBy] = (["train", "test"] as const).map((split) => shop.questions.filter((question) => question.split === split));
const falling = (model: Module, learningRate: number, steps: number): AdamW =>
  new AdamW(model.parameters(), { learningRate: linear({ from: learningRate, to: 0, steps, warmup: 10 }), weightDecay: 0.01 });

async function write(policy: GPT, questions: readonly ShopQuestion[], each: number, seed: number): Promise<Completion[]> {
  const prompts = questions.flatMap(({ ids }) => Array.from({ length: each }, () => ids));
  const texts = await generateBatch(policy, prompts, { maxNewTokens: shop.maxAnswerLength, endId: shop.endId, seed });
  return texts.map((ids, row) => ({ prompt: prompts[row]!, ids, isEnded: ids.at(-1) === shop.endId }));
}

const rewardsOf = (answers: readonly Completion[]): number[] => answers.map(({ prompt, ids }) => shop.trueReward(prompt, ids));

async function run(seed: number): Promise<void> {
  let began = cpuUsage();
  const say = (text: string): void => {
    const { user, system } = cpuUsage(began);
    began = cpuUsage();
    console.log(`${seed}  ${text}  (${Math.round((user + system) / 1e6)} s)`);
  };
  const random = createRandom(seed);
  const clerk = new GPT({ vocabularySize: shop.vocabulary.length, contextLength: 24, layers: 2, heads: 4, width: 48, seed });
  const examples = Array.from({ length: 4000 }, () => {
    const question = learnt![random.integer(learnt!.length)]!;
    return { prompt: question.ids, completion: shop.answer(question, random) };
  });
  await train({
    ...sft({ policy: clerk, examples, batchSize: 32, seed }),
    optimizer: falling(clerk, 4e-3, 300),
    steps: 300,
    clip: 1,
    show: false,
  });
  const each = 64;
  const before = await write(clerk, judgedBy!, each, 77);
  const ofClerk = rewardsOf(before);
  say(`SFT: true reward ${mean(ofClerk).toFixed(2)}`);

  /** Against all of the clerk's answers to the same question, ties half. */
  const wins = (rewards: readonly number[], per: number): number =>
    mean(
      rewards.map((reward, row) => {
        const group = Math.floor(row / per);
        return mean(ofClerk.slice(group * each, (group + 1) * each).map((other) => (reward > other ? 1 : reward === other ? 0.5 : 0)));
      }),
    );
  const tell = async (name: string, policy: GPT): Promise<void> => {
    const answers = await write(policy, judgedBy!, 32, 500);
    const texts = answers.map(({ prompt, ids }) => ({ prompt, completion: ids }));
    const [now, then] = [await completionLogProbs(policy, texts), await completionLogProbs(clerk, texts)];
    const rewards = rewardsOf(answers);
    const unique = new Set(answers.map(({ prompt, ids }) => [...prompt, ...ids].join())).size / answers.length;
    say(
      `${name}: true reward ${mean(rewards).toFixed(2)}, wins ${(100 * wins(rewards, 32)).toFixed(1)} %, KL ${(mean(now) - mean(then)).toFixed(2)}, ` +
        `unique ${unique.toFixed(2)}, tokens ${mean(answers.map(({ ids }) => ids.length)).toFixed(1)}; "${shop.text(answers[0]!.ids)}"`,
    );
  };

  const judged = shop.judge(await write(clerk, learnt!, 2 * Math.ceil(2000 / learnt!.length), 1000 * seed), { hesitation: 1, seed });
  const preferences = judged.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected }));
  const unseen = shop.judge(before, { seed: seed + 1 });
  say(`${preferences.length} pairs; Bayes ${mean(judged.map(({ probability: p }) => Math.max(p, 1 - p))).toFixed(3)}`);

  const model = new ScoreModel(clerk, { seed });
  const task = rewardModeling({ model, preferences, batchSize: 64, seed, centerRewardsCoefficient: 0.01 });
  const steps = 3 * task.batches.length;
  await train({ ...task, optimizer: falling(model, 3e-3, steps), steps, clip: 1, show: false });
  const learned = scoredBy(model, { batchSize: 64 });
  const scores = await learned(before);
  say("reward model");
  const groups = judgedBy!.map((_, group) => [group * each, (group + 1) * each] as const);
  const winsOfRow = ofClerk.map((reward, row) => {
    const group = Math.floor(row / each);
    return mean(ofClerk.slice(group * each, (group + 1) * each).map((other) => (reward > other ? 1 : reward === other ? 0.5 : 0)));
  });
  for (const n of [4, 16, 64]) {
    const of = (values: readonly number[]): number =>
      mean(groups.map(([from, to]) => bestOf(scores.slice(from, to), { n, values: values.slice(from, to) })));
    say(
      `best of ${n}: true reward ${of(ofClerk).toFixed(2)}, wins ${(100 * of(winsOfRow)).toFixed(1)} %, at ${bestOfKl(n).toFixed(2)} nats`,
    );
  }

  for (const beta of [0.02, 0.1, 0.5]) {
    const policy = copyGpt(clerk).train();
    const direct = await dpo({ policy, preferences, batchSize: 64, beta, seed });
    const { history } = await train({ ...direct, optimizer: falling(policy, 1e-3, 100), steps: 100, clip: 1, show: false });
    const { metrics, loss } = history;
    const ends = (name: string): string => `${metrics[name]![0]!.toFixed(2)} to ${mean(metrics[name]!.slice(-10)).toFixed(2)}`;
    const side = async (which: "chosen" | "rejected", of: GPT): Promise<number[]> =>
      completionLogProbs(
        of,
        unseen.map((pair) => ({ prompt: pair.prompt, completion: pair[which] })),
        { batchSize: 64 },
      );
    const [c, r, c0, r0] = [
      await side("chosen", policy),
      await side("rejected", policy),
      await side("chosen", clerk),
      await side("rejected", clerk),
    ];
    const right = mean(unseen.map(({ probability }, row) => (c[row]! - c0[row]! > r[row]! - r0[row]! ? probability : 1 - probability)));
    say(
      `first loss ${loss[0]!.toFixed(4)}, last ${mean(loss.slice(-10)).toFixed(3)}; chosen ${ends("logps/chosen")}, rejected ${ends("logps/rejected")}; implicit reward right ${right.toFixed(3)} of ${mean(unseen.map(({ probability: p }) => Math.max(p, 1 - p))).toFixed(3)}`,
    );
    await tell(`DPO, β = ${beta}`, policy);
  }

  const policy = copyGpt(clerk).train();
  const learning = ppo({
    policy,
    value: new ScoreModel(model),
    reference: copyGpt(clerk),
    reward: learned,
    prompts: learnt!.map(({ ids }) => ids),
    endId: shop.endId,
    maxCompletionLength: shop.maxAnswerLength,
    klCoef: 0.05,
    vfCoef: 0.5,
    missingEosPenalty: 1,
    seed,
  });
  await train({
    ...learning,
    optimizer: new AdamW(learning.model.parameters(), { learningRate: 1e-3, weightDecay: 0 }),
    steps: 60,
    clip: 1,
    show: false,
  });
  await tell("PPO, 60 rollouts", policy);
}

for (const seed of process.argv.slice(2).map(Number)) await run(seed);
