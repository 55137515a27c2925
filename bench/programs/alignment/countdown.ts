/**
 * Countdown in small, by GRPO: `npx tsx bench/programs/alignment/countdown.ts 1 2 3`, the seeds; docs/alignment.md gets the table. A few problems come with solutions to learn from; for the
 * others there is only arithmetic, which can check an answer. Beside GRPO: more of the same supervision, and fine-tuning on the right answers among as many samples.
 */
import { cpuUsage } from "node:process";
import { copyGpt, grpo, sft, type PromptCompletion, type RewardFunction } from "../../../kernel-helpers/alignment/index.ts";
import { generateBatch, GPT } from "../../../kernel-helpers/llm/index.ts";
import { createRandom } from "../../../kernel-helpers/nn/index.ts";
import { AdamW, linear } from "../../../kernel-helpers/optim/index.ts";
import { train } from "../../../kernel-helpers/train/index.ts";
import { encode, endId, isRight, problems, vocabulary, type Problem } from "./countdown-world.ts";
import { save } from "./page.ts";

const maxCompletionLength = 6;
const rollouts = { count: 120, batchSize: 192, numGenerations: 8 };
const samples = 8;
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

const all = problems(createRandom(7));
const [test, learnt] = [all.slice(0, 400), all.slice(400)];
const problemOf = new Map(all.map((problem) => [problem.prompt.join(), problem]));
const reward: RewardFunction = (completions) => completions.map(({ prompt, ids }) => Number(isRight(problemOf.get(prompt.join())!, ids)));

/** Shares: of samples that are right; of problems of which one sample in 2, or in 8, is right; right without chance. */
async function examine(policy: GPT): Promise<Record<string, number>> {
  const prompts = test.map(({ prompt }) => prompt);
  const right = test.map(() => 0);
  const write = async (seed: number, temperature: number): Promise<boolean[]> => {
    const texts = await generateBatch(policy, prompts, { maxNewTokens: maxCompletionLength, endId, seed, temperature });
    return texts.map((ids, row) => isRight(test[row]!, ids));
  };
  for (let sample = 0; sample < samples; sample++) (await write(1e6 + 1000 * sample, 1)).forEach((is, row) => (right[row]! += Number(is)));
  const passes = (k: number): number => mean(right.map((c) => 1 - missesAll(samples, c, k)));
  return { "pass@1": passes(1), "pass@2": passes(2), "pass@8": passes(8), greedy: mean((await write(1, 0)).map(Number)) };
}

/** The probability that k of n samples, of which c are right, are all wrong (Chen et al. 2021, arXiv:2107.03374). */
function missesAll(n: number, c: number, k: number): number {
  if (n - c < k) return 0;
  return Array.from({ length: k }, (_, at) => (n - c - at) / (n - at)).reduce((product, factor) => product * factor, 1);
}

async function run(seed: number): Promise<void> {
  const began = cpuUsage();
  const row: Record<string, number> = { seed };
  const tell = async (name: string, policy: GPT): Promise<void> => {
    for (const [what, share] of Object.entries(await examine(policy))) row[`${name}: ${what}`] = share;
    console.error(`${seed}  ${name}: ${row[`${name}: pass@1`]?.toFixed(3)}`);
  };
  const shown = createRandom(seed)
    .shuffle([...learnt])
    .slice(0, 600);
  const examples = shown.flatMap(({ prompt, solutions }) =>
    solutions.slice(0, 2).map((text) => ({ prompt, completion: [...encode(text), endId] })),
  );
  const supervise = (policy: GPT, on: readonly PromptCompletion[], steps: number, learningRate: number): Promise<unknown> =>
    train({
      ...sft({ policy, examples: on, batchSize: 64, seed }),
      optimizer: new AdamW(policy.parameters(), {
        learningRate: linear({ from: learningRate, to: 0, steps, warmup: 10 }),
        weightDecay: 0.1,
      }),
      steps,
      clip: 1,
      show: false,
    });
  const base = new GPT({ vocabularySize: vocabulary.length, contextLength: 16, layers: 3, heads: 4, width: 64, seed });
  await supervise(base, examples, 400, 2e-3);
  await tell("SFT", base);

  const policy = copyGpt(base).train();
  const prompts = learnt.map(({ prompt }) => prompt);
  const { count, ...group } = rollouts;
  const task = grpo({ policy, reward, prompts, endId, maxCompletionLength, ...group, lossType: "dr_grpo", scaleRewards: "none", seed });
  const learningRate = linear({ from: 1e-3, to: 0, steps: count, warmup: 5 });
  await train({ ...task, optimizer: new AdamW(policy.parameters(), { learningRate, weightDecay: 0 }), steps: count, clip: 1, show: false });
  await tell("Dr. GRPO", policy);

  const longer = copyGpt(base).train();
  await supervise(longer, examples, 150, 1e-3);
  await tell("SFT, more steps", longer);

  const perRound = (rollouts.count * rollouts.batchSize) / 4;
  const own = copyGpt(base).train();
  const found = new Map<string, PromptCompletion>();
  for (let round = 0; round < 4; round++) {
    for (let at = 0; at < perRound; at += 400) {
      const some = Array.from({ length: 400 }, (_, row) => learnt[(round * perRound + at + row) % learnt.length]!) as Problem[];
      const options = { maxNewTokens: maxCompletionLength, endId, seed: seed * 1e6 + round * perRound + at };
      const texts = await generateBatch(
        own,
        some.map(({ prompt }) => prompt),
        options,
      );
      texts.forEach((ids, row) => {
        if (isRight(some[row]!, ids)) found.set([...some[row]!.prompt, ...ids].join(), { prompt: some[row]!.prompt, completion: ids });
      });
    }
    await supervise(own, [...examples, ...found.values()], 50, 1e-3);
  }
  row["own: right answers found"] = found.size;
  await tell("own", own);
  const { user, system } = cpuUsage(began);
  save("countdown", { ...row, "CPU s": (user + system) / 1e6 });
}

for (const seed of process.argv.slice(2).map(Number)) await run(seed);
