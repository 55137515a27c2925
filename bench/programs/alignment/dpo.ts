/**
 * The same preferences by DPO, by a reward model with best-of-n, and by PPO: `npx tsx bench/programs/alignment/dpo.ts 1 2 3`, the seeds. docs/alignment.md gets the
 * table.
 */
import { cpuUsage } from "node:process";
import {
  bestOf,
  bestOfKl,
  completionLogProbs,
  copyGpt,
  dpo,
  rewardModeling,
  scoredBy,
  ScoreModel,
  sft,
  shop,
} from "../../../kernel-helpers/alignment/index.ts";
import { GPT } from "../../../kernel-helpers/llm/index.ts";
import { createRandom } from "../../../kernel-helpers/nn/index.ts";
import { train } from "../../../kernel-helpers/train/index.ts";
import { falling, klOf, mean, questionsOf, reinforce, truth, winsAgainst, write } from "../rlhf/stages.ts";
import { save } from "./page.ts";

const [learnt, judgedBy] = [questionsOf("train"), questionsOf("test")];

async function run(seed: number): Promise<void> {
  const began = cpuUsage();
  const row: Record<string, number> = { seed };
  const random = createRandom(seed);
  const clerk = new GPT({ vocabularySize: shop.vocabulary.length, contextLength: 24, layers: 2, heads: 4, width: 48, seed });
  const known = shop.questions.filter(({ split }) => split === "train");
  const examples = Array.from({ length: 4000 }, () => {
    const question = known[random.integer(known.length)]!;
    return { prompt: question.ids, completion: shop.answer(question, random) };
  });
  await train({
    ...sft({ policy: clerk, examples, batchSize: 32, seed }),
    optimizer: falling(clerk, 4e-3, 300, 0.01),
    steps: 300,
    clip: 1,
    show: false,
  });
  const each = 64;
  const before = await write(clerk, judgedBy, each, 77);
  const ofClerk = truth(before);
  row["SFT reward"] = mean(ofClerk);

  const winOf = winsAgainst(before, ofClerk);
  const tell = async (name: string, policy: GPT): Promise<void> => {
    const answers = await write(policy, judgedBy, 32, 500);
    row[`${name}: reward`] = mean(truth(answers));
    row[`${name}: wins`] = mean(answers.map(winOf));
    row[`${name}: KL`] = await klOf(policy, clerk, answers);
    row[`${name}: unique`] = new Set(answers.map(({ prompt, ids }) => [...prompt, ...ids].join())).size / answers.length;
  };

  const judged = shop.judge(await write(clerk, learnt, 2 * Math.ceil(2000 / learnt.length), 1000 * seed), { hesitation: 1, seed });
  const preferences = judged.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected }));
  const unseen = shop.judge(before, { seed: seed + 1 });
  row["Bayes"] = mean(unseen.map(({ probability: p }) => Math.max(p, 1 - p)));

  const model = new ScoreModel(clerk, { seed });
  const task = rewardModeling({ model, preferences, batchSize: 64, seed, centerRewardsCoefficient: 0.01 });
  const steps = 3 * task.batches.length;
  await train({ ...task, optimizer: falling(model, 3e-3, steps, 0.01), steps, clip: 1, show: false });
  const learned = scoredBy(model, { batchSize: 64 });
  const scores = await learned(before);
  const groups = judgedBy.map((_, group) => [group * each, (group + 1) * each] as const);
  const winsOfRow = before.map(winOf);
  for (const n of [4, 16, 64]) {
    const of = (values: readonly number[]): number =>
      mean(groups.map(([from, to]) => bestOf(scores.slice(from, to), { n, values: values.slice(from, to) })));
    row[`best of ${n}: reward`] = of(ofClerk);
    row[`best of ${n}: wins`] = of(winsOfRow);
    row[`best of ${n}: KL at most`] = bestOfKl(n);
  }

  for (const beta of [0.02, 0.1, 0.5]) {
    const policy = copyGpt(clerk).train();
    const direct = await dpo({ policy, preferences, batchSize: 64, beta, seed });
    const { history } = await train({ ...direct, optimizer: falling(policy, 1e-3, 100, 0.01), steps: 100, clip: 1, show: false });
    const moved = (name: string): number => mean(history.metrics[name]!.slice(-10)) - history.metrics[name]![0]!;
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
    const name = `DPO β ${beta}`;
    row[`${name}: first loss`] = history.loss[0]!;
    row[`${name}: ln p of chosen moved`] = moved("logps/chosen");
    row[`${name}: ln p of rejected moved`] = moved("logps/rejected");
    row[`${name}: implicit`] = right;
    await tell(name, policy);
  }

  const { policy } = await reinforce({ sft: clerk, model, klCoef: 0.05, updates: 60, seed });
  await tell("PPO", policy);
  const { user, system } = cpuUsage(began);
  save("preferences", { ...row, "CPU s": (user + system) / 1e6 });
}

for (const seed of process.argv.slice(2).map(Number)) await run(seed);
