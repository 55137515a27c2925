/**
 * The form of Tang quatrains: a GPT of characters as it is, under a constraint, after GRPO, taught by the constraint place by place, and GRPO after that. What is
 * right in form, and what else has changed. `npx tsx bench/programs/alignment/verse.ts 1 2 3`, the seeds; docs/alignment.md gets the table.
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
import { save } from "./page.ts";
import { endId, formOf, keeping, loadVerses } from "./poems.ts";
import { teaching } from "./teach.ts";

const steps = { poet: 400, alone: 60, taught: 1000, after: 60 };
const maxCompletionLength = 24;
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

const verses = await loadVerses(1500);
const rhymes = await loadRhymes();
const vocabularySize = verses.vocabulary.length;
const allowed = formOf(verses.vocabulary, rhymes);
const counted = NgramModel.train(verses.train.flat(), { order: 3, vocabularySize });
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
const learnt = verses.train.filter(isToned);

const checksOf = (completions: readonly Completion[]) => completions.map(({ prompt, ids }) => check([...prompt.slice(1), ...ids]));
const reward: RewardFunction = (completions) => checksOf(completions).map(({ share, isRight }) => share + Number(isRight));

async function run(seed: number): Promise<void> {
  const began = cpuUsage();
  const spent = (): number => {
    const { user, system } = cpuUsage(began);
    return (user + system) / 1e6;
  };
  const row: Record<string, number> = { seed, "Tang poets: right": mean(verses.train.map((ids) => Number(check(ids).isRight))) };
  const falling = (policy: GPT, from: number, count: number): AdamW =>
    new AdamW(policy.parameters(), { learningRate: linear({ from, to: 0, steps: count, warmup: 10 }), weightDecay: 0 });
  const poet = new GPT({ vocabularySize, contextLength: 32, layers: 2, heads: 4, width: 64, seed });
  const examples = verses.train.map(asExample);
  await train({ ...sft({ policy: poet, examples, batchSize: 32, seed }), optimizer: falling(poet, 4e-3, steps.poet), steps: steps.poet, clip: 1, show: false }); // prettier-ignore
  poet.eval();

  const tell = async (name: string, policy: GPT, isConstrained = false): Promise<void> => {
    const constrain = isConstrained ? { constrain: keeping(allowed, openings) } : {};
    const texts = await generateBatch(policy, openings, { maxNewTokens: maxCompletionLength, endId, seed: 5000, ...constrain });
    const whole = texts.map((ids, at) => [...openings[at]!.slice(1), ...ids]);
    const checks = whole.map(check);
    const share = (of: (one: (typeof checks)[number]) => boolean): number => mean(checks.map((one) => Number(of(one))));
    const pairs = whole.flatMap((ids) =>
      textOf(ids)
        .split(/[，。]/)
        .flatMap((line) => Array.from(line).flatMap((character, at, own) => (at === 0 ? [] : [own[at - 1]! + character]))),
    );
    const written = texts.map((ids, at) => ({ prompt: openings[at]!, completion: ids }));
    const [now, then] = [await completionLogProbs(policy, written), await completionLogProbs(poet, written)];
    const figures = {
      right: share(({ isRight }) => isRight),
      rhyme: share(({ rhyme }) => rhyme),
      tones: share(({ tones }) => tones),
      unique: new Set(whole.map(textOf)).size / whole.length,
      "distinct-2": new Set(pairs).size / pairs.length,
      "rhyme words": new Set(whole.map((ids) => ids[22])).size,
      "nats by counts": counted.evaluate(whole.flat()),
      "nats by the poet": -mean(then) / 22,
      ...(!isConstrained && {
        KL: mean(now) - mean(then),
        "nats of held-out poems": -mean(await completionLogProbs(policy, heldOut.map(asExample))) / 25,
      }),
    };
    for (const [what, number] of Object.entries(figures)) row[`${name}: ${what}`] = number;
    const shown = Object.entries(figures).map(([what, number]) => `${what} ${number.toFixed(3)}`);
    console.error(`${seed}  ${name}: ${shown.join(", ")}; ${textOf(whole[0]!)}  (${Math.round(spent())} s)`);
  };
  const reinforce = async (from: GPT, count: number, { beta, learningRate }: { beta: number; learningRate: number }): Promise<GPT> => {
    const policy = copyGpt(from).train();
    const task = grpo({
      policy,
      reference: from,
      beta,
      reward,
      prompts: learnt.map(opening),
      endId,
      maxCompletionLength,
      batchSize: 64,
      numGenerations: 8,
      lossType: "dr_grpo",
      scaleRewards: "none",
      seed,
    });
    await train({ ...task, optimizer: falling(policy, learningRate, count), steps: count, clip: 1, show: false });
    return policy.eval();
  };

  await tell("poet", poet);
  await tell("constrained", poet, true);
  const taught = copyGpt(poet).train();
  const task = teaching({ policy: taught, poet, poems: learnt.filter(({ length }) => length === 25), allowed, vocabularySize, seed });
  await train({ ...task, optimizer: falling(taught, 6e-3, steps.taught), steps: steps.taught, clip: 1, show: false });
  await tell("taught", taught.eval());
  await tell("taught and GRPO", await reinforce(taught, steps.after, { beta: 0.01, learningRate: 3e-4 }));
  await tell("GRPO", await reinforce(poet, steps.alone, { beta: 0.02, learningRate: 1e-3 }));
  save("verse", { ...row, "CPU s": spent() });
}

for (const seed of process.argv.slice(2).map(Number)) await run(seed);
