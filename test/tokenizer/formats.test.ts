/** Files: tokenizer.json as Hugging Face writes and reads it, GPT-2's pair, and errors that name what is wrong. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { texts } from "./texts.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-tokenizer-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => path.join(folder, name);

interface PeerIds {
  texts: string[];
  ids: number[][];
  idsGpt4Pattern: number[][];
}
const peer = JSON.parse(readFileSync("test/tokenizer/fixtures/tokenizer-ids.json", "utf8")) as PeerIds;
const encodeAll = (tokenizer: BpeTokenizer, list: readonly string[]): number[][] =>
  list.map((text) => [...tokenizer.encode(text, { allowSpecial: true })]);

describe("tokenizer.json", () => {
  test("of Hugging Face gives the ids it gives there", async () => {
    const tokenizer = await BpeTokenizer.load("test/tokenizer/fixtures/tokenizer.json");
    expect(encodeAll(tokenizer, peer.texts)).toEqual(peer.ids);
    expect([...tokenizer.specialTokens.keys()]).toEqual(["<|endoftext|>", "<|user|>"]);
  });

  test("with GPT-4's pattern gives the ids it gives there", async () => {
    const tokenizer = await BpeTokenizer.load("test/tokenizer/fixtures/tokenizer-gpt4-pattern.json");
    expect(encodeAll(tokenizer, peer.texts)).toEqual(peer.idsGpt4Pattern);
  });

  test.each(["tokenizer.json", "tokenizer-gpt4-pattern.json"])("%s is saved with the same content", async (name) => {
    const original = path.join("test/tokenizer/fixtures", name);
    await (await BpeTokenizer.load(original)).save(inFolder(name));
    const [saved, given] = [inFolder(name), original].map((file) => JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>);
    expect(saved!["model"]).toEqual(given!["model"]);
    expect(saved!["pre_tokenizer"]).toMatchObject({ type: (given!["pre_tokenizer"] as { type: string }).type });
    expect(saved!["added_tokens"]).toEqual(given!["added_tokens"]);
  });

  test("holds what was trained with a pattern of one's own", async () => {
    const trained = await BpeTokenizer.train(["alpha beta alpha 123 123"], {
      vocabSize: 280,
      pattern: /\p{L}+|\p{N}| +/u,
      specialTokens: ["<|x|>"],
    });
    await trained.save(inFolder("own.json"));
    const loaded = await BpeTokenizer.load(inFolder("own.json"));
    expect(loaded.merges).toEqual(trained.merges);
    expect(encodeAll(loaded, texts)).toEqual(encodeAll(trained, texts));
  });
});

test("text loses bytes that a vocabulary has no token for, and what stood beside them merges, as in Hugging Face", async () => {
  const given = JSON.parse(readFileSync("test/tokenizer/fixtures/tokenizer.json", "utf8")) as { model: { vocab: Record<string, number> } };
  delete given.model.vocab["Ą"]; // byte 4
  writeFileSync(inFolder("lacks.json"), JSON.stringify(given));
  const tokenizer = await BpeTokenizer.load(inFolder("lacks.json"));
  for (const text of ["!!", "..".repeat(100)]) expect(tokenizer.encode(`${text[0]}\u0004${text.slice(1)}`)).toEqual(tokenizer.encode(text));
});

describe("GPT-2's files", () => {
  test("are written as they were read", async () => {
    const { files } = await fetchModel("gpt2");
    const gpt2 = await BpeTokenizer.fromPretrained("gpt2");
    const paths = { vocab: inFolder("vocab.json"), merges: inFolder("merges.txt") };
    await gpt2.saveGpt2Files(paths);
    expect(JSON.parse(readFileSync(paths.vocab, "utf8"))).toEqual(JSON.parse(readFileSync(files["encoder.json"]!, "utf8")));
    expect(readFileSync(paths.merges, "utf8")).toBe(readFileSync(files["vocab.bpe"]!, "utf8"));
    expect(encodeAll(await BpeTokenizer.loadGpt2Files(paths), texts)).toEqual(encodeAll(gpt2, texts));
  });

  test("cannot hold another pattern", async () => {
    const tokenizer = await BpeTokenizer.train(["aa"], { vocabSize: 257, pattern: /a+/u });
    await expect(tokenizer.saveGpt2Files({ vocab: "v", merges: "m" })).rejects.toThrow(
      "GPT-2's files cannot hold another pattern than GPT-2's\n  hint: save it with save('tokenizer.json')",
    );
  });
});

type Json = Record<string, unknown>;
const whole = JSON.parse(readFileSync("test/tokenizer/fixtures/tokenizer.json", "utf8")) as Json & {
  model: Json & { vocab: Json; merges: unknown[] };
};
const withModel = (change: Json): Json => ({ ...whole, model: { ...whole.model, ...change } });
const restore = "\n  hint: get the file again";
const others = "\n  hint: byte-level BPE, SentencePiece's Unigram and its BPE are supported; use @huggingface/transformers for others";

describe("a file that is not a byte-level BPE", () => {
  test.each<[string, unknown, string]>([
    ["an array", [], `t.json is not a valid tokenizer.json: it has no "model"${restore}`],
    [
      "WordPiece",
      withModel({ type: "WordPiece" }),
      `t.json holds a tokenizer that this library does not support: a model of type "WordPiece"${others}`,
    ],
    [
      "byte fallback",
      withModel({ byte_fallback: true }),
      `t.json holds a tokenizer that this library does not support: byte_fallback: true${others}`,
    ],
    [
      "a normalizer",
      { ...whole, normalizer: { type: "Sequence", normalizers: [{ type: "NFC" }, { type: "Lowercase" }] } },
      `t.json holds a tokenizer that this library does not support: a normalizer (NFC, Lowercase)${others}`,
    ],
    [
      "no pre-tokenizer",
      { ...whole, pre_tokenizer: null },
      `t.json holds a tokenizer that this library does not support: the pre-tokenizer null without ByteLevel${others}`,
    ],
    ["no vocabulary", withModel({ vocab: undefined }), `t.json is not a valid tokenizer.json: its model has no "vocab"${restore}`],
    [
      "a merge of three",
      withModel({ merges: [["a", "b", "c"]] }),
      `t.json is not a valid tokenizer.json: merge 1 is ["a","b","c"], not two tokens${restore}`,
    ],
    [
      "a merge into nowhere",
      withModel({ merges: [["!", "Ā"]] }),
      't.json: merge 1 of 1 needs the token "!Ā", which the vocabulary lacks\n  hint: get the file again, or train a tokenizer again',
    ],
    [
      "an id twice",
      withModel({ vocab: { ...whole.model.vocab, "!": 3 } }),
      /^t\.json: the id 3 belongs to two tokens, one of them /,
    ] as never,
    [
      "a missing byte",
      withModel({ vocab: Object.fromEntries(Object.entries(whole.model.vocab).filter(([token]) => token !== "a")), merges: [] }),
      't.json: byte 97 needs the token "a", which the vocabulary lacks\n  hint: get the file again, or train a tokenizer again',
    ],
    [
      "a token in plain text",
      withModel({ vocab: { ...whole.model.vocab, 中: 9999 } }),
      't.json: the token "中" is not written in the alphabet of byte-level BPE\n  hint: get the file again, or train a tokenizer again',
    ],
  ])("is refused: %s", async (_, content, message) => {
    writeFileSync(inFolder("t.json"), JSON.stringify(content));
    await expect(BpeTokenizer.load(inFolder("t.json"))).rejects.toThrow(message);
  });

  test("is refused: half a file, and none", async () => {
    writeFileSync(inFolder("t.json"), JSON.stringify(whole).slice(0, 500));
    await expect(BpeTokenizer.load(inFolder("t.json"))).rejects.toThrow(/^t\.json:1:\d+: not valid JSON: /);
    await expect(BpeTokenizer.load(inFolder("none.json"))).rejects.toThrow(/none\.json does not exist\n {2}hint: check the path/);
  });

  test.each([
    ["[]", "", "v.json is not an object of tokens and ids\n  hint: pass GPT-2's encoder.json or vocab.json"],
    [
      "{}",
      "#version: 0.2\na b c\n",
      'm.txt:2: a merge is two tokens with a space between them, not "a b c"\n  hint: pass GPT-2\'s vocab.bpe or merges.txt',
    ],
  ])("is refused as GPT-2's: %s and %j", async (vocab, merges, message) => {
    const paths = { vocab: inFolder("v.json"), merges: inFolder("m.txt") };
    writeFileSync(paths.vocab, vocab);
    writeFileSync(paths.merges, merges);
    await expect(BpeTokenizer.loadGpt2Files(paths)).rejects.toThrow(message);
  });
});
