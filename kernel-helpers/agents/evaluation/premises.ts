/** Questions whose premise is false, each near a fact that is true: does a system say that it does not know, and does it still answer the others? */
import path from "node:path";
import { datasetPath, readJsonLines } from "../../data/index.ts";
import { numbersIn, type Retrieved } from "../../rag/index.ts";
import { checkArray, checkNumber, checkText } from "../../runtime/check.ts";

export interface PremiseFact {
  id: string;
  language: "zh" | "en";
  text: string;
}

export interface PremiseQuestion {
  id: string;
  /** Facts of one split are in no question of the other. */
  split: "validation" | "test";
  language: "zh" | "en";
  question: string;
  /** Whether it takes for granted what is not so. */
  isFalse: boolean;
  /** What a right answer has one of; none where the premise is false. */
  answers: readonly string[];
  /** The fact that it is about, or nearly. */
  near: string;
}

export async function loadPremises(
  folder: string = datasetPath("premises"),
): Promise<{ facts: readonly PremiseFact[]; questions: readonly PremiseQuestion[] }> {
  checkText("folder", folder);
  const facts = await readJsonLines<PremiseFact>(path.join(folder, "facts.jsonl"), { id: "string", language: "string", text: "string" });
  const questions = await readJsonLines<PremiseQuestion>(path.join(folder, "questions.jsonl"), {
    id: "string",
    split: "string",
    language: "string",
    question: "string",
    isFalse: "boolean",
    answers: "array",
    near: "string",
  });
  return { facts, questions };
}

/**
 * Whether what was found bears out what a question takes for granted, by a rule that needs no model: the best passage has every number of the question, and enough of
 * its words, rare ones counting more. A question that fails is to be answered with "I do not know".
 *
 * @param found What a KeywordRetriever found for the question as the user put it: a query that a model wrote may have lost the year.
 * @param threshold Of relevance.keyword, 0 to 1; choose it on validation questions of the language (rag's calibrateThreshold).
 */
export function bearsOut(question: string, found: readonly Retrieved[], threshold: number): boolean {
  checkText("question", question, { allowEmpty: false });
  checkArray("found", found, () => {});
  checkNumber("threshold", threshold, { min: 0 });
  const [best] = found;
  if (best === undefined || (best.relevance.keyword ?? 0) < threshold) return false;
  const known = numbersIn(best.chunk.text);
  return numbersIn(question).every((number) => known.includes(number));
}
