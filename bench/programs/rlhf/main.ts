/**
 * From clerks' answers to a policy that pleases, in a world whose true reward is known: SFT, a reward model, best-of-n, PPO, DPO, and what happens without a KL
 * penalty. `node --import tsx bench/programs/rlhf/main.ts 1 2 3`: the seeds.
 */
import { cpuUsage } from "node:process";
import {
  copyGpt,
  diagnose,
  dpo,
  ppo,
  rewardModeling,
  scoredBy,
  ScoreModel,
  sft,
  type Completion,
  type Preference,
  type RewardFunction,
} from "../../../kernel-helpers/alignment/index.ts";
import { generateBatch, GPT } from "../../../kernel-helpers/llm/index.ts";
import { createRandom, type Module } from "../../../kernel-helpers/nn/index.ts";
import { AdamW, linear } from "../../../kernel-helpers/optim/index.ts";
import { evaluate, train, type TrainingHistory } from "../../../kernel-helpers/train/index.ts";
import { answer, asked, decode, endId, trueReward, vocabulary, type Question } from "./world.ts";

const maxCompletionLength = 16;
/** How much clerks' judges hesitate: a preference is P(a ≻ b) = σ((r(a) − r(b)) / 0.9). */
const hesitation = 0.9;

const known = asked.filter(({ isHeldOut }) => !isHeldOut);
const heldOut = asked.filter(({ isHeldOut }) => isHeldOut);
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const truth: RewardFunction = (completions) => completions.map(({ prompt, ids }) => trueReward(prompt, ids));
const rewards = (completions: readonly Completion[]): number[] => completions.map(({ prompt, ids }) => trueReward(prompt, ids));
const falling = (model: Module, learningRate: number, steps: number, weightDecay: number = 0.01): AdamW =>
  new AdamW(model.parameters(), { learningRate: linear({ from: learningRate, to: 0, steps, warmup: 10 }), weightDecay });

async function write(policy: GPT, questions: readonly Question[], each: number, seed: number): Promise<Completion[]> {
  const prompts = questions.flatMap(({ ids }) => Array.from({ length: each }, () => ids));
  const texts = await generateBatch(policy, prompts, { maxNewTokens: maxCompletionLength, endId, seed });
  return texts.map((ids, row) => ({ prompt: prompts[row]!, ids, isEnded: ids.at(-1) === endId }));
}

interface Judged extends Preference {
  /** Whether a judge who knows the true reward would have said the same. */
  isRight: boolean;
  /** How often such a judge is right about this pair. */
  bayes: number;
}

function judge(completions: readonly Completion[], seed: number): Judged[] {
  const random = createRandom(seed);
  return Array.from({ length: completions.length / 2 }, (_, pair) => {
    const [a, b] = [completions[2 * pair]!, completions[2 * pair + 1]!];
    const ahead = trueReward(a.prompt, a.ids) - trueReward(b.prompt, b.ids);
    const probability = 1 / (1 + Math.exp(-ahead / hesitation));
    const isFirst = random.next() < probability;
    const [chosen, rejected] = isFirst ? [a, b] : [b, a];
    const isRight = ahead === 0 ? random.next() < 0.5 : ahead > 0 === isFirst;
    return { prompt: a.prompt, chosen: chosen.ids, rejected: rejected.ids, isRight, bayes: Math.max(probability, 1 - probability) };
  });
}

/** How often the first are truly better, ties half. */
const winRate = (ours: readonly number[], theirs: readonly number[]): number =>
  mean(ours.map((reward, row) => (reward > theirs[row]! ? 1 : reward === theirs[row]! ? 0.5 : 0)));

function peakOf({ metrics }: TrainingHistory): string {
  const [kl, watched, scores] = ["objective/kl", "watch/true", "objective/scores"].map((name) => metrics[name]!) as [
    number[],
    number[],
    number[],
  ];
  const smooth = watched.map((_, step) => mean(watched.slice(Math.max(0, step - 19), step + 1)));
  const peak = smooth.indexOf(Math.max(...smooth));
  const at = (step: number): string =>
    `true ${smooth[step]!.toFixed(2)}, learned ${scores[step]!.toFixed(2)} at ${kl[step]!.toFixed(1)} nats`;
  return `peak at step ${peak + 1}: ${at(peak)}; end: ${at(smooth.length - 1)}`;
}

async function run(seed: number): Promise<void> {
  const began = cpuUsage();
  const say = (text: string): void => {
    const { user, system } = cpuUsage(began);
    console.log(`${seed}  ${text}  (${Math.round((user + system) / 1e6)} s)`);
  };
  const random = createRandom(seed);
  const gpt = new GPT({ vocabularySize: vocabulary.length, contextLength: 24, layers: 2, heads: 4, width: 64, seed });
  const examples = Array.from({ length: 5000 }, () => {
    const question = known[random.integer(known.length)]!;
    return { prompt: question.ids, completion: answer(question, random) };
  });
  await train({
    ...sft({ policy: gpt, examples, batchSize: 32, seed }),
    optimizer: falling(gpt, 3e-3, 600),
    steps: 600,
    clip: 1,
    show: false,
  });
  const base = await write(gpt, heldOut, 32, 77);
  const baseRewards = rewards(base);
  say(`SFT: true reward ${mean(baseRewards).toFixed(2)}`);

  const each = 2 * Math.ceil(3000 / known.length);
  const preferences = judge(await write(gpt, known, 2 * each, 1000 * seed), seed);
  const unseen = judge(await write(gpt, heldOut, 168, 1000 * seed + 500_000), seed + 1);
  const model = new ScoreModel(gpt, { seed });
  const pairs = preferences.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected }));
  const task = rewardModeling({ model, preferences: pairs, batchSize: 64, seed, centerRewardsCoefficient: 0.01 });
  const steps = 4 * task.batches.length;
  await train({ ...task, optimizer: falling(model, 2e-3, steps, 0.1), steps, clip: 1, show: false });
  const { metrics } = await evaluate({ ...rewardModeling({ model, preferences: unseen, batchSize: 63 }) });
  const bayes = mean(unseen.map((pair) => pair.bayes));
  const byTruth = mean(unseen.map(({ isRight }) => Number(isRight)));
  say(
    `reward model: ${metrics["accuracy"]!.toFixed(3)} of ${unseen.length} pairs held out; Bayes ${bayes.toFixed(3)} ` +
      `(share ${(metrics["accuracy"]! / bayes).toFixed(3)}), the true reward itself ${byTruth.toFixed(3)}`,
  );

  const learned = scoredBy(model, { batchSize: 64 });
  for (const n of [4, 16, 64]) {
    const completions = await write(gpt, heldOut, n, 99 + n);
    const scores = await learned(completions);
    const best = heldOut.map((_, group) => {
      const rows = Array.from({ length: n }, (_row, index) => group * n + index);
      return completions[rows.reduce((top, row) => (scores[row]! > scores[top]! ? row : top))]!;
    });
    say(`best of ${n}: true reward ${mean(rewards(best)).toFixed(2)} at ${(Math.log(n) - (n - 1) / n).toFixed(2)} nats`);
  }

  const reinforced = async (klCoef: number, updates: number): Promise<void> => {
    const policy = new GPT(gpt.config).load(gpt.state());
    const learning = ppo({
      policy,
      value: new ScoreModel(model),
      reference: copyGpt(gpt),
      reward: learned,
      prompts: known.map(({ ids }) => ids),
      endId,
      maxCompletionLength,
      klCoef,
      vfCoef: 0.5,
      missingEosPenalty: 1,
      watch: { true: truth },
      seed,
    });
    const optimizer = new AdamW(learning.model.parameters(), { learningRate: 1e-3, weightDecay: 0 });
    const { history } = await train({ ...learning, optimizer, steps: updates, clip: 1, show: false });
    const after = await write(policy, heldOut, 32, 78);
    const found = rewards(after);
    const kl = mean(history.metrics["objective/kl"]!.slice(-20));
    say(
      `PPO, klCoef ${klCoef}: true reward ${mean(found).toFixed(2)}, wins ${(100 * winRate(found, baseRewards)).toFixed(1)} % against SFT at ${kl.toFixed(1)} nats; ` +
        `${peakOf(history)}; ${
          diagnose(history)
            .map(({ name }) => name)
            .join(", ") || "no failure"
        }; "${decode(after[0]!.ids)}"`,
    );
  };
  await reinforced(0.05, 160);

  const direct = new GPT(gpt.config).load(gpt.state());
  const fromPairs = await dpo({ policy: direct, preferences: pairs, batchSize: 64, beta: 0.1, seed });
  const run = await train({ ...fromPairs, optimizer: falling(direct, 1e-3, 190), steps: 190, clip: 1, show: false });
  const found = rewards(await write(direct, heldOut, 32, 78));
  say(
    `DPO: first loss ${run.history.loss[0]!.toFixed(4)}, true reward ${mean(found).toFixed(2)}, wins ${(100 * winRate(found, baseRewards)).toFixed(1)} %`,
  );
  await reinforced(0, 400);
}

for (const seed of process.argv.slice(2).map(Number)) await run(seed);
