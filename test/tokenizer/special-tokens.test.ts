/** Special tokens that text spells, ids with gaps, and files whose parts contradict one another. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-special-tokens-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => path.join(folder, name);

type Json = Record<string, unknown>;
const fixture = JSON.parse(readFileSync("test/tokenizer/fixtures/tokenizer.json", "utf8")) as Json & { model: Json & { vocab: Json } };
const bytes = Object.fromEntries(
  Object.keys(fixture.model.vocab)
    .filter((token) => token.length === 1)
    .map((token, id) => [token, id]),
);
const added = (content: string, id: number): Json => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

/** Opens a tokenizer.json of the 256 bytes (ids 0 to 255), further tokens, merges and special tokens. */
async function opened(tokens: Json, merges: unknown[], special: Json[] = []): Promise<BpeTokenizer> {
  const content = { ...fixture, added_tokens: special, model: { ...fixture.model, vocab: { ...bytes, ...tokens }, merges } };
  writeFileSync(inFolder("t.json"), JSON.stringify(content));
  return BpeTokenizer.load(inFolder("t.json"));
}

describe("a special token that equals a word", () => {
  const corpus = ["the then the them other the".repeat(4)];
  const train = (): Promise<BpeTokenizer> => BpeTokenizer.train(corpus, { vocabSize: 300, specialTokens: ["the", "<|end|>"] });

  test("has an id that text never gets unless it is asked for", async () => {
    const tokenizer = await train();
    expect(tokenizer.specialTokens.get("the")).toBe(0);
    for (const text of [...corpus, "the", "then", " the", "other"]) {
      expect([...tokenizer.encode(text)]).not.toContain(0);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      const ids = tokenizer.encode(text, { allowSpecial: true });
      expect([...ids].filter((id) => id === 0)).toHaveLength(text.split("the").length - 1);
      expect(tokenizer.decode(ids)).toBe(text);
    }
    expect(tokenizer.merges.map((merge) => merge.join(""))).not.toContain("the");
  });

  test.each(["tokenizer.json", "GPT-2's files"])("is the same after %s", async (kind) => {
    const tokenizer = await train();
    const paths = { vocab: inFolder("v.json"), merges: inFolder("m.txt") };
    await (kind === "tokenizer.json" ? tokenizer.save(inFolder("s.json")) : tokenizer.saveGpt2Files(paths));
    const back = await (kind === "tokenizer.json" ? BpeTokenizer.load(inFolder("s.json")) : BpeTokenizer.loadGpt2Files(paths));
    expect(back.merges).toEqual(tokenizer.merges);
    expect([...back.specialTokens]).toEqual([...tokenizer.specialTokens]);
    expect(back.vocabSize).toBe(tokenizer.vocabSize);
    for (const allowSpecial of [true, false])
      expect(back.encode(corpus[0]!, { allowSpecial })).toEqual(tokenizer.encode(corpus[0]!, { allowSpecial }));
  });

  test("is not what text turns into, either, where a file's merges make it, as Hugging Face's trainer does", async () => {
    const merges = [
      ["h", "e"],
      ["t", "he"],
      ["the", "s"],
    ];
    const tokenizer = await opened({ he: 256, the: 257, thes: 258 }, merges, [added("the", 257)]);
    expect(tokenizer.tokens("thes")).toEqual(["t", "he", "s"]);
    expect([...tokenizer.encode("thes", { allowSpecial: true })]).toEqual([257, bytes["s"]]);
  });
});

describe("ids with gaps", () => {
  test("make vocabSize the highest id + 1, so that a model has a row for each", async () => {
    const tokenizer = await opened({ ab: 300 }, [["a", "b"]], [added("<s>", 400)]);
    expect(tokenizer.vocabSize).toBe(401);
    expect(tokenizer.tokenCount).toBe(258); // Hugging Face's get_vocab_size()
    expect([...tokenizer.encode("ab<s>", { allowSpecial: true })]).toEqual([300, 400]);
    expect(() => tokenizer.decode([350])).toThrow("no token has the id 350\n  hint: the ids of this vocabulary are 0 to 400, with gaps");
    expect(() => tokenizer.decode([401])).toThrow("ids[0] must be ≥ 0 and < 401, got 401");
  });

  test("are kept by a file, and closed by truncate", async () => {
    const tokenizer = await opened(
      { ab: 300, abc: 350 },
      [
        ["a", "b"],
        ["ab", "c"],
      ],
      [added("<s>", 400)],
    );
    await tokenizer.save(inFolder("gaps.json"));
    expect([...(await BpeTokenizer.load(inFolder("gaps.json"))).encode("abc<s>", { allowSpecial: true })]).toEqual([350, 400]);
    const smaller = tokenizer.truncate(258);
    expect([smaller.vocabSize, smaller.tokenCount]).toEqual([258, 258]);
    expect([...smaller.encode("abc<s>", { allowSpecial: true })]).toEqual([256, bytes["c"], 257]);
  });

  test("are not made by truncating GPT-2", async () => {
    const gpt2 = (await BpeTokenizer.fromPretrained("gpt2")).truncate(1000);
    expect([gpt2.vocabSize, gpt2.tokenCount]).toEqual([1000, 1000]);
    expect([...gpt2.encode("a<|endoftext|>", { allowSpecial: true })]).toEqual([64, 999]);
    expect(Math.max(...gpt2.encode("The quick brown fox; 1,000 words. 好"))).toBeLessThan(999);
  });
});

describe("a file that contradicts itself", () => {
  test.each<[string, Json, unknown[], Json[], string]>([
    ["an id of two tokens", { ab: 256, cd: 256 }, [], [], 'the id 256 belongs to two tokens, one of them "cd"'],
    ["an id of two special tokens", {}, [], [added("<s>", 256), added("<t>", 256)], 'the id 256 belongs to two tokens, one of them "<t>"'],
    ["a special token with two ids", { "<s>": 256 }, [], [added("<s>", 300)], 'the special token "<s>" has the ids 300 and 256'],
    ["an added token with two ids", {}, [], [added("<s>", 256), added("<s>", 257)], 'the added token "<s>" has the ids 256 and 257'],
    ["a negative id", { ab: -1 }, [], [], 'the token "ab" has the id -1, not an integer from 0 to 16777215'],
    ["half an id", { ab: 256.5 }, [], [], 'the token "ab" has the id 256.5'],
    ["text as an id", { ab: "256" }, [], [], 'the token "ab" has the id "256"'],
    ["an id beyond all memory", { ab: 2 ** 31 - 1 }, [], [], 'the token "ab" has the id 2147483647'],
    ["a token outside the alphabet", { "a b": 256 }, [], [], 'the token "a b" is not written in the alphabet of byte-level BPE'],
    ["an empty added token", {}, [], [added("", 256)], "added_tokens[0] is"],
    ["a merge of unknown tokens", {}, [["a", "b"]], [], 'merge 1 of 1 needs the token "ab", which the vocabulary lacks'],
  ])("%s is a FormatError that names it", async (_, tokens, merges, special, message) => {
    await expect(opened(tokens, merges, special)).rejects.toThrow(message);
    await expect(opened(tokens, merges, special)).rejects.toMatchObject({ code: "ERR_FORMAT", facts: { file: "t.json" } });
  });

  test("a missing byte is named", async () => {
    const content = { ...fixture, added_tokens: [], model: { ...fixture.model, vocab: { a: 0 }, merges: [] } };
    writeFileSync(inFolder("t.json"), JSON.stringify(content));
    await expect(BpeTokenizer.load(inFolder("t.json"))).rejects.toThrow('t.json: byte 9 needs the token "ĉ", which the vocabulary lacks');
  });

  test("JSON that is cut short is named with its line and column", async () => {
    writeFileSync(inFolder("t.json"), '{\n  "model": {');
    await expect(BpeTokenizer.load(inFolder("t.json"))).rejects.toThrow("t.json:2:13: not valid JSON: it ends too soon");
    await expect(BpeTokenizer.load(inFolder("t.json"))).rejects.toMatchObject({ facts: { file: "t.json", line: 2 } });
  });
});

test("a merge that a file lists twice has its last rank, as in Hugging Face tokenizers", async () => {
  const tokenizer = await opened({ ab: 256, bc: 257 }, [
    ["a", "b"],
    ["b", "c"],
    ["a", "b"],
  ]);
  expect(tokenizer.tokens("abc")).toEqual(["a", "bc"]); // tokenizers 0.23.3 gives the same
});

test("merges.txt may hold the same merge twice, blank lines, CR LF and a version line", async () => {
  const paths = { vocab: inFolder("v.json"), merges: inFolder("m.txt") };
  writeFileSync(paths.vocab, JSON.stringify({ ...bytes, ab: 256, bc: 257 }));
  writeFileSync(paths.merges, "#version: 0.2\r\na b\r\n\r\nb c\r\na b\r\n");
  expect((await BpeTokenizer.loadGpt2Files(paths)).tokens("abc")).toEqual(["a", "bc"]);
  await expect(BpeTokenizer.loadGpt2Files({ vocab: paths.vocab } as never)).rejects.toThrow("paths.merges must be a string, got undefined");
});
