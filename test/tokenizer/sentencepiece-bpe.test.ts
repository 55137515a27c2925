/** SentencePiece's BPE: merging by score, what is spelled by bytes, spaces, and kinds of tokenizers that are refused. Ids beside the peers' are in test/parity. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { FormatError } from "../../kernel-helpers/errors.ts";
import { BpeTokenizer, loadTokenizer, SentencePieceBpeTokenizer, tokenizerFromGguf } from "../../kernel-helpers/tokenizer/index.ts";
import { ggufKind } from "../../kernel-helpers/tokenizer/gguf-fields.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-sentencepiece-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
const text = ["▁", "a", "b", "aa", "ab", "ba", "aab", "▁a", "▁aa", "bab", "好", "▁▁", "a▁b"];
const pieces = ["<unk>", "<s>", "</s>", "<tool>", ...bytes, ...text];
const kinds = ["unknown", "control", "control", "userDefined", ...bytes.map(() => "byte"), ...text.map(() => "normal")] as const;
const scoreOf = (piece: string): number => -[...text.slice(3), ...text.slice(0, 3)].indexOf(piece);
const fields = (changed: Record<string, unknown> = {}): Record<string, { value: unknown }> => {
  const all = {
    model: "llama",
    tokens: pieces,
    scores: pieces.map((piece) => (text.includes(piece) ? scoreOf(piece) : 0)),
    token_type: kinds.map((kind) => ggufKind[kind as keyof typeof ggufKind]),
    bos_token_id: 1,
    eos_token_id: 2,
    add_space_prefix: false,
    ...changed,
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [`tokenizer.ggml.${name}`, { value }]));
};
const open = (changed?: Record<string, unknown>): SentencePieceBpeTokenizer =>
  tokenizerFromGguf({ file: "model.gguf", metadata: fields(changed) }) as SentencePieceBpeTokenizer;

/** SentencePiece's rule as it is stated: of all neighbours that spell a piece together the one of highest score merges, the leftmost of equal ones. */
function merged(given: string): string[] {
  const symbols = Array.from(given.replaceAll(" ", "▁"));
  for (;;) {
    const places = symbols.slice(1).map((symbol, at) => ({ at, piece: symbols[at]! + symbol }));
    const [best] = places.filter(({ piece }) => text.includes(piece)).toSorted((one, other) => scoreOf(other.piece) - scoreOf(one.piece));
    if (!best) return symbols;
    symbols.splice(best.at, 2, best.piece);
  }
}

test("neighbours merge by the score of what they make, the leftmost first", () => {
  const tokenizer = open();
  const texts = fc.sample(fc.string({ unit: fc.constantFrom("a", "b", " ", "好"), maxLength: 14 }), { numRuns: 500, seed: 1 });
  for (const given of [...texts, "aaa", "abab", "a b", "  a  ab", "aab".repeat(60)]) {
    expect([given, tokenizer.tokens(given)]).toEqual([given, merged(given)]);
    expect(tokenizer.decode(tokenizer.encode(given))).toBe(given);
  }
});

test("characters without a piece are spelled by bytes, which decoding joins", () => {
  const tokenizer = open();
  expect(tokenizer.tokens("a人")).toEqual(["a", "<0xE4>", "<0xBA>", "<0xBA>"]);
  expect(tokenizer.decode(tokenizer.encode("a人😀\0b"))).toBe("a人😀\0b");
  expect(tokenizer.decode(tokenizer.encode("人").subarray(0, 2))).toBe("\uFFFD");
  expect([...tokenizer.bytesOf(tokenizer.encode("人")[0]!)]).toEqual([0xe4]);
});

test("a prefix of one space is put before a text and taken away again", () => {
  const tokenizer = open({ add_space_prefix: true });
  expect(tokenizer.tokens("aa")).toEqual(["▁aa"]);
  expect(tokenizer.decode(tokenizer.encode(" aa b"))).toBe(" aa b");
  expect(tokenizer.prefixIds).toEqual([1]);
});

test("tokens that users defined are found in all texts, control tokens only where they are allowed", () => {
  const tokenizer = open();
  expect(tokenizer.tokens("a<tool>b")).toEqual(["a", "<tool>", "b"]);
  expect(tokenizer.tokens("</s>")).not.toContain("</s>");
  expect([...tokenizer.encode("</s>", { allowSpecial: true })]).toEqual([2]);
  expect([...tokenizer.specialTokens.keys()]).toEqual(["<unk>", "<s>", "</s>"]);
});

test("what is saved opens again by whichever name, with the same ids", async () => {
  const file = path.join(folder, "tokenizer.json");
  await open().save(file);
  const loaded = await loadTokenizer(file);
  expect(loaded).toBeInstanceOf(SentencePieceBpeTokenizer);
  for (const given of ["ab a aab", "a b人", "<tool>"]) expect(loaded.encode(given)).toEqual(open().encode(given));
  const byteLevel = await BpeTokenizer.train(["abab"], { vocabSize: 258 });
  await byteLevel.save(file);
  expect((await loadTokenizer(file)).encode("abab")).toEqual(byteLevel.encode("abab"));
});

describe("a GGUF file is refused", () => {
  test.each([
    ["of a kind that is not known, by its name", { model: "plamo2" }, 'model.gguf has a tokenizer of kind "plamo2"'],
    ["without a tokenizer", { model: undefined }, "model.gguf has no tokenizer"],
    ["without scores", { scores: undefined }, "model.gguf has a tokenizer without scores"],
    ["with fewer scores than tokens", { scores: [1] }, `model.gguf has ${pieces.length} tokens with 1 scores`],
  ])("%s", (_, changed, message) => {
    expect(() => open(changed)).toThrow(FormatError);
    expect(() => open(changed)).toThrow(message);
  });
});

test("of the kind t5 is a Unigram tokenizer, which ends texts with </s>", () => {
  const tokenizer = tokenizerFromGguf({ file: "t5.gguf", metadata: fields({ model: "t5", add_space_prefix: true }) });
  expect(tokenizer.tokens("  aa   b ")).toEqual(["▁aa", "▁", "b"]);
  expect(tokenizer.prefixIds).toEqual([]);
  expect((tokenizer as SentencePieceBpeTokenizer).suffixIds).toEqual([2]);
});
