/** Answers held against what the documents say word for word. */
import type { ChatModel } from "../../llm/index.ts";
import { checkArray, checkFunction, checkOptions, checkSignal } from "../../runtime/check.ts";
import { createProgress } from "../../runtime/progress.ts";
import type { Answer } from "../generation/answer.ts";
import { languageOf } from "../language.ts";
import type { GoldQuestion } from "./gold.ts";
import { exactMatch, tokenF1 } from "./text-match.ts";

export interface AnswerScore {
  question: GoldQuestion;
  text: string;
  /** undefined where the system keeps no more than text. */
  answer: Answer | undefined;
  /** Against the best of the references. Of an unanswerable question 1 where the system abstains, 0 where it does not. */
  exactMatch: number;
  f1: number;
  /** Whether a citation overlaps a place where the answer stands; undefined where nothing is cited, or nothing can be. */
  citesAnswer: boolean | undefined;
}

/** Answers in the question's language where the documents have one, else in any. */
export function referencesOf({ parts, language }: GoldQuestion): string[] {
  const texts = parts.map((part) => {
    const same = part.filter(({ text }) => languageOf(text) === language);
    return (same.length > 0 ? same : part).map(({ text }) => text);
  });
  // an answer of two parts has to have both: every way to say one with every way to say the other
  return texts.reduce<string[]>(
    (before, part) => (before.length === 0 ? part : before.flatMap((one) => part.map((other) => `${one} ${other}`))),
    [],
  );
}

/**
 * Asks each question.
 *
 * @param ask A question → what the system answers: an Answer, or text.
 */
export async function evaluateAnswers(
  questions: readonly GoldQuestion[],
  ask: (question: GoldQuestion) => Promise<Answer | string>,
  options: { signal?: AbortSignal } = {},
): Promise<AnswerScore[]> {
  checkArray("questions", questions, () => {});
  checkFunction("ask", ask);
  checkOptions("options", options, ["signal"]);
  checkSignal("signal", options.signal);
  const progress = createProgress({ label: "answers", total: questions.length, unit: "questions" });
  const scores: AnswerScore[] = [];
  try {
    for (const question of questions) {
      options.signal?.throwIfAborted();
      const given = await ask(question);
      progress.update(scores.push(scoreOf(question, given)));
    }
  } finally {
    progress.close();
  }
  return scores;
}

function scoreOf(question: GoldQuestion, given: Answer | string): AnswerScore {
  const [text, answer] = typeof given === "string" ? [given, undefined] : [given.text, given];
  const citesAnswer = answer && answer.citations.length > 0 ? cites(answer, question) : undefined;
  if (question.parts.length === 0) {
    const right = answer?.abstained ? 1 : 0;
    return { question, text, answer, exactMatch: right, f1: right, citesAnswer: undefined };
  }
  if (answer?.abstained) return { question, text, answer, exactMatch: 0, f1: 0, citesAnswer: undefined };
  const references = referencesOf(question);
  return { question, text, answer, exactMatch: exactMatch(text, references), f1: tokenF1(text, references), citesAnswer };
}

const cites = ({ citations }: Answer, { parts }: GoldQuestion): boolean =>
  parts.some((part) =>
    part.some((span) => citations.some(({ document, start, end }) => document === span.document && start < span.end && end > span.start)),
  );

/** The same question without documents: what the model knows, or makes up, by itself. */
export async function closedBook(
  model: ChatModel,
  question: string,
  options: { maxNewTokens?: number; signal?: AbortSignal } = {},
): Promise<string> {
  checkOptions("options", options, ["maxNewTokens", "signal"]);
  const { maxNewTokens = 64, signal } = options;
  const task =
    languageOf(question) === "zh" ? "用最短的话回答问题，不要解释。" : "Answer the question with the shortest phrase that answers it.";
  let text = "";
  const messages = [
    { role: "system", content: task },
    { role: "user", content: question },
  ] as const;
  for await (const part of model.chat(messages, { temperature: 0, maxNewTokens, ...(signal && { signal }) }))
    if (part.type === "text") text += part.text;
  return text.trim();
}
