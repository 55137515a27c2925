/** Keyword search, fusion, metrics and MinHash against values worked out by hand or by the definition. */
import { describe, expect, test } from "vitest";
import {
  Bm25,
  hitAtK,
  minHasher,
  mrr,
  ndcgAtK,
  precisionRecallCurve,
  recallAtK,
  reciprocalRankFusion,
  signatureSimilarity,
  words,
} from "../../kernel-helpers/retrieval/index.ts";

describe("words", () => {
  test.each([
    ["AI工程师", ["ai", "工", "程", "师", "工程", "程师"]],
    ["Don't  PANIC, 42!", ["don", "t", "panic", "42"]],
    ["ＡＩ と Tokyo東京", ["ai", "tokyo", "と", "東", "京", "東京"]],
    ["", []],
    ["…!? 😀", []],
  ])("%j", (text, terms) => {
    expect(words(text)).toEqual(terms);
  });
});

describe("Bm25", () => {
  test("scores as the formula says", () => {
    const index = new Bm25(["cat cat dog", "dog", "bird bird"], { k1: 1.2, b: 0.75 });
    // cat: in 1 of 3 texts, idf = ln(1 + 2.5 / 1.5); twice in a text of 3 terms where the mean is 2
    const idf = Math.log(1 + 2.5 / 1.5);
    const weight = (2 * 2.2) / (2 + 1.2 * (0.25 + 0.75 * (3 / 2)));
    expect(index.search("cat")).toEqual([{ index: 0, score: expect.closeTo(idf * weight, 12) }]);
  });

  test("ranks the shorter text first, and one with the rarer term before both", () => {
    const index = new Bm25(["red apple in a very long sentence about fruit", "red apple", "green apple"]);
    expect(index.search("apple green").map((match) => match.index)).toEqual([2, 1, 0]);
  });

  test("finds Chinese by pairs of characters, where \\w+ finds nothing", () => {
    const texts = ["七天内可以无理由退货", "发货时间为两个工作日"];
    expect(new Bm25(texts).search("怎么退货?", { topK: 1 })).toMatchObject([{ index: 0 }]);
    expect(new Bm25(texts, { tokenize: (text) => text.match(/\w+/g) ?? [] }).search("怎么退货?")).toEqual([]);
  });

  test("refuses what makes no sense", () => {
    expect(() => new Bm25([], { b: 2 })).toThrow("k1 is 1.2 and b is 2\n  hint: k1 is 0 or more, b lies between 0 and 1");
    expect(() => new Bm25(["a"]).search("a", { topK: 0 })).toThrow("topK is 0\n  hint: topK is a whole number from 1");
    expect(new Bm25([]).search("a")).toEqual([]);
  });
});

test("reciprocal rank fusion lifts what both searches found", () => {
  expect(reciprocalRankFusion([["a", "b", "c"], ["b", "d"]])).toEqual([
    { id: "b", score: 1 / 62 + 1 / 61 },
    { id: "a", score: 1 / 61 },
    { id: "d", score: 1 / 62 },
    { id: "c", score: 1 / 63 },
  ]); // prettier-ignore
});

describe("metrics", () => {
  const rankings = [["a", "b", "c"], ["x", "y", "z"], ["p"]];
  const relevant = [["b", "c"], ["x"], ["q"]];

  test("hit, recall, reciprocal rank and nDCG follow their definitions", () => {
    expect(hitAtK(rankings, relevant, 1)).toBeCloseTo(1 / 3);
    expect(hitAtK(rankings, relevant, 2)).toBeCloseTo(2 / 3);
    expect(recallAtK(rankings, relevant, 2)).toBeCloseTo((0.5 + 1 + 0) / 3);
    expect(mrr(rankings, relevant)).toBeCloseTo((0.5 + 1 + 0) / 3);
    const first = (1 / Math.log2(3) + 1 / Math.log2(4)) / (1 + 1 / Math.log2(3));
    expect(ndcgAtK(rankings, relevant, 10)).toBeCloseTo((first + 1 + 0) / 3);
  });

  test("an id found twice counts once", () => {
    expect(recallAtK([["a", "a"]], [["a", "b"]], 2)).toBe(0.5);
  });

  test("refuses lists that do not match", () => {
    expect(() => mrr([["a"]], [])).toThrow(
      "1 rankings and 0 lists of relevant ids\n  hint: give one of each for every query, at least one",
    );
    expect(() => mrr([["a"]], [[]])).toThrow("query 0 has no relevant id\n  hint: leave out queries that have no answer");
    expect(() => hitAtK([["a"]], [["a"]], 0)).toThrow("k is 0\n  hint: k is a whole number from 1");
  });

  test("the precision-recall curve has one point for each distinct score", () => {
    expect(precisionRecallCurve([0.9, 0.8, 0.8, 0.1], [true, true, false, true])).toEqual([
      { threshold: 0.9, precision: 1, recall: 1 / 3, f1: 0.5 },
      { threshold: 0.8, precision: 2 / 3, recall: 2 / 3, f1: expect.closeTo(2 / 3, 12) },
      { threshold: 0.1, precision: 0.75, recall: 1, f1: expect.closeTo(6 / 7, 12) },
    ]);
    expect(precisionRecallCurve([0.5], [true], 4)).toMatchObject([{ recall: 0.25 }]);
  });
});

describe("MinHash", () => {
  test("estimates the Jaccard similarity of the shingle sets within its error", () => {
    const signature = minHasher({ permutations: 512 });
    const [one, other] = ["the quick brown fox jumps over the lazy dog", "the quick brown fox jumped over a lazy dog"] as const;
    const shingles = (text: string): Set<string> => new Set(Array.from({ length: text.length - 2 }, (_, at) => text.slice(at, at + 3)));
    const [a, b] = [shingles(one), shingles(other)];
    const shared = [...a].filter((shingle) => b.has(shingle)).length;
    const jaccard = shared / (a.size + b.size - shared);
    expect(Math.abs(signatureSimilarity(signature(one), signature(other)) - jaccard)).toBeLessThan(3 / Math.sqrt(512));
  });

  test("sees past case and spacing, in any script, and texts shorter than a shingle", () => {
    const signature = minHasher();
    expect(signatureSimilarity(signature("无法 登录"), signature("无法  登录 "))).toBe(1);
    expect(signatureSimilarity(signature("OK"), signature("ok"))).toBe(1);
    expect(signatureSimilarity(signature("无法登录账户"), signature("shipping is late"))).toBeLessThan(0.1);
  });

  test("refuses signatures that cannot be compared", () => {
    expect(() => signatureSimilarity(new Uint32Array(2), new Uint32Array(3))).toThrow(
      "signatures of 2 and 3 places\n  hint: make both with the same minHasher",
    );
    expect(() => minHasher({ shingle: 0 })).toThrow("shingle is 0\n  hint: shingle is a whole number from 1");
  });
});
