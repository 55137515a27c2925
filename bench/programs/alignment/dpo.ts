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

const [learnt, judgedBy] = [questionsOf("train"), questionsOf("test")];

async function run(seed: number): Promise<void> {
  let began = cpuUsage();
  const say = (text: string): void => {
    const { user, system } = cpuUsage(began);
    began = cpuUsage();
    console.log(`${seed}  ${text}  (${Math.round((user + system) / 1e6)} s)`);
  };
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
  say(`SFT: true reward ${mean(ofClerk).toFixed(2)}`);

  const winOf = winsAgainst(before, ofClerk);
  const tell = async (name: string, policy: GPT): Promise<void> => {
    const answers = await write(policy, judgedBy, 32, 500);
    const kl = await klOf(policy, clerk, answers);
    const unique = new Set(answers.map(({ prompt, ids }) => [...prompt, ...ids].join())).size / answers.length;
    say(
      `${name}: true reward ${mean(truth(answers)).toFixed(2)}, wins ${(100 * mean(answers.map(winOf))).toFixed(1)} %, KL ${kl.toFixed(2)}, ` +
        `unique ${unique.toFixed(2)}, tokens ${mean(answers.map(({ ids }) => ids.length)).toFixed(1)}; "${shop.text(answers[0]!.ids)}"`,
    );
  };

  const judged = shop.judge(await write(clerk, learnt, 2 * Math.ceil(2000 / learnt.length), 1000 * seed), { hesitation: 1, seed });
  const preferences = judged.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected }));
  const unseen = shop.judge(before, { seed: seed + 1 });
  say(`${preferences.length} pairs; Bayes ${mean(judged.map(({ probability: p }) => Math.max(p, 1 - p))).toFixed(3)}`);

  const model = new ScoreModel(clerk, { seed });
  const task = rewardModeling({ model, preferences, batchSize: 64, seed, centerRewardsCoefficient: 0.01 });
  const steps = 3 * task.batches.length;
  await train({ ...task, optimizer: falling(model, 3e-3, steps, 0.01), steps, clip: 1, show: false });
  const learned = scoredBy(model, { batchSize: 64 });
  const scores = await learned(before);
  say("reward model");
  const groups = judgedBy.map((_, group) => [group * each, (group + 1) * each] as const);
  const winsOfRow = before.map(winOf);
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
    const { history } = await train({ ...direct, optimizer: falling(policy, 1e-3, 100, 0.01), steps: 100, clip: 1, show: false });
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

  const { policy } = await reinforce({ sft: clerk, model, klCoef: 0.05, updates: 60, seed });
  await tell("PPO, 60 rollouts", policy);
}

for (const seed of process.argv.slice(2).map(Number)) await run(seed);
