/** The pairs of similar sentences: every score in every language equally often, each kind what it says, nothing twice. */
import { describe, expect, test } from "vitest";
import { loadSimilarity, type SimilarityKind, type SimilarityPair } from "../../kernel-helpers/data/index.ts";
import { words } from "../../kernel-helpers/retrieval/index.ts";

const pairs = await loadSimilarity();
const han = /\p{Script=Han}/u;

/** The scores that a kind may have. */
const kinds: Record<SimilarityKind, readonly number[]> = {
  reworded: [5],
  paraphrase: [4, 5],
  detail: [3, 4],
  subset: [3, 4],
  number: [2, 3, 4],
  roles: [2, 5],
  negation: [1, 2],
  overlap: [0, 1],
  topic: [1, 2],
  unrelated: [0],
};
const ofKind = (kind: SimilarityKind): SimilarityPair[] => pairs.filter((pair) => pair.kind === kind);

/** Words of four letters and more, pairs of Chinese characters: what is shorter is grammar. */
const content = (text: string): Set<string> =>
  new Set(words(text).filter((term) => (han.test(term) ? term.length === 2 : term.length >= 4)));
const shared = ({ sentence1, sentence2 }: SimilarityPair): string[] => {
  const others = content(sentence2);
  return [...content(sentence1)].filter((term) => others.has(term));
};

describe("similarity", () => {
  test("has at least 200 pairs with ids of their own, and no sentence twice", () => {
    expect(pairs.length).toBeGreaterThanOrEqual(200);
    expect(new Set(pairs.map(({ id }) => id)).size).toBe(pairs.length);
    const sentences = pairs.flatMap(({ sentence1, sentence2 }) => [sentence1, sentence2]);
    expect(sentences.filter((sentence, at) => sentences.indexOf(sentence) !== at)).toEqual([]);
    for (const sentence of sentences) expect(sentence).toBe(sentence.trim());
  });

  test("has each score from 0 to 5 equally often in each group of languages", () => {
    const counts = new Map<string, number>();
    for (const { languages, score } of pairs) counts.set(`${languages} ${score}`, (counts.get(`${languages} ${score}`) ?? 0) + 1);
    const expected = ["en", "zh", "across"].flatMap((languages) => [0, 1, 2, 3, 4, 5].map((score) => `${languages} ${score}`));
    expect(new Set(counts.keys())).toEqual(new Set(expected));
    expect(new Set(counts.values())).toEqual(new Set([pairs.length / expected.length]));
  });

  test("is in the languages that it says", () => {
    for (const { id, languages, sentence1, sentence2 } of pairs) {
      expect([han.test(sentence1), han.test(sentence2)], id).toEqual([languages !== "en", languages === "zh"]);
      if (languages !== "en") expect(sentence1, id).toMatch(/[。？]$/);
      if (languages !== "zh") expect(sentence2, id).toMatch(/[.?]$/);
    }
  });

  test("has every kind, with the scores that it can have", () => {
    expect(new Set(pairs.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
    for (const { id, kind, score } of pairs) expect(kinds[kind], id).toContain(score);
    for (const languages of ["en", "zh", "across"]) {
      for (const kind of ["paraphrase", "negation", "roles", "number", "overlap"] as const) {
        expect(ofKind(kind).filter((pair) => pair.languages === languages).length, `${languages} ${kind}`).toBeGreaterThanOrEqual(6);
      }
    }
  });

  test("a paraphrase shares no content words; an overlap does", () => {
    for (const pair of ofKind("paraphrase")) expect(shared(pair), pair.id).toEqual([]);
    const overlaps = ofKind("overlap").filter(({ languages }) => languages !== "across");
    for (const pair of overlaps) expect(shared(pair).length, pair.id).toBeGreaterThan(0);
  });

  test("roles are swapped with the same words", () => {
    for (const pair of ofKind("roles").filter(({ languages, score }) => languages !== "across" && score === 2)) {
      const [one, other] = [pair.sentence1, pair.sentence2].map((sentence) => Array.from(sentence.toLowerCase()).toSorted().join(""));
      expect(one, pair.id).toBe(other);
    }
  });

  test("both sentences of a pair of numbers have one, in digits or in words", () => {
    const number = /\d|[一二两三四五六七八九十百千半]|\b(two|three|four|five|six|seven|eight|ten|sixteen|fifty|hundred)\b/;
    for (const { id, sentence1, sentence2 } of ofKind("number")) {
      expect(sentence1, id).toMatch(number);
      expect(sentence2, id).toMatch(number);
    }
  });

  test("a denial has a word of denial in one of the two", () => {
    const denial = /不|没|别|\b(not|no|never|neither|without)\b|n't/i;
    for (const { id, sentence1, sentence2 } of ofKind("negation")) {
      expect([sentence1, sentence2].filter((sentence) => denial.test(sentence)).length, id).toBeGreaterThanOrEqual(1);
    }
  });
});
