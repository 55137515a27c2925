/** What BM25 counts: stems of English, characters and pairs of Chinese, nothing that says nothing. */
import { expect, test } from "vitest";
import { analyzer, Bm25, words } from "../../kernel-helpers/retrieval/index.ts";

test("English words are their stems, by Porter's algorithm, whichever form they have", () => {
  const terms = analyzer();
  // the pairs of Porter 1980
  for (const [one, other] of [
    ["connected", "connections"],
    ["caresses", "caress"],
    ["ponies", "pony"],
    ["relational", "relate"],
    ["hopefulness", "hopeful"],
    ["employee's", "employees"],
  ] as const)
    expect(terms(one)).toEqual(terms(other));
  expect(terms("How are the expenses claimed?")).toEqual(["expens", "claim"]);
});

test("Chinese stays as words() cuts it, without its particles", () => {
  expect(analyzer()("报销的流程是什么")).toEqual(words("报销的流程是什么").filter((term) => !["的", "是", "什么"].includes(term)));
});

test("each can be left out", () => {
  const text = "What are the expenses 的 费用";
  expect(analyzer({ stem: false, stopWords: false })(text)).toEqual(words(text));
  expect(analyzer({ stopWords: false })("the expenses")).toEqual(["the", "expens"]);
  expect(() => analyzer({ stems: true } as never)).toThrow('did you mean "stem"?');
});

test("no score exceeds the bound of its query, and words that no text has raise it", () => {
  const index = new Bm25(["rivers rise", "rivers fall fall fall fall fall", "probes"], { b: 0 });
  for (const query of ["rivers", "fall", "rivers fall rise", "probes"]) {
    const [best] = index.search(query);
    expect(best!.score).toBeLessThan(index.bound(query));
  }
  expect(index.search("fall")[0]!.score / index.bound("fall")).toBeGreaterThan(0.7);
  expect(index.bound("rivers zzz")).toBeGreaterThan(index.bound("rivers"));
});
