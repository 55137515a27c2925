/** The handbook divided into what is learnt from, what is chosen by, and what is judged by. */
import type { Handbook, Question } from "./course-sets.ts";

export type HandbookPart = "train" | "validation" | "test";

export interface HandbookParts {
  /** How many topics there are. */
  topics: number;
  /** The topic of a passage, named by one of its passages. */
  topicOf: (passage: string) => string;
  partOf: (passage: string) => HandbookPart;
  /** The questions that have an answer. */
  questions: Record<HandbookPart, Question[]>;
}

/** Of five topics in a row: two to learn from, one to choose by, two to be judged by. */
const turns: readonly HandbookPart[] = ["train", "test", "train", "validation", "test"];

/**
 * Passages are divided, not questions: a passage, its translation, and all that the same questions ask about are a topic, and a topic lies in one part
 * only. Otherwise what learns could know the test's answers without having seen one of its questions.
 *
 * @example
 * const { questions, partOf } = handbookParts(await loadHandbook())
 */
export function handbookParts({ passages, questions }: Handbook): HandbookParts {
  const next = new Map(passages.map(({ id }) => [id, id]));
  const topicOf = (id: string): string => {
    const other = next.get(id)!;
    return other === id ? id : topicOf(other);
  };
  const join = (one: string, other: string): void => void next.set(topicOf(one), topicOf(other));
  for (const { id, parallel } of passages) if (parallel) join(id, parallel);
  for (const { answers } of questions) for (const { passage } of answers.slice(1)) join(passage, answers[0]!.passage);

  const topics = [...new Set(passages.map(({ id }) => topicOf(id)))].sort();
  const partOf = (id: string): HandbookPart => turns[topics.indexOf(topicOf(id)) % turns.length]!;
  const asked = (part: HandbookPart): Question[] =>
    questions.filter(({ answerable, answers }) => answerable && partOf(answers[0]!.passage) === part);
  return {
    topics: topics.length,
    topicOf,
    partOf,
    questions: { train: asked("train"), validation: asked("validation"), test: asked("test") },
  };
}
