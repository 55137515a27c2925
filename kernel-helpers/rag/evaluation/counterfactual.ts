/**
 * Faithfulness without a judge: a number of the source is changed, and the question asked again. A faithful answer follows; one that keeps to the old number comes
 * from the model's memory, or from nowhere. After Longpre et al. 2021 (entity-based knowledge conflicts, arXiv:2109.05052).
 */
import { checkArray, checkFunction, checkInteger, checkOptions } from "../../runtime/check.ts";
import { createProgress } from "../../runtime/progress.ts";
import { createRandom } from "../../runtime/random.ts";
import type { Document } from "../document.ts";
import { findNumbers, numbersIn } from "../numbers.ts";
import type { GoldQuestion } from "./gold.ts";

export interface Counterfactual {
  question: GoldQuestion;
  /** The document that states the answer, as it is and with the number changed wherever it stands. */
  original: Document;
  changed: Document;
  from: number;
  to: number;
}

/**
 * One for each question whose answer has a number in digits; the other documents that state it are for the caller to leave out.
 *
 * @param options.seed Decides what numbers become. @default 1
 */
export function counterfactuals(
  documents: readonly Document[],
  questions: readonly GoldQuestion[],
  options: { seed?: number } = {},
): Counterfactual[] {
  checkArray("documents", documents, () => {});
  checkArray("questions", questions, () => {});
  checkOptions("options", options, ["seed"]);
  const random = createRandom(checkInteger("seed", options.seed ?? 1));
  const byId = new Map(documents.map((document) => [document.id, document]));
  return questions.flatMap((question) => {
    for (const { document: id, text } of question.parts.flat()) {
      const original = byId.get(id);
      const [number] = findNumbers(text).filter(({ start, end }) => /^\d+$/.test(text.slice(start, end)));
      if (!original || !number || numbersIn(question.question).includes(number.value)) continue;
      const taken = new Set(numbersIn(original.text));
      let to = number.value;
      while (taken.has(to)) to = other(number.value, random.next());
      const changedText = original.text.replace(/\d+(?:[.,:]\d+)*/g, (written) =>
        written === String(number.value) ? String(to) : written,
      );
      if (changedText === original.text) continue; // 14:00 is a time, and no number of fourteen
      return [{ question, original, changed: { ...original, text: changedText }, from: number.value, to }];
    }
    return [];
  });
}

/** Another number with as many digits. */
function other(value: number, random: number): number {
  const least = 10 ** (String(value).length - 1);
  return Math.floor(least + random * 9 * least);
}

export interface CounterfactualScore extends Counterfactual {
  answer: string;
  /** `follows` the changed source; `remembers` the old number; `neither`. */
  outcome: "follows" | "remembers" | "neither";
}

/** @param ask Answers a question from one document, the changed one. */
export async function evaluateCounterfactuals(
  cases: readonly Counterfactual[],
  ask: (one: Counterfactual) => Promise<string>,
): Promise<CounterfactualScore[]> {
  checkArray("cases", cases, () => {});
  checkFunction("ask", ask);
  const progress = createProgress({ label: "counterfactuals", total: cases.length, unit: "questions" });
  const scores: CounterfactualScore[] = [];
  try {
    for (const one of cases) {
      const answer = await ask(one);
      const said = numbersIn(answer);
      const outcome = said.includes(one.to) ? "follows" : said.includes(one.from) ? "remembers" : "neither";
      progress.update(scores.push({ ...one, answer, outcome }));
    }
  } finally {
    progress.close();
  }
  return scores;
}
