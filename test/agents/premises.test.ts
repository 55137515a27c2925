/** Questions whose premise is false, and the rule that refuses them. */
import { describe, expect, test } from "vitest";
import { bearsOut, loadPremises, type PremiseQuestion } from "../../kernel-helpers/agents/index.ts";
import { calibrateThreshold, chunk, createDocument, KeywordRetriever } from "../../kernel-helpers/rag/index.ts";

const { facts, questions } = await loadPremises();
const search = new KeywordRetriever(facts.flatMap(({ id, text }) => chunk(createDocument({ id, text }), { by: "document" })));
const found = new Map(
  await Promise.all(questions.map(async ({ question }) => [question, await search.retrieve(question, { topK: 1 })] as const)),
);
const part = (split: PremiseQuestion["split"]): PremiseQuestion[] => questions.filter((one) => one.split === split);
const thresholds = Object.fromEntries(
  (["en", "zh"] as const).map((language) => {
    const list = part("validation").filter((one) => one.language === language);
    const scores = list.map(({ question }) => found.get(question)![0]?.relevance.keyword ?? 0);
    const { threshold } = calibrateThreshold(
      scores,
      list.map(({ isFalse }) => !isFalse),
    );
    return [language, threshold];
  }),
);

describe("the questions", () => {
  test("are of both languages and kinds, and no fact of one split is in the other", () => {
    const counts = (split: PremiseQuestion["split"]) =>
      [true, false].map((isFalse) =>
        ["en", "zh"].map((language) => part(split).filter((one) => one.isFalse === isFalse && one.language === language).length),
      );
    expect(counts("validation")).toEqual([[8, 8], [8, 8]]); // prettier-ignore
    expect(counts("test")).toEqual([[15, 15], [10, 10]]); // prettier-ignore
    const near = (split: PremiseQuestion["split"]) => new Set(part(split).map((one) => one.near));
    expect([...near("test")].filter((id) => near("validation").has(id))).toEqual([]);
  });

  test("have an answer that their fact holds, or none where the premise is false", () => {
    for (const { near, answers, isFalse, question } of questions) {
      const { text } = facts.find(({ id }) => id === near)!;
      expect([question, answers.length === 0, answers.every((answer) => text.includes(answer))]).toEqual([question, isFalse, true]);
    }
  });
});

describe("bearsOut", () => {
  test("refuses nine of ten false premises of facts on which no threshold was chosen, the article's among them, and answers four of five others", () => {
    const refused = (isFalse: boolean): number => {
      const list = part("test").filter((one) => one.isFalse === isFalse);
      return list.filter(({ question, language }) => !bearsOut(question, found.get(question)!, thresholds[language]!)).length / list.length;
    };
    expect(refused(true)).toBeGreaterThanOrEqual(0.9);
    expect(refused(false)).toBeLessThanOrEqual(0.2);
    const article = "2025年世界杯冠军是谁？";
    expect(bearsOut(article, found.get(article)!, thresholds["zh"]!)).toBe(false);
  });

  test("wants every number of the question in the best passage, in whatever form it is written", async () => {
    const [passage] = chunk(createDocument({ id: "rule", text: "A guest may stay eighty days." }), { by: "document" });
    const one = new KeywordRetriever([passage!]);
    const asks = async (question: string): Promise<boolean> => bearsOut(question, await one.retrieve(question), 0);
    expect([await asks("May a guest stay 80 days?"), await asks("May a guest stay 90 days?"), await asks("天气")]).toEqual([true, false, false]); // prettier-ignore
  });

  test("checks its arguments", () => {
    expect(() => bearsOut("", [], 0)).toThrow("question");
    expect(() => bearsOut("Who?", [], -1)).toThrow("threshold must be ≥ 0, got -1");
  });
});
