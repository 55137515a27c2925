/** Unigram: of all ways to cut a text the most probable one, what surrounds it, and the tables beneath. Ids beside Hugging Face's are in test/parity. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { FormatError } from "../../kernel-helpers/errors.ts";
import { UnigramTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { Charsmap, withSequences } from "../../kernel-helpers/tokenizer/sentencepiece/charsmap.ts";
import { DoubleArray } from "../../kernel-helpers/tokenizer/sentencepiece/double-array.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-unigram-"));
afterAll(() => rmSync(folder, { recursive: true }));

const pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "c", "ab", "bc", "abc", "▁a", "▁ab", "好", "▁好", "的", "好的", "e", "é"];
const scores = [0, 0, 0, 0, -3, -3.1, -3.3, -3.4, -4, -4.1, -5.5, -3.2, -4.4, -5, -5.2, -4.9, -6, -4.8, -7];
const special = ["<s>", "<pad>", "</s>"];
const around = { prefix: ["<s>"], suffix: ["</s>"], separator: ["</s>", "</s>"] };
const tokenizer = UnigramTokenizer.of({ pieces, scores, unkId: 3, specialTokens: special, ...around });

/** The best score of all ways to cut a text into pieces, by trying all. */
function bestScore(text: string): number {
  if (text === "") return 0;
  let best = -Infinity;
  for (let length = 1; length <= text.length; length++) {
    const id = pieces.indexOf(text.slice(0, length));
    const score = id > 3 ? scores[id]! : length === 1 && id < 0 ? Math.min(...scores) - 10 : -Infinity;
    if (score > -Infinity) best = Math.max(best, score + bestScore(text.slice(length)));
  }
  return best;
}

test("the pieces of a word are the most probable ones of all ways to cut it", () => {
  const words = fc.sample(fc.string({ unit: fc.constantFrom("a", "b", "c", "好", "的", "e", "é"), minLength: 1, maxLength: 9 }), {
    numRuns: 300,
    seed: 1,
  });
  for (const word of words) {
    const found = tokenizer.tokens(word).reduce((sum, piece) => sum + scores[pieces.indexOf(piece)]!, 0);
    expect([word, found]).toEqual([word, expect.closeTo(bestScore(`▁${word}`), 9)]);
    expect(tokenizer.tokens(word).join("")).toBe(`▁${word}`);
  }
});

test("unknown characters side by side are one unknown token", () => {
  expect(tokenizer.tokens("axyza")).toEqual(["▁a", "<unk>", "a"]);
  expect(tokenizer.unkId).toBe(3);
});

test("a text begins with the space that words have, and decoding takes it away", () => {
  expect(tokenizer.tokens("ab  好的 b")).toEqual(["▁ab", "▁", "好的", "▁", "b"]);
  expect(tokenizer.decode(tokenizer.encode("ab  好的 b"))).toBe("ab 好的 b");
  expect(tokenizer.encode("")).toHaveLength(0);
});

test("the bytes of the tokens one after the other are the text with its leading space", () => {
  const bytes = Array.from(tokenizer.encode("ab 好的"), (id) => tokenizer.bytesOf(id));
  expect(Buffer.concat(bytes).toString()).toBe(" ab 好的");
});

test("special tokens stand around one text and between two", () => {
  const [one, two] = [tokenizer.encode("ab"), tokenizer.encode("好的")];
  expect(tokenizer.prefixIds).toEqual([0]);
  expect(tokenizer.suffixIds).toEqual([2]);
  expect([...tokenizer.withSpecialTokens(one).ids]).toEqual([0, ...one, 2]);
  expect([...tokenizer.withSpecialTokens(one, two).ids]).toEqual([0, ...one, 2, 2, ...two, 2]);
});

test("a special token comes of text only where it is allowed", () => {
  expect(tokenizer.tokens("a<s>b")).not.toContain("<s>");
  expect([...tokenizer.encode("a<s>b", { allowSpecial: true })]).toEqual([11, 0, 4, 6]);
});

test("bytes spell what no piece has, and come back as the character", () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
  const withBytes = UnigramTokenizer.of({
    pieces: [...pieces, ...bytes],
    scores: [...scores, ...bytes.map(() => 0)],
    unkId: 3,
    byteFallback: true,
  });
  expect(withBytes.tokens("a人")).toEqual(["▁a", "<0xE4>", "<0xBA>", "<0xBA>"]);
  expect(withBytes.decode(withBytes.encode("a人😀b"))).toBe("a人😀b");
  expect(withBytes.tokens("<0xE4>")).not.toContain("<0xE4>");
});

test("what is saved is loaded with the same ids", async () => {
  const file = path.join(folder, "tokenizer.json");
  const characters = new Map([["Ａ", "a"]]);
  const saved = UnigramTokenizer.of({ pieces, scores, unkId: 3, specialTokens: special, characters, ...around });
  await saved.save(file);
  const loaded = await UnigramTokenizer.load(file);
  expect(loaded.tokens("Ａb e\u0301")).toEqual(["▁ab", "▁", "é"]);
  expect(loaded.withSpecialTokens(loaded.encode("ab"))).toEqual(saved.withSpecialTokens(saved.encode("ab")));
  expect([loaded.vocabSize, loaded.tokenCount, loaded.scoreOf(8)]).toEqual([19, 19, -4]);
});

describe("a file is refused that", () => {
  test.each([
    ["has another model", { model: { type: "WordPiece" } }, /WordPiece/],
    ["has no unknown token", { model: { type: "Unigram", vocab: [["a", -1]], unk_id: null } }, /unknown token/],
    ["has a piece without a score", { model: { type: "Unigram", vocab: [["a"]], unk_id: 0 } }, /piece 0/],
    [
      "has an unknown normalizer",
      { normalizer: { type: "Odd" }, model: { type: "Unigram", vocab: [["a", -1]], unk_id: 0 } },
      /normalizer Odd/,
    ],
    [
      "has a damaged charsmap",
      { normalizer: { type: "Precompiled", precompiled_charsmap: "AAAA" }, model: { type: "Unigram", vocab: [["a", -1]], unk_id: 0 } },
      /charsmap is damaged/,
    ],
  ])("%s", async (_, content, message) => {
    const file = path.join(folder, "other.json");
    writeFileSync(file, JSON.stringify(content));
    const refusal: unknown = await UnigramTokenizer.load(file).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(FormatError);
    expect((refusal as FormatError).message).toMatch(message);
  });
});

test("a double array finds each key with its value, and no other", () => {
  const bytes = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.uniqueArray(bytes, { maxLength: 400 }), (unsorted) => {
      const keys = unsorted.toSorted((one, other) => (one < other ? -1 : 1));
      const known = new Map(keys.map((key, value) => [key, value]));
      const made = DoubleArray.of(keys, Int32Array.from(keys.keys()));
      for (const array of [made, DoubleArray.fromUnits(made.toUnits())]) {
        for (const text of [...keys, ...keys.map((key) => `${key}a`), ...keys.map((key) => key.slice(1))]) {
          const beginnings = Array.from({ length: text.length }, (_, at) => known.get(text.slice(0, at + 1)));
          expect(array.shortest(Buffer.from(text, "latin1"))).toBe(beginnings.find((value) => value !== undefined) ?? -1);
        }
      }
    }),
    { numRuns: 50, seed: 1 },
  );
});

test("a character map replaces characters and clusters, also when it is written and read", () => {
  const characters = ["ﬁ", "Ａ", "½", "\u0007", "㈱"].map((one): [string, string] => [one, one.normalize("NFKC")]);
  const map = Charsmap.of(withSequences(new Map([...characters, ["\t", " "], ["\u0007", ""]])));
  for (const one of [map, Charsmap.parse(map.toBlob(), "map")]) {
    expect(one.apply("ﬁn\tＡ½ 株㈱ cafe\u0301\u0007!")).toBe("fin A1⁄2 株(株) café!");
  }
});
