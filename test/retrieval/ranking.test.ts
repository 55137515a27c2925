/** Keyword search, fusion, metrics and MinHash against values worked out by hand or by the definition. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Bm25,
  hitAtK,
  meanAveragePrecision,
  minHasher,
  mrr,
  ndcgAtK,
  precisionAtK,
  precisionRecallCurve,
  recallAtK,
  reciprocalRankFusion,
  signatureSimilarity,
  words,
} from "../../kernel-helpers/retrieval/index.ts";

describe("words", () => {
  test.each([
    ["AI工程师", ["ai", "工", "程", "师", "工程", "程师"]],
    ["Don't  PANIC, 42! 'tis l’homme", ["don't", "panic", "42", "tis", "l'homme"]],
    ["ラーメン", ["ラ", "ー", "メ", "ン", "ラー", "ーメ", "メン"]],
    ["時々、「東」", ["時", "々", "時々", "東"]],
    ["हिन्दी में किताबें", ["हिन्दी", "में", "किताबें"]],
    ["كِتَابٌ جديد", ["كِتَابٌ", "جديد"]],
    ["สวัสดีชาวโลก", ["สวัสดี", "ชาว", "โลก"]],
    ["می\u200cخواهم, co\u00adoperate", ["میخواهم", "cooperate"]],
    ["ＡＩ と Tokyo東京", ["ai", "tokyo", "と", "東", "京", "東京"]],
    ["", []],
    ["…!? 😀", []],
  ])("%j", (text, terms) => {
    expect(words(text)).toEqual(terms);
  });
});

test("words takes composed and decomposed spellings for the same, and runs of any length", () => {
  for (const text of ["café naïve", "が ﾊﾞｽ", "쓰다 한국어", "Ṩṩ ế"])
    expect(words(text.normalize("NFD"))).toEqual(words(text.normalize("NFC")));
  expect(words("字".repeat(200_000))).toHaveLength(399_999);
  expect(() => words(null as never)).toThrow("text must be a string, got null\n  hint: pass a string");
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
    expect(() => new Bm25([], { b: 2 })).toThrow("b must be ≥ 0 and ≤ 1, got 2");
    expect(() => new Bm25([], { k1: Number.NaN })).toThrow("k1 must be a finite number ≥ 0 and ≤ 1000000, got NaN");
    expect(() => new Bm25([], { K1: 1 } as never)).toThrow('options has no option "K1"\n  hint: did you mean "k1"?');
    expect(() => new Bm25(["a", null as never])).toThrow("texts[1] must be a string, got null");
    expect(() => new Bm25("a" as never)).toThrow('texts must be an array, got "a"');
    expect(() => new Bm25(["中"], { tokenize: (text) => text.match(/\w+/g)! })).toThrow(
      "what tokenize returns must be an array of strings, got null\n  hint: text.match(…) is null where nothing matches: add ?? []",
    );
    expect(() => new Bm25(["a"]).search("a", { topK: 0 })).toThrow("topK must be an integer ≥ 1, got 0");
    expect(() => new Bm25(["a"]).search(undefined as never)).toThrow("query must be a string, got undefined");
    expect(new Bm25([]).search("a")).toEqual([]);
    expect(new Bm25(["", ""]).search("a")).toEqual([]);
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

test("reciprocal rank fusion counts an id that a ranking repeats once, and checks what it is given", () => {
  expect(reciprocalRankFusion([["a", "b", "a"]])).toEqual([
    { id: "a", score: 1 / 61 },
    { id: "b", score: 1 / 62 },
  ]);
  expect(() => reciprocalRankFusion([["a"]], { k: Number.NaN })).toThrow("k must be a finite number ≥ 0, got NaN");
  expect(() => reciprocalRankFusion([["a", 3 as never]])).toThrow("rankings[0][1] must be a string, got 3");
  expect(() => reciprocalRankFusion(["a", "b"] as never)).toThrow('rankings[0] must be an array, got "a"');
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

  test("precision and average precision follow their definitions", () => {
    // Manning, Raghavan and Schütze 2008, ch. 8: relevant at ranks 2 and 3 of three; at rank 1; nowhere
    expect(precisionAtK(rankings, relevant, 2)).toBeCloseTo((0.5 + 0.5 + 0) / 3);
    expect(meanAveragePrecision(rankings, relevant)).toBeCloseTo(((1 / 2 + 2 / 3) / 2 + 1 + 0) / 3);
  });

  test("nDCG weighs by grade, as in the worked example of its Wikipedia article", () => {
    const grades = { d1: 3, d2: 2, d3: 3, d4: 0, d5: 1, d6: 2, d7: 3, d8: 2 };
    expect(ndcgAtK([["d1", "d2", "d3", "d4", "d5", "d6"]], [grades], 6)).toBeCloseTo(0.785, 3);
  });

  test("an id found twice counts once, where it came first", () => {
    expect(recallAtK([["a", "a"]], [["a", "b"]], 2)).toBe(0.5);
    expect(ndcgAtK([["a", "a"]], [["a"]], 2)).toBe(1);
    expect(precisionAtK([["a", "a"]], [["a", "a"]], 2)).toBe(0.5);
    expect(meanAveragePrecision([["a", "a", "b"]], [["a", "b", "a"]])).toBeCloseTo((1 + 2 / 3) / 2);
  });

  test("every metric lies between 0 and 1, and is 1 for what is relevant in order of its grades", () => {
    const ids = fc.array(fc.constantFrom("a", "b", "c", "d", "e", "__proto__"), { maxLength: 12 });
    const judged = fc.oneof(
      fc.array(fc.constantFrom("a", "b", "c", "d", "x"), { minLength: 1, maxLength: 8 }),
      fc.dictionary(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 3 }), { minKeys: 1, noNullPrototype: true }),
    );
    const query = fc.tuple(ids, judged);
    fc.assert(
      fc.property(fc.array(query, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 15 }), (queries, k) => {
        const [found, wanted] = [queries.map(([one]) => one), queries.map(([, other]) => other)];
        const perfect = wanted.map((one) => {
          if (Array.isArray(one)) return [...new Set(one)];
          return Object.keys(one).toSorted((a, b) => (one as Record<string, number>)[b]! - (one as Record<string, number>)[a]!);
        });
        for (const metric of [hitAtK, precisionAtK, recallAtK, ndcgAtK, mrr, meanAveragePrecision]) {
          const value = metric(found, wanted, k);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
          if (metric !== precisionAtK && metric !== recallAtK) expect(metric(perfect, wanted, k)).toBeCloseTo(1, 12);
        }
      }),
    );
  });

  test("refuses lists that do not match", () => {
    expect(() => mrr([["a"]], [])).toThrow(
      "rankings must be as many as queries in relevant, at least one, got 1 and 0\n  hint: pass one of each for every query",
    );
    expect(() => mrr([["a"]], [[]])).toThrow(
      "relevant[0] must be at least one relevant id, got []\n  hint: leave out queries that have no answer",
    );
    expect(() => mrr([["a"]], [{ a: 0 }])).toThrow("relevant[0] must be at least one relevant id, got an object with a");
    expect(() => mrr([["a"]], [{ a: -1 }])).toThrow("relevant[0].a must be ≥ 0 and ≤ 1000000, got -1");
    expect(() => mrr([["a", 1 as never]], [["a"]])).toThrow("rankings[0][1] must be a string, got 1");
    expect(() => mrr(["a"] as never, [["a"]])).toThrow('rankings[0] must be an array, got "a"');
    expect(() => hitAtK([["a"]], [["a"]], 0)).toThrow("k must be an integer ≥ 1, got 0");
    expect(() => precisionRecallCurve([1], [true], 0)).toThrow("positives must be an integer ≥ 1, got 0");
    expect(() => precisionRecallCurve([Number.NaN], [true])).toThrow("scores[0] must be a finite number, got NaN");
    expect(() => precisionRecallCurve([1], [1 as never])).toThrow("labels[0] must be true or false, got 1");
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
      "signatures of 2 and 3 numbers cannot be compared\n  hint: make both with the same minHasher",
    );
    expect(() => signatureSimilarity("a" as never, new Uint32Array(3))).toThrow(
      'one must be a signature of minHasher (a Uint32Array), got "a"',
    );
    expect(() => minHasher({ shingle: 0 })).toThrow("shingle must be an integer ≥ 1, got 0");
    expect(() => minHasher({ permutations: Number.NaN })).toThrow("permutations must be an integer ≥ 1 and ≤ 65536, got NaN");
    expect(() => minHasher()(null as never)).toThrow("text must be a string, got null");
  });
});
