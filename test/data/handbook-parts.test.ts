import { describe, expect, test } from "vitest";
import { handbookParts, loadHandbook } from "../../kernel-helpers/data/index.ts";

describe("handbookParts", async () => {
  const handbook = await loadHandbook();
  const { partOf, questions, topicOf, topics } = handbookParts(handbook);

  test("a passage and its translation are in one part, and so are all that a question asks about", () => {
    for (const { id, parallel } of handbook.passages) if (parallel) expect(partOf(parallel)).toBe(partOf(id));
    for (const { answers } of handbook.questions) expect(new Set(answers.map(({ passage }) => partOf(passage))).size).toBeLessThan(2);
  });

  test("each question that has an answer is in the part of its answers, and no other", () => {
    const all = Object.entries(questions).flatMap(([part, own]) => own.map((question) => ({ part, question })));
    expect(new Set(all.map(({ question }) => question.id)).size).toBe(handbook.questions.filter(({ answerable }) => answerable).length);
    for (const { part, question } of all) expect(partOf(question.answers[0]!.passage)).toBe(part);
  });

  test("of five topics, two are learnt from, one is chosen by, two are judged by", () => {
    const named = [...new Set(handbook.passages.map(({ id }) => topicOf(id)))];
    expect(named).toHaveLength(topics);
    const shares = (["train", "validation", "test"] as const).map((part) => named.filter((id) => partOf(id) === part).length / topics);
    for (const [index, share] of [0.4, 0.2, 0.4].entries()) expect(Math.abs(shares[index]! - share)).toBeLessThan(0.02);
  });
});
