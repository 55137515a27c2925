/** Training: the merges of Hugging Face tokenizers 0.23.3 on the same texts; stoppable; no blow-up on long words. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { loadEnglish, loadPoems } from "../../kernel-helpers/data/index.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";

interface SmallCorpus {
  texts: string[];
  minFrequency: number;
  merges: string[];
}

const fixture = (name: string): unknown => JSON.parse(readFileSync(`test/tokenizer/fixtures/${name}`, "utf8"));
const lines = (tokenizer: BpeTokenizer): string[] => tokenizer.merges.map((merge) => merge.join(" "));

describe("merges are those of Hugging Face", () => {
  let texts: string[];
  beforeAll(async () => {
    const poems = await loadPoems({ collection: "three-hundred" });
    const chapters = (await loadEnglish()).slice(0, 10);
    texts = [...poems, ...chapters].map(({ text }) => text);
  });

  test("on the three hundred Tang poems and ten chapters of Moby-Dick", async () => {
    const tokenizer = await BpeTokenizer.train(texts, { vocabSize: 1500 });
    expect(lines(tokenizer)).toEqual(fixture("merges-poems-and-chapters.json"));
    expect(tokenizer.vocabSize).toBe(1500);
  });

  test("on the whole novel and two thousand poems, at 8192", async () => {
    const [poems, chapters] = await Promise.all([loadPoems({ limit: 2000 }), loadEnglish()]);
    const tokenizer = await BpeTokenizer.train(
      [...poems, ...chapters].map(({ text }) => text),
      { vocabSize: 8192, onProgress: () => undefined },
    );
    expect(createHash("sha256").update(lines(tokenizer).join("\n")).digest("hex")).toBe(fixture("digest-8192.json"));
  });

  test("the same for texts that come one by one", async () => {
    function* oneByOne(): Generator<string> {
      yield* texts;
    }
    expect(lines(await BpeTokenizer.train(oneByOne(), { vocabSize: 400 }))).toEqual(
      (fixture("merges-poems-and-chapters.json") as string[]).slice(0, 400 - 256),
    );
  });

  const corpora = fixture("merges-small.json") as SmallCorpus[];
  test.each(corpora.map((corpus, index) => [index, corpus] as const))(
    "on few letters with many ties, corpus %i",
    async (_, { texts: corpus, minFrequency, merges }) => {
      expect(lines(await BpeTokenizer.train(corpus, { vocabSize: 256 + 60, minFrequency }))).toEqual(merges);
    },
  );
});

describe("training", () => {
  test("reproduces the worked example of Wikipedia's article on BPE", async () => {
    const tokenizer = await BpeTokenizer.train("aaabdaaabac", { vocabSize: 259 });
    expect(tokenizer.merges).toEqual([
      ["a", "a"],
      ["a", "b"],
      ["aa", "ab"],
    ]);
    expect(tokenizer.tokens("aaabdaaabac")).toEqual(["aaab", "d", "aaab", "a", "c"]);
  });

  test("ends early when no pair is frequent enough", async () => {
    expect((await BpeTokenizer.train(["abab cd"], { vocabSize: 1000 })).vocabSize).toBe(257);
    expect((await BpeTokenizer.train([], { vocabSize: 1000 })).vocabSize).toBe(256);
  });

  test("for a large vocabulary gives every smaller one, too", async () => {
    const text = (await loadEnglish()).slice(0, 3).map((chapter) => chapter.text);
    const large = await BpeTokenizer.train(text, { vocabSize: 900, specialTokens: ["<|end|>"] });
    const small = await BpeTokenizer.train(text, { vocabSize: 500, specialTokens: ["<|end|>"] });
    expect(large.truncate(500).merges).toEqual(small.merges);
    expect(large.truncate(500).vocabSize).toBe(500);
    expect(large.truncate(500).encode(text[0]!)).toEqual(small.encode(text[0]!));
    expect(large.truncate(257).encode("hé").length).toBe(3);
    expect(() => large.truncate(901)).toThrow("vocabSize must be an integer ≥ 257 and ≤ 900, got 901");
  });

  test("gives special tokens the first ids and merges nothing into them", async () => {
    const tokenizer = await BpeTokenizer.train(["abab abab"], { vocabSize: 259, specialTokens: ["<|end|>", "<|pad|>"] });
    expect([...tokenizer.specialTokens.values()]).toEqual([0, 1]);
    expect([...tokenizer.encode("ab<|end|>", { allowSpecial: true })]).toEqual([258, 0]);
  });

  test("merges within the pieces of a pattern of one's own", async () => {
    const letterByLetter = await BpeTokenizer.train(["the the the 12 12"], { vocabSize: 300, pattern: /\p{L}|\p{N}+/u });
    expect(letterByLetter.merges).toEqual([["1", "2"]]);
  });

  test("does not blow up on a word of a million letters", async () => {
    const started = performance.now();
    const tokenizer = await BpeTokenizer.train(["ab".repeat(500_000)], { vocabSize: 270 });
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(tokenizer.merges[13]!.join("")).toBe("ab".repeat(2 ** 13));
  });

  test("stops when it is told to, and shows how far it is", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const texts = Array.from({ length: 40_000 }, (_, index) => `${(index * 7919) % 100_003} and ${(index * 104_729) % 999_983}`);
    const training = BpeTokenizer.train(texts, {
      vocabSize: 20_000,
      signal: controller.signal,
      onProgress: ({ merges, total }) => {
        expect(total).toBe(20_000 - 256);
        seen.push(merges);
        if (merges === 5) controller.abort(new Error("enough"));
      },
    });
    await expect(training).rejects.toThrow("enough");
    expect(seen.at(-1)).toBeLessThan(20_000 - 256);
  });

  test("the last that is said of the progress is that all merges are learnt", async () => {
    const seen: { merges: number; total: number }[] = [];
    await BpeTokenizer.train([(await loadPoems({ limit: 100 })).map(({ text }) => text).join("\n")], {
      vocabSize: 300,
      specialTokens: ["<|end|>"],
      onProgress: (state) => seen.push(state),
    });
    expect(seen.map(({ merges }) => merges)).toEqual(Array.from({ length: 44 }, (_, merges) => merges));
    expect(seen.at(-1)).toEqual({ merges: 43, total: 43 });
  });

  test.each([
    [
      { vocabSize: 255 },
      "vocabSize must be an integer ≥ 256 and ≤ 2097152, got 255\n  hint: pass an integer from 256, the 256 bytes and the special tokens, to 2097152",
    ],
    [{ vocabSize: 256, specialTokens: ["<s>"] }, "vocabSize must be an integer ≥ 257 and ≤ 2097152, got 256"],
    [{ vocabSize: "300" }, 'vocabSize must be an integer ≥ 256 and ≤ 2097152, got "300"'],
    [undefined, "vocabSize must be an integer ≥ 256 and ≤ 2097152, got undefined"],
    [{ vocab_size: 300 }, 'options has no option "vocab_size"\n  hint: did you mean "vocabSize"?'],
    [{ vocabSize: 300, minFrequency: 0 }, "minFrequency must be an integer ≥ 1, got 0"],
    [{ vocabSize: 300, minFrequency: NaN }, "minFrequency must be an integer ≥ 1, got NaN"],
    [{ vocabSize: 300, pattern: "a" }, 'pattern must be a regular expression, got "a"'],
    [{ vocabSize: 300, pattern: /a/g }, "the pattern /a/g has other flags than u\n  hint: write it as /…/u: tokenizer.json has no flags"],
    [{ vocabSize: 300, specialTokens: ["<s>", "<s>"] }, 'specialTokens has "<s>" twice\n  hint: list each once'],
    [{ vocabSize: 300, specialTokens: "<s>" }, 'specialTokens must be an array, got "<s>"'],
    [
      { vocabSize: 300, specialTokens: [""] },
      'specialTokens[0] must be two characters or more, got ""\n  hint: write it like "<|endoftext|>"',
    ],
    [{ vocabSize: 300, specialTokens: ["a\ud800"] }, "specialTokens[0] must be Unicode text"],
    [{ vocabSize: 300, specialTokens: [null] }, "specialTokens[0] must be a string, got null"],
    [{ vocabSize: 300, onProgress: 1 }, "onProgress must be a function, got 1"],
  ])("refuses %j", async (options, message) => {
    await expect(BpeTokenizer.train(["a"], options as never)).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(BpeTokenizer.train(["a"], options as never)).rejects.toThrow(message);
  });

  test.each<[unknown, string]>([
    [null, "texts must be an array of strings, or another iterable of them, got null"],
    [7, "texts must be an array of strings, or another iterable of them, got 7"],
    [["a", null], "texts[1] must be a string, got null"],
    [[Uint8Array.of(1)], "texts[0] must be a string, got a Uint8Array of 1"],
  ])("refuses the texts %j", async (texts, message) => {
    await expect(BpeTokenizer.train(texts as never, { vocabSize: 300 })).rejects.toThrow(message);
  });
});

test("a signal that is aborted already lets no training begin, however short", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(BpeTokenizer.train(["a a"], { vocabSize: 257, signal })).rejects.toThrow("enough");
});
