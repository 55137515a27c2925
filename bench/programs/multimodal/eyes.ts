/**
 * SmolLM2 gets eyes: the towers' image tokens go through a projector into the language model, before the question. Answers about pictures of unseen combinations, by
 * what is asked; beside them two answers without looking: the most frequent one to the same question in training (with yes and no: to the same sort), and the model's
 * own when all that it is shown is blank. `node --import tsx bench/programs/multimodal/eyes.ts 1000 1200 80 36 90 60 45 4 1 60`: steps of the towers, of the six stages
 * (words, basics, questions, and three times both), pictures of a step of all but the first, seed, pictures asked about.
 */
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadBase } from "../../../kernel-helpers/llm/index.ts";
import {
  RgbImage,
  splitCombinations,
  teachToSee,
  worldLessons,
  type Lesson,
  type WorldQuestion,
} from "../../../kernel-helpers/multimodal/index.ts";
import { lessonBatches } from "../../../kernel-helpers/multimodal/vlm/lessons.ts";
import { learntClip, stopwatch } from "./towers.ts";

const [
  clipSteps = 1000,
  words = 1200,
  basics = 80,
  questions = 36,
  both = 90,
  again = 60,
  third = 45,
  batchSize = 4,
  seed = 1,
  shown = 60,
] = process.argv.slice(2).map(Number);
const name = "SmolLM2-135M-Instruct";
const { seen, unseen } = splitCombinations({ share: 0.2, seed });
const clip = await learntClip(seen, { seed, steps: clipSteps, negatives: "near" });
const lessonsAbout = (about: "captions" | "basics" | "questions", count: number, apart: number): Lesson[] =>
  worldLessons(seen, { about, count, counted: 0.3, seed: seed + apart });
const mixed = (steps: number, apart: number): Lesson[] => {
  const half = Math.floor((batchSize * steps) / 2);
  return [...lessonsAbout("basics", half, apart), ...lessonsAbout("questions", half, apart + 1)];
};
const asked = lessonsAbout("questions", batchSize * questions, 2);

const seconds = stopwatch();
const taught = await teachToSee(name, {
  clip,
  seed,
  rank: 8,
  show: false,
  onStep: ({ step, loss }) => void (step % 10 === 0 && console.error(`step ${step}: ${loss.toFixed(3)}, ${seconds().toFixed(0)} s`)),
  stages: [
    { lessons: lessonsAbout("captions", 2 * seen.length, 0), steps: words, learns: "words" },
    { lessons: lessonsAbout("basics", batchSize * basics, 1), steps: basics, learns: "adapters", batchSize },
    { lessons: asked, steps: questions, learns: "adapters", batchSize },
    ...[both, again, third].map((steps, at) => ({ lessons: mixed(steps, 3 + 2 * at), steps, learns: "adapters", batchSize }) as const),
  ],
});
console.log(
  `${words} steps of words, ${basics} of basics, ${questions} of questions, ${both}, ${again} and ${third} of both about ${batchSize} pictures: ${seconds().toFixed(0)} s of processor time\n`,
);
const folder = path.join(tmpdir(), `cairn-eyes-${seed}`);
mkdirSync(folder, { recursive: true });
await taught.save(folder);

const { tokenizer } = await loadBase(name, "lora", undefined);
const test = worldLessons(unseen, { about: "questions", count: shown, counted: 0.3, seed: 77 });
const blank = new RgbImage(new Uint8Array(48 * 48 * 3).fill(230), { width: 48, height: 48 });
const usual = mostFrequent(asked);
const right = new Map<string, { seeing: number; blank: number; usual: number; all: number }>();
const [seeing, guessed] = [judge(test), judge(test.map((lesson) => ({ ...lesson, image: blank })))];
for (const [index, { about, question, answer }] of (test.flatMap(({ turns }) => turns) as WorldQuestion[]).entries()) {
  for (const row of [about, "all"]) {
    const tally = right.get(row) ?? { seeing: 0, blank: 0, usual: 0, all: 0 };
    right.set(row, tally);
    tally.all++;
    tally.seeing += Number(seeing[index]);
    tally.blank += Number(guessed[index]);
    tally.usual += Number(usual.get(sameAs({ about, question })) === answer);
  }
}
console.log("| asked for | questions | right | shown a blank | the usual answer |\n| --- | --- | --- | --- | --- |");
const percent = (part: number, all: number): string => `${((100 * part) / all).toFixed(1)} %`;
for (const [about, { seeing, blank: guessed, usual: known, all }] of [...right].sort(
  ([one], [other]) => Number(one === "all") - Number(other === "all"),
))
  console.log(`| ${[about, all, percent(seeing, all), percent(guessed, all), percent(known, all)].join(" | ")} |`);
taught.model.close();
clip.close();

/** Whether each of the questions is answered, as far as the token that ends the turn. */
function judge(lessons: readonly Lesson[]): boolean[] {
  const result: boolean[] = [];
  let row = 0;
  for (const batch of lessonBatches(lessons, { clip, tokenizer, batchSize: 4, seed: undefined })(0)) {
    const targets = Array.from(batch.targets.data as BigInt64Array, Number);
    const answers = taught.model.answers(batch);
    const [rows, columns] = batch.targets.shape as [number, number];
    for (let index = 0; index < rows; index++) {
      let at = index * columns;
      for (const { answer } of lessons[row++]!.turns) {
        const end = at + tokenizer.encode(answer).length + 1;
        result.push(targets.slice(at, end).every((target, place) => answers[at + place] === target));
        at = end;
      }
    }
  }
  return result;
}

/** What is asked, as far as answers are counted together: with yes and no that is the sort, as nearly every question is new. */
function sameAs({ about, question }: Pick<WorldQuestion, "about" | "question">): string {
  return about === "exists" || about === "relation" ? about : question;
}

function mostFrequent(lessons: readonly Lesson[]): Map<string, string> {
  const tally = new Map<string, Map<string, number>>();
  for (const one of lessons.flatMap(({ turns }) => turns) as WorldQuestion[]) {
    const known = tally.get(sameAs(one)) ?? new Map<string, number>();
    tally.set(sameAs(one), known.set(one.answer, (known.get(one.answer) ?? 0) + 1));
  }
  return new Map([...tally].map(([question, known]) => [question, [...known].sort((one, other) => other[1] - one[1])[0]![0]]));
}
