/** The handbook: two languages, every answer stands word for word in its passage, every kind of question is there, and nothing is filler. */
import { describe, expect, test } from "vitest";
import { loadHandbook, type Passage, type Question, type QuestionKind } from "../../kernel-helpers/data/index.ts";
import { words } from "../../kernel-helpers/retrieval/index.ts";

const { passages, questions } = await loadHandbook();
const passageOf = new Map(passages.map((passage): [string, Passage] => [passage.id, passage]));
const han = /\p{Script=Han}/gu;
const ofKind = (kind: QuestionKind): Question[] => questions.filter((question) => question.kind === kind);

const kinds: readonly QuestionKind[] = [
  "fact",
  "number",
  "how-to",
  "exception",
  "paraphrase",
  "cross-lingual",
  "unanswerable",
  "two-passage",
];

describe("passages", () => {
  test("are at least 150, each with its own id, place and words", () => {
    expect(passages.length).toBeGreaterThanOrEqual(150);
    expect(new Set(passages.map(({ id }) => id)).size).toBe(passages.length);
    expect(new Set(passages.map(({ language, section, title }) => `${language} ${section} ${title}`)).size).toBe(passages.length);
    for (const { id, text } of passages) expect(text, id).toBe(text.trim());
  });

  test("are 50 to 150 words of English or 60 to 200 characters of Chinese, about half of each", () => {
    for (const { id, language, text } of passages) {
      const length = language === "en" ? text.split(/\s+/).length : Array.from(text).length;
      expect(length, id).toBeGreaterThanOrEqual(language === "en" ? 50 : 60);
      expect(length, id).toBeLessThanOrEqual(language === "en" ? 150 : 200);
      const share = (text.match(han)?.length ?? 0) / Array.from(text).length;
      expect(language === "zh" ? share > 0.6 : share === 0, id).toBe(true);
    }
    const chinese = passages.filter(({ language }) => language === "zh").length / passages.length;
    expect(chinese).toBeGreaterThan(0.45);
    expect(chinese).toBeLessThan(0.55);
  });

  test("a parallel is mutual, in the other language, and of a fitting length", () => {
    for (const { id, language, parallel, text } of passages) {
      if (parallel === undefined) continue;
      const other = passageOf.get(parallel)!;
      expect(other.parallel, id).toBe(id);
      expect(other.language, id).not.toBe(language);
      const ratio = (language === "en" ? text.length : other.text.length) / (language === "en" ? other.text.length : text.length);
      expect(ratio, `${id}: English letters for each Chinese character`).toBeGreaterThan(2);
      expect(ratio, `${id}: English letters for each Chinese character`).toBeLessThan(5);
    }
    for (const language of ["zh", "en"]) {
      const alone = passages.filter((passage) => passage.language === language && !passage.parallel).length;
      expect(alone, `only in ${language}`).toBeGreaterThanOrEqual(20);
    }
  });

  test("no sentence stands twice, and passages do not begin alike", () => {
    const sentences = passages.flatMap(({ text }) => text.split(/(?<=[.。;；])\s*/).filter((sentence) => sentence.length > 7));
    expect(sentences.length).toBeGreaterThan(800);
    expect(new Set(sentences).size).toBe(sentences.length);
    const openings = passages.map(({ language, text }) => (language === "en" ? text.split(" ").slice(0, 3).join(" ") : text.slice(0, 5)));
    expect(new Set(openings).size / passages.length).toBeGreaterThan(0.95);
  });
});

describe("questions", () => {
  test("are at least 120 different ones, about half in each language, of every kind", () => {
    expect(questions.length).toBeGreaterThanOrEqual(120);
    expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
    expect(new Set(questions.map(({ question }) => question)).size).toBe(questions.length);
    const chinese = questions.filter(({ language }) => language === "zh").length / questions.length;
    expect(Math.abs(chinese - 0.5)).toBeLessThan(0.05);
    expect(new Set(questions.map(({ kind }) => kind))).toEqual(new Set(kinds));
    for (const kind of kinds) expect(ofKind(kind).length, kind).toBeGreaterThanOrEqual(10);
    for (const { id, language, question } of questions) expect((question.match(han)?.length ?? 0) > 0, id).toBe(language === "zh");
  });

  test("an answer is a part of its passage, word for word, and of its parallel as well", () => {
    for (const { id, answers } of questions) {
      const marked = answers.map(({ passage }) => passage);
      expect(new Set(marked).size, id).toBe(marked.length);
      for (const { passage, text } of answers) {
        expect(passageOf.get(passage)!.text, id).toContain(text);
        expect(text.length, id).toBeLessThan(passageOf.get(passage)!.text.length / 2);
        const { parallel } = passageOf.get(passage)!;
        if (parallel !== undefined) expect(marked, id).toContain(parallel);
      }
    }
  });

  test("only the unanswerable have no answer", () => {
    for (const { id, kind, answers, answerable } of questions) {
      expect(answerable, id).toBe(kind !== "unanswerable");
      expect(answers.length > 0, id).toBe(answerable);
    }
  });

  test("a cross-lingual question is answered in the other language alone", () => {
    for (const { id, language, answers } of ofKind("cross-lingual"))
      for (const { passage } of answers) expect(passageOf.get(passage)!.language, id).not.toBe(language);
  });

  test("a question for two passages needs two that are not each other's translation", () => {
    for (const { id, answers } of ofKind("two-passage")) {
      const topics = new Set(answers.map(({ passage }) => [passage, passageOf.get(passage)!.parallel ?? passage].toSorted()[0]));
      expect(topics.size, id).toBe(2);
    }
  });

  test("a paraphrase shares next to no words with its answer: keywords cannot find it", () => {
    // Words of four letters and more, pairs of Chinese characters: what is shorter is grammar.
    const content = (text: string): string[] => words(text).filter((term) => (term.match(han) ? term.length === 2 : term.length >= 4));
    for (const { id, language, question, answers } of ofKind("paraphrase")) {
      const own = answers.map(({ passage }) => passageOf.get(passage)!).filter((passage) => passage.language === language);
      expect(own.length, id).toBe(1);
      const terms = new Set(content(`${own[0]!.title} ${own[0]!.text}`));
      expect(content(question).filter((term) => terms.has(term)).length, id).toBeLessThanOrEqual(2);
    }
  });
});
