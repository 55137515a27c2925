/** The tokenizer beside the living peers: Hugging Face tokenizers trains the same merges and opens our files, tiktoken gives GPT-2's ids. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import cl100k from "js-tiktoken/ranks/cl100k_base";
import o200k from "js-tiktoken/ranks/o200k_base";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadCatalogue, loadEnglish, loadPoems, loadTickets } from "../../kernel-helpers/data/index.ts";
import { openGguf } from "../../kernel-helpers/checkpoints/index.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { BpeTokenizer } from "../../kernel-helpers/tokenizer/index.ts";
import { regexPattern } from "../../kernel-helpers/tokenizer/pattern.ts";
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
/** Unicode text of every kind, half of surrogate pairs replaced: what files in UTF-8 can hold. */
let odd: string[];
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
  odd = [...texts, ...fc.sample(anyText, { numRuns: 12_000, seed: 2 })].filter(isAssigned).map((text) => wellFormed(text));
});

/** The first text whose ids are not those that are expected, with both. */
const firstOther = (tokenizer: BpeTokenizer, written: readonly string[], ids: readonly (readonly number[])[]): unknown => {
  for (const [index, text] of written.entries()) {
    const found = [...tokenizer.encode(text)];
    if (found.join() !== ids[index]!.join()) return { text, found: tokenizer.tokens(found), expected: tokenizer.tokens(ids[index]!) };
  }
  return undefined;
};

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
});

test("special tokens that take white space, or are whole words, are found as by Hugging Face tokenizers", async () => {
  const kinds = {
    plain: {},
    left: { lstrip: true },
    right: { rstrip: true },
    both: { lstrip: true, rstrip: true },
    word: { single_word: true },
  };
  const specialTokens = ["<plain>", "<left>", "<right>", "<both>", "word", "words"];
  const ours = await BpeTokenizer.train(corpus.slice(-100), { vocabSize: 600, specialTokens });
  const file = path.join(folder, "placed.json");
  await ours.save(file);
  const content = JSON.parse(readFileSync(file, "utf8")) as { added_tokens: { content: string }[] };
  for (const token of content.added_tokens) Object.assign(token, kinds[token.content.replace(/[<>s]/g, "") as keyof typeof kinds]);
  writeFileSync(file, JSON.stringify(content));
  const part = fc.constantFrom(...specialTokens, " ", "\u3000", "\n\t", "a", "é", "_", "9", "中", "-", "\u0301", "s");
  const written = fc.sample(
    fc.array(part, { maxLength: 12 }).map((parts) => parts.join("")),
    { numRuns: 1500, seed: 3 },
  );
  const { ids } = askPeer("tokenizer.py", { do: "encode", file, texts: written }) as { ids: number[][] };
  const again = path.join(folder, "placed-again.json");
  await (await BpeTokenizer.load(file)).save(again);
  for (const place of [file, again]) {
    const tokenizer = await BpeTokenizer.load(place);
    const found = written.map((text) => [...tokenizer.encode(text, { allowSpecial: true })]);
    expect(found).toEqual(ids);
  }
});

/** By what the peer calls them: llama.cpp's names of the ways to cut text; none where it has none. */
const models = {
  gpt2: "gpt-2",
  smollm2: "smollm",
  qwen: "qwen2",
  llama3: "llama-bpe",
  gpt4: undefined,
  gpt4o: "gpt-4o",
  tekken: "tekken",
  "deepseek-v3": "deepseek-v3",
};

const gguf = (pre: string, tokens: readonly string[], merges: readonly string[]): BpeTokenizer =>
  BpeTokenizer.fromGguf({
    file: "model.gguf",
    metadata: {
      "tokenizer.ggml.model": { value: "gpt2" },
      "tokenizer.ggml.pre": { value: pre },
      "tokenizer.ggml.tokens": { value: tokens },
      "tokenizer.ggml.merges": { value: merges },
    },
  });

describe("thousands of odd strings have the ids of Hugging Face tokenizers where text is cut as by", () => {
  let theirs: Record<string, number[][]>;
  beforeAll(() => {
    theirs = askPeer("tokenizer.py", {
      do: "train-models",
      folder,
      corpus: corpus.slice(-1000),
      texts: odd,
      vocabSize: 2000,
    }) as typeof theirs;
  });

  test.each(Object.entries(models))("%s", async (name, pre) => {
    expect(odd.length).toBeGreaterThan(4000);
    const file = path.join(folder, `${name}.json`);
    const { model } = JSON.parse(readFileSync(file, "utf8")) as { model: Trained };
    const fromJson = await BpeTokenizer.load(file);
    await fromJson.save(path.join(folder, "again.json"));
    const tokenizers = [fromJson, await BpeTokenizer.load(path.join(folder, "again.json"))];
    const tokens = Object.keys(model.vocab).toSorted((one, next) => model.vocab[one]! - model.vocab[next]!);
    if (pre !== undefined)
      tokenizers.push(
        gguf(
          pre,
          tokens,
          model.merges.map((pair) => pair.join(" ")),
        ),
      );
    for (const tokenizer of tokenizers) {
      expect(firstOther(tokenizer, odd, theirs[name]!)).toBeUndefined();
    }
  });
});

describe("a published vocabulary has the ids of its peer:", () => {
  test.each([
    ["cl100k_base", "gpt4", cl100k],
    ["o200k_base", "gpt4o", o200k],
  ])("%s, tiktoken's", async (name, model, published) => {
    const ranks = published.bpe_ranks.split("\n").flatMap((line) => line.split(" ").slice(2));
    const file = path.join(folder, `${name}.json`);
    const ids = askPeer("tokenizer.py", { do: "tiktoken", pattern: published.pat_str, ranks, model, file, texts: odd }) as number[][];
    const tokenizer = await BpeTokenizer.load(file);
    expect(firstOther(tokenizer, odd, ids)).toBeUndefined();
  });

  test("SmolLM2's, Hugging Face's", async () => {
    const { files } = await fetchModel("SmolLM2-135M-Instruct");
    using source = openGguf(Object.values(files)[0]!);
    const [tokens, merges] = ["tokens", "merges"].map((name) => source.list(`tokenizer.ggml.${name}`) as string[]);
    const vocab = Object.fromEntries(tokens!.map((token, id) => [token, id]));
    const job = { do: "rebuild", model: "smollm2", vocab, merges, file: path.join(folder, "smollm2.json"), texts: odd };
    const ids = askPeer("tokenizer.py", job) as number[][];
    const tokenizer = BpeTokenizer.fromGguf(source);
    expect(firstOther(tokenizer, odd, ids)).toBeUndefined();
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
    const { bytes, length, endOf } = regexPattern([source], "pattern").cut(text);
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
