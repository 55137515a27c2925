/**
 * A published model learns by a reward that can be computed: SmolLM2-135M-Instruct, with LoRA, is to answer in about eight words and to be polite. First the best of
 * its own answers, SFT on them and DPO; then notebook 10's way, a reward model and PPO; then GRPO. docs/alignment.md gets the table.
 * `npx tsx bench/programs/alignment/published.ts 1 24`: seeds, rollouts of PPO and of GRPO; then, if wanted, questions, tokens of an answer, and a model.
 */
import { cpuUsage } from "node:process";
import {
  bestOf,
  completionLogProbs,
  dpo,
  grpo,
  ppo,
  rewardModeling,
  scoredBy,
  ScoreModel,
  sft,
  type Completion,
  type RewardFunction,
} from "../../../kernel-helpers/alignment/index.ts";
import { AdaptedModel, generateBatch } from "../../../kernel-helpers/llm/index.ts";
import { AdamW, linear } from "../../../kernel-helpers/optim/index.ts";
import { train } from "../../../kernel-helpers/train/index.ts";
import { save } from "./page.ts";

const [seedsText = "1", rolloutsText = "24", questionsText = "24", tokensText = "24", model = "SmolLM2-135M-Instruct"] =
  process.argv.slice(2);
const rollouts = Number(rolloutsText);
const maxCompletionLength = Number(tokensText);
const [wanted, group] = [8, 8];
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

const things = [
  "the gate",
  "my bag",
  "a seat",
  "the bus",
  "a towel",
  "the key",
  "some water",
  "the lift",
  "a map",
  "the exit",
  "my coat",
  "the café",
];
const questions = things
  .slice(0, Number(questionsText) / 2)
  .flatMap((thing) => [`Where can I find ${thing}?`, `Who can help me with ${thing}?`]);
const [learnt, judged] = [questions.filter((_, at) => at % 3 !== 0), questions.filter((_, at) => at % 3 === 0)];
const polite = /\b(please|thank|thanks|sorry|glad|happy|welcome|pleasure)\b/i;

for (const seed of seedsText.split(",").map(Number)) {
  const began = cpuUsage();
  const row: Record<string, number> = { seed };
  const base = await AdaptedModel.load(model, { rank: 8, seed });
  const promptOf = (question: string): number[] =>
    base.encode([
      { role: "system", content: "Answer in one short sentence." },
      { role: "user", content: question },
    ]);
  const wordsOf = ({ ids }: Completion): number =>
    base
      .decode(ids)
      .split(/\s+/)
      .filter((word) => word !== "").length;
  const isPolite = ({ ids }: Completion): boolean => polite.test(base.decode(ids));
  /** From 0 to 2: 1 for a whole answer of the wanted length, less by how far it is from it, and 1 for a polite word. */
  const rewardOf = (answer: Completion): number =>
    Number(isPolite(answer)) + (answer.isEnded ? Math.max(0, 1 - Math.abs(wordsOf(answer) - wanted) / wanted) : 0);
  const reward: RewardFunction = (answers) => answers.map(rewardOf);

  const write = async (policy: AdaptedModel, asked: readonly string[], each: number, from: number): Promise<Completion[]> => {
    const prompts = asked.flatMap((question) => Array.from({ length: each }, () => promptOf(question)));
    const texts = await generateBatch(policy, prompts, { maxNewTokens: maxCompletionLength, endId: base.endId, seed: from });
    return texts.map((ids, at) => ({ prompt: prompts[at]!, ids, isEnded: ids.at(-1) === base.endId }));
  };
  const asTexts = (answers: readonly Completion[]) => answers.map(({ prompt, ids }) => ({ prompt, completion: ids }));
  const tell = async (name: string, policy: AdaptedModel): Promise<Completion[]> => {
    const answers = await write(policy, judged, 4, 9000);
    row[`${name}: reward`] = mean(answers.map(rewardOf));
    row[`${name}: polite`] = mean(answers.map((answer) => Number(isPolite(answer))));
    row[`${name}: words`] = mean(answers.map(wordsOf));
    row[`${name}: ended`] = mean(answers.map(({ isEnded }) => Number(isEnded)));
    const [now, then] = [policy, base].map((one) => completionLogProbs(one, asTexts(answers), { batchSize: 4 }));
    row[`${name}: KL`] = mean(await now!) - mean(await then!);
    const { user, system } = cpuUsage(began);
    console.error(
      `${seed}  ${name}: ${row[`${name}: reward`]!.toFixed(3)}  "${base.decode(answers[0]!.ids)}"  (${Math.round((user + system) / 1e6)} s)`,
    );
    return answers;
  };
  const falling = (policy: AdaptedModel, from: number, steps: number): AdamW =>
    new AdamW(policy.parameters(), { learningRate: linear({ from, to: 0, steps, warmup: 2 }), weightDecay: 0 });

  base.eval();
  const asItIs = await tell("as it is", base);
  const own = await write(base, learnt, group, 100 * seed);
  const rewards = own.map(rewardOf);
  const groups = learnt.map((_, at) =>
    Array.from({ length: group }, (_one, of) => at * group + of).toSorted((a, b) => rewards[b]! - rewards[a]!),
  );
  row[`best of ${group}: reward`] = mean(groups.map((rows) => bestOf(rows.map((at) => rewards[at]!), { n: group }))); // prettier-ignore

  const tuned = base.copy().train();
  const best = asTexts(groups.flatMap(([first, second]) => [own[first!]!, own[second!]!]));
  const steps = Math.ceil(best.length / 4) * 3;
  await train({
    ...sft({ policy: tuned, examples: best, batchSize: 4, seed }),
    optimizer: falling(tuned, 1e-3, steps),
    steps,
    clip: 1,
    show: false,
  });
  await tell("SFT on its own best", tuned.eval());

  const direct = base.copy().train();
  const preferences = groups.flatMap((rows) =>
    [0, 1].map((at) => ({ prompt: own[rows[at]!]!.prompt, chosen: own[rows[at]!]!.ids, rejected: own[rows.at(-1 - at)!]!.ids })),
  );
  const task = await dpo({ policy: direct, reference: base, preferences, batchSize: 4, beta: 0.1, seed });
  const { history } = await train({ ...task, optimizer: falling(direct, 5e-4, steps), steps, clip: 1, show: false });
  row["DPO: first loss"] = history.loss[0]!;
  await tell("DPO", direct.eval());

  const scored = new ScoreModel(base, { seed });
  const modeling = rewardModeling({ model: scored, preferences, batchSize: 4, seed });
  await train({ ...modeling, optimizer: new AdamW(scored.parameters(), { learningRate: linear({ from: 1e-3, to: 0, steps, warmup: 2 }) }), steps, clip: 1, show: false }); // prettier-ignore
  const learned = scoredBy(scored, { batchSize: 4 });
  const [guessed, found] = [await learned(asItIs), asItIs.map(rewardOf)];
  const pairs = guessed.flatMap((guess, at) => guessed.slice(0, at).flatMap((other, from) => (found[at] === found[from] ? [] : [guess > other === found[at]! > found[from]!]))); // prettier-ignore
  row["reward model: accuracy"] = mean(pairs.map(Number));

  const reinforced = base.copy().train();
  const actor = ppo({
    policy: reinforced,
    value: new ScoreModel(scored),
    reference: base,
    reward: learned,
    prompts: learnt.map(promptOf),
    endId: base.endId,
    maxCompletionLength,
    batchSize: 4 * group,
    numMiniBatches: group,
    numPpoEpochs: 1,
    klCoef: 0.05,
    missingEosPenalty: 1,
    watch: { true: reward },
    seed,
  });
  const ppoUpdates = rollouts * actor.batches.perRollout;
  const ppoOptimizer = new AdamW(actor.model.parameters(), {
    learningRate: linear({ from: 5e-4, to: 0, steps: ppoUpdates, warmup: 2 }),
    weightDecay: 0,
  });
  await train({ ...actor, optimizer: ppoOptimizer, steps: ppoUpdates, clip: 1, show: false });
  await tell("PPO", reinforced.eval());

  const policy = base.copy().train();
  const learning = grpo({
    policy,
    reference: base,
    beta: 0.02,
    reward,
    prompts: learnt.map(promptOf),
    endId: base.endId,
    maxCompletionLength,
    batchSize: 4 * group,
    numGenerations: group,
    numMiniBatches: group,
    lossType: "dr_grpo",
    seed,
  });
  const updates = rollouts * learning.batches.perRollout;
  const onStep = ({ step, metrics }: { step: number; metrics?: Readonly<Record<string, number>> }): void => {
    if (step % 16 === 0) console.error(`${seed}    update ${step}: reward ${metrics?.["reward"]?.toFixed(3)}`);
  };
  await train({ ...learning, optimizer: falling(policy, 5e-4, updates), steps: updates, clip: 1, show: false, onStep });
  await tell("GRPO", policy.eval());
  const { user, system } = cpuUsage(began);
  save("published", { ...row, rollouts, "CPU s": (user + system) / 1e6 });
}
