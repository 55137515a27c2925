/** Encoders of every kind against their peers: small random ones in sentence-transformers, multilingual-e5-small against the C program that its file is made for. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadCatalogue, loadTickets } from "../../kernel-helpers/data/index.ts";
import { cosineSimilarity, SentenceEncoder, StaticEncoder, TrainableEncoder, type Matrix } from "../../kernel-helpers/embeddings/index.ts";
import { Llama, readLlama } from "../../kernel-helpers/llm/index.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { askPeer } from "./ask-peer.ts";

const furthest = (ours: Matrix, theirs: readonly (readonly number[])[]): number =>
  Math.max(...theirs.flatMap((vector, row) => vector.map((value, index) => Math.abs(value - ours.row(row)[index]!))));

describe("small random encoders", () => {
  const texts = ["the running", "便宜手机", "", "a  b\tc", "ＡＢｃ x", "the query: zz ".repeat(20)];
  const names = ["bert-mean", "bert-cls", "xlm-r-mean", "bert-mean-f16"] as const;
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-encoders-"));
  let theirs: Record<string, Record<"plain" | "query" | "short" | "ids", number[][]>>;
  beforeAll(async () => {
    const { folder: tokenizer } = await fetchModel("all-MiniLM-L6-v2");
    theirs = askPeer("encoders.py", { do: "tiny", folder, names: [...names, "qwen3"], texts, tokenizer }) as typeof theirs;
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(names)("%s gives sentence-transformers' vectors, with and without its prompt, whole and cut", async (name) => {
    const { plain, query, short } = theirs[name]!;
    using ours = await SentenceEncoder.load(path.join(folder, name), { device: "cpu" });
    expect(ours.maxTokens).toBe(30);
    expect(furthest(await ours.encode(texts), plain)).toBeLessThan(2e-5);
    expect(furthest(await ours.encode(texts, { prompt: "query" }), query)).toBeLessThan(2e-5);
    using cut = await SentenceEncoder.load(path.join(folder, name), { device: "cpu", dimension: 8 });
    expect(cut.dimension).toBe(8);
    if (!name.includes("cls")) expect(furthest(await cut.encode(texts), short)).toBeLessThan(2e-5);
  });

  test.each(names)("%s is the same as a module to train", async (name) => {
    const { plain, ids } = theirs[name]!;
    const student = await TrainableEncoder.load(path.join(folder, name));
    expect(texts.map((text) => student.tokenizer.encode(text))).toEqual(ids);
    const batch = student.tokenize(texts);
    const vectors = student.network.forward(batch.ids, batch.mask).data as Float32Array;
    expect(Math.max(...plain.flat().map((value, index) => Math.abs(value - vectors[index]!)))).toBeLessThan(2e-5);
  });

  test("qwen3, a decoder of kernel-helpers/llm, gives sentence-transformers' vectors", async () => {
    const { plain, query, short, ids } = theirs["qwen3"]!;
    const decoder = async (place: string): Promise<Llama> => new Llama(await readLlama(place));
    using ours = await SentenceEncoder.load(path.join(folder, "qwen3"), { decoder });
    expect(texts.map((text) => ours.tokenizer.encode(text))).toEqual(ids);
    expect(furthest(await ours.encode(texts), plain)).toBeLessThan(5e-5);
    expect(furthest(await ours.encode(texts, { prompt: "query" }), query)).toBeLessThan(5e-5);
    using cut = await SentenceEncoder.load(path.join(folder, "qwen3"), { decoder, dimension: 8 });
    expect(furthest(await cut.encode(texts), short)).toBeLessThan(5e-5);
    await expect(SentenceEncoder.load(path.join(folder, "qwen3"))).rejects.toThrow("decoder");
  });

  test("what an XLM-R learnt opens in sentence-transformers", async () => {
    const student = await TrainableEncoder.load(path.join(folder, "xlm-r-mean"));
    const saved = path.join(folder, "saved");
    await student.save(saved);
    const { vectors } = askPeer("embeddings.py", { do: "open", folder: saved, texts }) as { vectors: number[][] };
    using compiled = await student.compile({ device: "cpu" });
    expect(furthest(await compiled.encode(texts), vectors)).toBeLessThan(2e-5);
  });

  test("a static encoder made of one is what Model2Vec's recipe gives, and opens in sentence-transformers", async () => {
    const source = path.join(folder, "bert-mean");
    using encoder = await SentenceEncoder.load(source, { device: "cpu" });
    const fast = await StaticEncoder.distill(encoder, { dimension: 16 });
    const saved = path.join(folder, "static");
    await fast.save(saved);
    const asked = { do: "static", encoder: source, folder: saved, dimension: 16, texts };
    const { similarities, opened } = askPeer("encoders.py", asked) as { similarities: number[][]; opened: number[][] };
    const vectors = await fast.encode(texts);
    expect(furthest(vectors, opened)).toBeLessThan(1e-5);
    // Components may point either way, which similarities do not see.
    expect(furthest(cosineSimilarity(vectors, vectors), similarities)).toBeLessThan(1e-3);
  });

  test("a prompt that the model does not have is refused", async () => {
    using encoder = await SentenceEncoder.load(path.join(folder, "bert-mean"), { device: "cpu" });
    await expect(encoder.encode(["a"], { prompt: "question" })).rejects.toThrow(
      `prompt must be the name of one of the model's prompts, got "question"\n  hint: they are "document", "passage", "query"`,
    );
  });
});

describe("multilingual-e5-small", async () => {
  const [{ products }, tickets] = await Promise.all([loadCatalogue(), loadTickets()]);
  const texts = [
    ...products.slice(0, 20).flatMap(({ description, descriptionZh }) => [description, descriptionZh]),
    ...tickets.slice(0, 20).map(({ body }) => body),
    "",
    "AI工程师",
    "便宜手机",
    "Ünïcödé ﬁ ½ ①",
    "𠮷野家 😀",
    "  two  spaces ",
    "ต้นไม้ и деревья",
    "ａｂｃ　ＡＢＣ",
  ];
  const theirs = askPeer("encoders.py", { do: "e5", texts }) as Record<"query" | "passage", number[][]> & { tokens: number[] };

  test("reads texts as the C program does, and gives its vectors", async () => {
    using encoder = await SentenceEncoder.load("multilingual-e5-small", { device: "cpu" });
    expect([encoder.dtype, encoder.dimension, encoder.maxTokens]).toEqual(["q4", 384, 512]);
    expect(texts.map((text) => encoder.tokenize(`query: ${text}`).length + 2)).toEqual(theirs.tokens);
    for (const prompt of ["query", "passage"] as const) {
      const ours = await encoder.encode(texts, { prompt });
      const cosines = theirs[prompt].map((vector, row) => cosineSimilarity(ours.row(row), Float32Array.from(vector)));
      expect(Math.min(...cosines)).toBeGreaterThan(0.999);
    }
  });

  test.each([
    ["fp32", 0.999],
    ["q8", 0.98],
  ] as const)("in %s the cosine with its vectors is above %d", async (dtype, least) => {
    using encoder = await SentenceEncoder.load("multilingual-e5-small", { device: "cpu", dtype });
    const ours = await encoder.encode(texts);
    expect(Math.min(...theirs.query.map((vector, row) => cosineSimilarity(ours.row(row), Float32Array.from(vector))))).toBeGreaterThan(
      least,
    );
  });
});
