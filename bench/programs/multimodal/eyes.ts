/**
 * SmolLM2 gets eyes: the towers' image tokens go through a projector, which alone learns, into the frozen language model before the question. Answers about pictures of
 * unseen combinations, by what is asked; beside them the best that can be said without looking: each question's most frequent answer in the training questions.
 * `node --import tsx bench/programs/multimodal/eyes.ts 60 240 1`: steps, steps of the towers, seed.
 */
import { cpuUsage } from "node:process";
import { openGguf } from "../../../kernel-helpers/checkpoints/index.ts";
import { Llama, readLlama } from "../../../kernel-helpers/llm/index.ts";
import { fetchModel } from "../../../kernel-helpers/models/index.ts";
import {
  drawCombination,
  questionsAbout,
  seeingBatch,
  SeeingModel,
  splitCombinations,
  type Combination,
  type EncodedQuestion,
  type SeeingBatch,
  type WorldQuestion,
} from "../../../kernel-helpers/multimodal/index.ts";
import { createRandom } from "../../../kernel-helpers/nn/index.ts";
import { AdamW, warmupCosine } from "../../../kernel-helpers/optim/index.ts";
import { tokenizerFromGguf } from "../../../kernel-helpers/tokenizer/index.ts";
import { train } from "../../../kernel-helpers/train/index.ts";
import { learntClip } from "./towers.ts";

const [steps = 60, clipSteps = 240, seed = 1] = process.argv.slice(2).map(Number);
const batchSize = 8;
const { seen, unseen } = splitCombinations({ share: 0.2, seed });
const clip = await learntClip(seen, clipSteps, seed);
const { files } = await fetchModel("SmolLM2-135M-Instruct");
const [place] = Object.values(files) as [string];
using gguf = openGguf(place);
const tokenizer = tokenizerFromGguf(gguf);
const llama = new Llama(await readLlama(place));
const model = new SeeingModel(llama, { imageWidth: 128, seed });

const encode = ({ question, answer }: WorldQuestion): EncodedQuestion => {
  const ids = [...tokenizer.encode(` ${answer}`)];
  if (ids.length !== 1) throw new Error(`"${answer}" is ${ids.length} tokens`);
  return { prompt: [...tokenizer.encode(`\nQ: ${question}\nA:`)], answer: ids };
};
const sizes = { tokens: 76, answers: 6 };

const asked = (combinations: readonly Combination[], number: number): { batch: SeeingBatch; questions: WorldQuestion[][] } => {
  const random = createRandom(number);
  const questions = combinations.map((combination) => questionsAbout(combination, random));
  const images = combinations.map((combination) => drawCombination(combination, random.integer(2 ** 31)));
  return { batch: seeingBatch(clip.imageTokens(images), questions.map((row) => row.map(encode)), sizes), questions }; // prettier-ignore
};

const answersByQuestion = new Map<string, Map<string, number>>();
function* batches(epoch: number): Generator<SeeingBatch> {
  const order = createRandom(seed * 101 + epoch).shuffle(seen);
  for (let start = 0; start + batchSize <= order.length; start += batchSize) {
    const { batch, questions } = asked(order.slice(start, start + batchSize), seed * 1_000_003 + epoch * 10_007 + start);
    for (const { question, answer } of questions.flat()) {
      const known = answersByQuestion.get(question) ?? new Map<string, number>();
      answersByQuestion.set(question, known.set(answer, (known.get(answer) ?? 0) + 1));
    }
    yield batch;
  }
}

const before = cpuUsage();
await train({
  model,
  optimizer: new AdamW(model.parameters(), {
    learningRate: warmupCosine({ peak: 2e-3, warmup: Math.min(5, steps), steps }),
    weightDecay: 0.01,
  }),
  loss: (m, batch) => m.loss(batch),
  batches,
  steps,
  clip: 1,
  show: false,
  onStep: ({ step, loss }) => {
    const { user, system } = cpuUsage(before);
    if (step % 5 === 0 || step < 4) console.error(`step ${step}: ${loss.toFixed(3)}, ${((user + system) / 1e6).toFixed(0)} s`);
  },
});
const { user, system } = cpuUsage(before);
console.log(`${steps} steps of ${batchSize} pictures: ${((user + system) / 1e6).toFixed(0)} s of processor time\n`);

const mostFrequent = (question: string): string => [...(answersByQuestion.get(question) ?? [])].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
const right: Record<string, { seeing: number; blind: number; all: number }> = {};
for (let start = 0; start + batchSize <= Math.min(unseen.length, 160); start += batchSize) {
  const { batch, questions } = asked(unseen.slice(start, start + batchSize), 77_000_000 + start);
  const answers = model.answers(batch);
  for (const [row, list] of questions.entries()) {
    for (const [index, item] of list.entries()) {
      const found = (right[item.about] ??= { seeing: 0, blind: 0, all: 0 });
      found.all++;
      if (answers[row * sizes.answers + index] === encode(item).answer[0]) found.seeing++;
      if (mostFrequent(item.question) === item.answer) found.blind++;
    }
  }
}
console.log("| asked for | questions | right | without looking |\n| --- | --- | --- | --- |");
const sum = (of: "seeing" | "blind" | "all"): number => Object.values(right).reduce((total, each) => total + each[of], 0);
for (const [about, { seeing, blind, all }] of [
  ...Object.entries(right),
  ["all", { seeing: sum("seeing"), blind: sum("blind"), all: sum("all") }] as const,
])
  console.log(`| ${about} | ${all} | ${((100 * seeing) / all).toFixed(1)} % | ${((100 * blind) / all).toFixed(1)} % |`);
model.close();
clip.close();
