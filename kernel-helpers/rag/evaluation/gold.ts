/** Questions with the places where their answers stand, word for word: what makes an evaluation possible without a judge. */
import type { Handbook } from "../../data/index.ts";
import { ArgumentError } from "../../errors.ts";
import type { Document } from "../document.ts";

/** A part of a document's text: text === document.text.slice(start, end) */
export interface GoldSpan {
  document: string;
  start: number;
  end: number;
  text: string;
}

export interface GoldQuestion {
  id: string;
  language: string;
  /** What makes it hard, or easy. */
  kind: string;
  question: string;
  /** The parts that the answer is made of, one for most questions, and for each the places that state it. Empty where no document does. */
  parts: readonly (readonly GoldSpan[])[];
}

/**
 * The course's handbook as documents, one for each passage under its section and title, and its questions with their places. Where an answer stands in both
 * languages, either place counts; of a question over two passages each is a part.
 */
export function handbookGold({ passages, questions }: Handbook): { documents: Document[]; questions: GoldQuestion[] } {
  const documents = passages.map(({ id, text, section, title }) => {
    const headings = [section, title].map((heading, index) => ({ start: 0, level: index + 1, text: heading }));
    return { id, text, headings };
  });
  const byId = new Map(passages.map((passage) => [passage.id, passage]));
  return {
    documents,
    questions: questions.map(({ id, language, kind, question, answers }) => {
      const parts = new Map<string, GoldSpan[]>();
      for (const { passage, text } of answers) {
        const { parallel, text: whole } = byId.get(passage)!;
        const start = whole.indexOf(text);
        if (start < 0) {
          throw new ArgumentError(`the answer ${JSON.stringify(text)} to ${id} does not stand in passage ${passage}`, {
            hint: "load the handbook's passages and questions together",
            facts: { argument: "handbook", question: id, passage },
          });
        }
        const part = kind === "two-passage" ? [passage, parallel ?? passage].sort()[0]! : "";
        parts.set(part, [...(parts.get(part) ?? []), { document: passage, start, end: start + text.length, text }]);
      }
      return { id, language, kind, question, parts: [...parts.values()] };
    }),
  };
}
