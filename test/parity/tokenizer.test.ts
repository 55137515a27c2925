/** The tokenizer beside the living peers: Hugging Face tokenizers trains the same merges and opens our files, tiktoken gives GPT-2's ids. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadCatalogue, loadEnglish, loadPoems, loadTickets } from "../../kernel-helpers/data/index.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { regexPattern } from "../../kernel-helpers/tokenizer/pattern.ts";
import { toJavaScript } from "../../kernel-helpers/tokenizer/regex-dialect.ts";
import { anyText, texts, wellFormed } from "../tokenizer/texts.ts";
import { askPeer } from "./ask-peer.ts";

interface Corpus {
  texts: string[];
  vocabSize: number;
  minFrequency: number;
}

interface Trained {
  merges: string[][];
  vocab: Record<string, number>;
}

const folder = mkdtempSync(path.join(tmpdir(), "cairn-parity-tokenizer-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Characters that this Node's Unicode knows: the peers know some newer letters, which are cut otherwise. */
const isAssigned = (text: string): boolean => /^\P{Cn}*$/u.test(text);

let corpus: string[];
let everything: string[];
beforeAll(async () => {
  const [poems, english, tickets, { products }] = await Promise.all([
    loadPoems({ limit: 3000 }),
    loadEnglish(),
    loadTickets(),
    loadCatalogue(),
  ]);
  corpus = [
    ...poems.map((poem) => poem.text),
    ...english.map((chapter) => chapter.text),
    ...tickets.map((ticket) => ticket.body),
    ...products.map((product) => `${product.name} ${product.nameZh} ${product.description} ${product.descriptionZh}`),
  ];
  everything = [...texts, ...fc.sample(anyText, { numRuns: 2000, seed: 1 }), ...corpus].filter(isAssigned);
});

test("GPT-2's ids of thousands of texts are tiktoken's", async () => {
  const { files } = await fetchModel("gpt2");
  const gpt2 = await BpeTokenizer.fromPretrained("gpt2");
  const ids = askPeer("tokenizer.py", {
    do: "gpt2",
    vocab: files["encoder.json"],
    merges: files["vocab.bpe"],
    texts: everything,
  }) as number[][];
  for (const [index, text] of everything.entries()) expect([text, ...gpt2.encode(text)]).toEqual([text, ...ids[index]!]);
});

describe("Hugging Face tokenizers", () => {
  test("trains the same vocabulary on poems, a novel, tickets and products", async () => {
    const corpora: Corpus[] = [{ texts: corpus, vocabSize: 8192, minFrequency: 2 }];
    const [theirs] = askPeer("tokenizer.py", { do: "train", corpora }) as Trained[];
    const ours = await BpeTokenizer.train(corpus, { vocabSize: 8192 });
    const file = path.join(folder, "trained.json");
    await ours.save(file);
    const { model } = JSON.parse(readFileSync(file, "utf8")) as { model: Trained };
    expect(model.merges).toEqual(theirs!.merges);
    expect(model.vocab).toEqual(theirs!.vocab);
  });

  test("trains the same merges on hundreds of corpora with ties, overlaps and several ways to one token", async () => {
    const words = fc.string({ unit: fc.constantFrom("a", "b", "c", " ", "人", "入", "1"), maxLength: 60 });
    const corpora = fc.sample(
      fc.record({
        texts: fc.array(words, { minLength: 1, maxLength: 12 }),
        vocabSize: fc.integer({ min: 256, max: 340 }),
        minFrequency: fc.integer({ min: 1, max: 4 }),
      }),
      { numRuns: 400, seed: 2 },
    );
    const theirs = askPeer("tokenizer.py", { do: "train", corpora }) as Trained[];
    for (const [index, { texts: some, ...options }] of corpora.entries()) {
      expect((await BpeTokenizer.train(some, options)).merges).toEqual(theirs[index]!.merges);
    }
  });

  test.each([
    ["GPT-2's pattern", {}],
    ["a pattern of one's own", { pattern: / ?\p{L}{1,4}|\p{N}|\s+$|[^\s\p{L}\p{N}]+|\s/u }],
  ])("opens our tokenizer.json with %s: same ids, same texts back", async (_, options) => {
    const ours = await BpeTokenizer.train(corpus, { vocabSize: 2000, specialTokens: ["<|endoftext|>", "<|user|>"], ...options });
    const file = path.join(folder, "ours.json");
    await ours.save(file);
    const written = everything.map((text) => wellFormed(text));
    const theirs = askPeer("tokenizer.py", { do: "encode", file, texts: written }) as { ids: number[][]; texts: string[] };
    for (const [index, text] of written.entries()) {
      expect([text, ...ours.encode(text, { allowSpecial: true })]).toEqual([text, ...theirs.ids[index]!]);
      expect(theirs.texts[index]).toBe(text);
    }
  });

  test("opens our tokenizer.json with special tokens that text spells: same ids, same texts back", async () => {
    const ours = await BpeTokenizer.train(corpus, { vocabSize: 3000, specialTokens: ["the", " whale", "Ġsea", "好的"] });
    const file = path.join(folder, "spelled.json");
    await ours.save(file);
    const written = [...corpus.slice(0, 300), "the then them other the", "a whale at sea", "Ġsea sea", "好的好"];
    const theirs = askPeer("tokenizer.py", { do: "encode", file, texts: written }) as { ids: number[][]; texts: string[] };
    for (const [index, text] of written.entries()) {
      expect([text, ...ours.encode(text, { allowSpecial: true })]).toEqual([text, ...theirs.ids[index]!]);
      expect(ours.decode(ours.encode(text))).toBe(text);
    }
  });

  test.each([
    ["SmolLM2 cuts it, digit by digit", null],
    [
      "Qwen cuts it, in normal form C",
      String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    ],
  ])("has the same ids where text is cut as %s", async (_, pattern) => {
    const { files } = await fetchModel("gpt2");
    const vocab = JSON.parse(readFileSync(files["encoder.json"]!, "utf8")) as Record<string, number>;
    const merges = readFileSync(files["vocab.bpe"]!, "utf8").split("\n").slice(1).filter(Boolean);
    const file = path.join(folder, "rebuilt.json");
    const written = everything.map((text) => wellFormed(text));
    const ids = askPeer("tokenizer.py", { do: "rebuild", vocab, merges, pattern, file, texts: written }) as number[][];
    const fields = Object.entries(vocab).toSorted(([, one], [, next]) => one - next);
    const fromGguf = BpeTokenizer.fromGguf({
      file: "rebuilt.gguf",
      metadata: {
        "tokenizer.ggml.model": { value: "gpt2" },
        "tokenizer.ggml.pre": { value: pattern === null ? "smollm" : "qwen2" },
        "tokenizer.ggml.tokens": { value: fields.map(([token]) => token) },
        "tokenizer.ggml.merges": { value: merges },
      },
    });
    const fromJson = await BpeTokenizer.load(file);
    for (const [index, text] of written.entries()) {
      expect([text, ...fromGguf.encode(text)]).toEqual([text, ...ids[index]!]);
      expect([text, ...fromJson.encode(text)]).toEqual([text, ...ids[index]!]);
    }
  });
});

describe("a pattern cuts as in Oniguruma", () => {
  const patterns = [
    String.raw`\w+`,
    String.raw`\W+`,
    String.raw`\d+`,
    String.raw`\D+`,
    String.raw`\s+`,
    String.raw`\S+`,
    String.raw`[\w-]+`,
    String.raw`[^\w]+`,
    String.raw`[\d.]+`,
    String.raw`[^\S]+`,
    String.raw`.+`,
    String.raw`^a`,
    String.raw`a$`,
    String.raw`(?:^a|b$)`,
    String.raw`\bab\b`,
    String.raw`\bé`,
    String.raw`a\B.`,
    String.raw`(?i:[sdmt]|ll|ve|re)`,
    String.raw`(?i:k)`,
    String.raw`\p{L}\p{M}*`,
    String.raw`\'[a-z]`,
    String.raw`a\-b`,
    String.raw`[\-a]+`,
    String.raw`(?<=a)b`,
    String.raw` ?\w+|\s+(?!\S)|\s+`,
  ];
  const given = [
    "hello wörld 12 ١٢ 好的",
    "a\nab\r\nb",
    "aſsK \u212ak ab-cab",
    "a_b c\u2028d\u00a0e\u0085f\ufeffg",
    "ABC abc\n",
    "e\u0301a n\u0303",
    " ab  \n ab'",
    "² ³ ¹ ¼ ½ ¾ ª º × Ⅷ x\u200dy ⑨ a_‿b ˚ ^`",
    "K s S'ſ he'll HE'VE",
    "éa bé",
    "\n\na\n",
    "it's a-b",
    "",
  ];
  const pieces = (source: string, text: string): string[] => {
    const { bytes, length, endOf } = regexPattern(toJavaScript(source, "pattern"), source).cut(text);
    const found: string[] = [];
    for (let start = 0; start < length;) {
      const end = endOf(start);
      found.push(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(start, end)));
      start = end;
    }
    return found;
  };
  const all = [...given, ...fc.sample(anyText, { numRuns: 300, seed: 5 }).map((text) => wellFormed(text))].filter(isAssigned);
  const theirs = askPeer("tokenizer.py", { do: "split", patterns, texts: all }) as string[][][];

  test.each(patterns.map((source, index) => [source, index] as const))("%s", (source, index) => {
    for (const [at, text] of all.entries()) expect([text, ...pieces(source, text)]).toEqual([text, ...theirs[index]![at]!]);
  });
});
