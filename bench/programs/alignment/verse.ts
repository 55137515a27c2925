/**
 * The form of Tang quatrains as a reward: a GPT of characters as it is, under a constraint, and after GRPO: right in form, and what else has changed.
 * `node --import tsx bench/programs/alignment/verse.ts 120 1 2 3`: rollouts, seeds.
 */
import { cpuUsage } from "node:process";
import {
  checkVerse,
  completionLogProbs,
  copyGpt,
  grpo,
  sft,
  type Completion,
  type RewardFunction,
} from "../../../kernel-helpers/alignment/index.ts";
import { loadRhymes } from "../../../kernel-helpers/data/index.ts";
import { generateBatch, GPT, NgramModel } from "../../../kernel-helpers/llm/index.ts";
import { AdamW, linear } from "../../../kernel-helpers/optim/index.ts";
import { train } from "../../../kernel-helpers/train/index.ts";
import { endId, keepingForm, loadVerses } from "./poems.ts";

const [rolloutsText = "120", ...seeds] = process.argv.slice(2);
const rollouts = Number(rolloutsText);
const maxCompletionLength = 24;
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

const verses = await loadVerses(1500);
const rhymes = await loadRhymes();
const counted = NgramModel.train(verses.train.flat(), { order: 3, vocabularySize: verses.vocabulary.length });
const textOf = (ids: readonly number[]): string =>
  ids
    .map((id) => verses.vocabulary[id])
    .join("")
    .trim();
const check = (ids: readonly number[]) => checkVerse(textOf(ids), { rhymes });
const isToned = (ids: readonly number[]): boolean => rhymes.has(verses.vocabulary[ids[1]!]!);
const opening = (ids: readonly number[]): number[] => [endId, ...ids.slice(0, 2)];
const asExample = (ids: readonly number[]) => ({ prompt: [endId], completion: ids });
const openings = verses.test.filter(isToned).slice(0, 256).map(opening);
const heldOut = verses.test.filter((ids) => check(ids).isRight).slice(0, 200);

const checksOf = (completions: readonly Completion[]) => completions.map(({ prompt, ids }) => check([...prompt.slice(1), ...ids]));
const reward: RewardFunction = (completions) => checksOf(completions).map(({ share, isRight }) => share + Number(isRight));
const right: RewardFunction = (completions) => checksOf(completions).map(({ isRight }) => Number(isRight));

async function run(seed: number): Promise<void> {
  let began = cpuUsage();
  const poet = new GPT({ vocabularySize: verses.vocabulary.length, contextLength: 32, layers: 2, heads: 4, width: 64, seed });
  const optimizer = new AdamW(poet.parameters(), { learningRate: linear({ from: 4e-3, to: 0, steps: 400, warmup: 10 }) });
  const examples = verses.train.map(asExample);
  await train({ ...sft({ policy: poet, examples, batchSize: 32, seed }), optimizer, steps: 400, clip: 1, show: false });
  const reference = copyGpt(poet);

  const tell = async (name: string, policy: GPT, isConstrained = false): Promise<void> => {
    const constrain = isConstrained ? { constrain: keepingForm(openings, verses.vocabulary, rhymes) } : {};
    const texts = await generateBatch(policy, openings, { maxNewTokens: maxCompletionLength, endId, seed: 5000, ...constrain });
    const whole = texts.map((ids, row) => [...openings[row]!.slice(1), ...ids]);
    const checks = whole.map(check);
    const pairs = whole.flatMap((ids) =>
      textOf(ids)
        .split(/[，。]/)
        .flatMap((line) => Array.from(line).map((character, at, own) => (at === 0 ? "" : own[at - 1]! + character)))
        .filter((pair) => pair !== ""),
    );
    const written = texts.map((ids, row) => ({ prompt: openings[row]!, completion: ids }));
    const [now, then] = [await completionLogProbs(policy, written), await completionLogProbs(reference, written)];
    const figures = {
      right: mean(checks.map(({ isRight }) => Number(isRight))),
      rhyme: mean(checks.map(({ rhyme }) => Number(rhyme))),
      tones: mean(checks.map(({ tones }) => Number(tones))),
      unique: new Set(whole.map(textOf)).size / whole.length,
      "distinct-2": new Set(pairs).size / pairs.length,
      "rhyme words": new Set(whole.map((ids) => ids[22])).size,
      "counted nats": counted.evaluate(whole.flat()),
      KL: mean(now) - mean(then),
      "held out": -mean(await completionLogProbs(policy, heldOut.map(asExample))) / 25,
    };
    const { user, system } = cpuUsage(began);
    began = cpuUsage();
    const shown = Object.entries(figures).map(([what, number]) => `${what} ${number.toFixed(3)}`);
    console.log(`${seed}  ${name}: ${shown.join(", ")}  (${Math.round((user + system) / 1e6)} s)`);
  };

  await tell("the poet as it is", poet);
  await tell("constrained", poet, true);
  const policy = copyGpt(poet).train();
  const task = grpo({
    policy,
    reference,
    beta: 0.02,
    reward,
    watch: { right },
    prompts: verses.train.filter(isToned).map(opening),
    endId,
    maxCompletionLength,
    batchSize: 64,
    numGenerations: 8,
    lossType: "dr_grpo",
    seed,
  });
  const learningRate = linear({ from: 1e-3, to: 0, steps: rollouts, warmup: 5 });
  await train({
    ...task,
    optimizer: new AdamW(policy.parameters(), { learningRate, weightDecay: 0 }),
    steps: rollouts,
    clip: 1,
    show: false,
    onStep: ({ step, metrics }) => {
      if (step % 20 === 0)
        console.log(`${seed}    rollout ${step}: reward ${metrics?.["reward"]?.toFixed(3)}, right ${metrics?.["watch/right"]?.toFixed(3)}`);
    },
  });
  await tell("GRPO", policy);
  await tell("GRPO, constrained", policy, true);
}

console.log(`Tang poets: right ${mean(verses.train.map((ids) => Number(check(ids).isRight))).toFixed(3)} of ${verses.train.length}`);
for (const seed of seeds.map(Number)) await run(seed);
