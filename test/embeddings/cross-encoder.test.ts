/** Pairs as one input, scored by a module and by the graph that is fast; groups to learn from. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  binaryLoss,
  BertScorer,
  CrossEncoder,
  groupLoss,
  rankingBatches,
  TrainableCrossEncoder,
  type EncoderConfig,
} from "../../kernel-helpers/embeddings/index.ts";
import { encodePair } from "../../kernel-helpers/embeddings/cross-encoder/pair.ts";
import type { EncoderTokenizer } from "../../kernel-helpers/embeddings/index.ts";
import { AdamW } from "../../kernel-helpers/optim/index.ts";
import { tensor, zeros } from "../../kernel-helpers/tensor/index.ts";
import { chunk, createDocument, KeywordRetriever, RerankedRetriever } from "../../kernel-helpers/rag/index.ts";
import { train } from "../../kernel-helpers/train/index.ts";
import { tinyE5File } from "./tiny-e5.ts";

const largest = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Array.from(one).reduce((most, value, index) => Math.max(most, Math.abs(value - other[index]!)), 0);

describe("encodePair", () => {
  /** A token for each letter, [CLS] 1 and [SEP] 2. */
  const letters = {
    maxTokens: 11,
    ids: (text: string) => Array.from(text, (letter) => letter.codePointAt(0)!),
    wrap: (ids: readonly number[]) => [1, ...ids, 2],
  } as unknown as EncoderTokenizer;
  const read = (query: string, passage: string): string =>
    encodePair(letters, query, passage)
      .ids.map((id) => (id === 1 ? "<" : id === 2 ? "|" : String.fromCodePoint(id)))
      .join("");

  test("is [CLS] query [SEP] passage [SEP], with 0 up to the first [SEP] and 1 behind it", () => {
    expect(encodePair(letters, "ab", "c")).toEqual({ ids: [1, 97, 98, 2, 99, 2], segments: [0, 0, 0, 0, 1, 1] });
  });

  test.each([
    ["ab", "cdefghijkl", "<ab|cdefgh|"],
    ["abcd", "efghijkl", "<abcd|efgh|"],
    ["abcdef", "ghijkl", "<abcd|ghij|"],
    ["abcdefghij", "kl", "<abcdef|kl|"],
    ["abcd", "efgh", "<abcd|efgh|"],
    ["", "abcdefghij", "<|abcdefgh|"],
  ])("%s and %s lose the end of the longer one: %s", (query, passage, expected) => {
    expect(read(query, passage)).toBe(expected);
  });
});

describe("losses", () => {
  test("are ln of the number of choices where nothing is known", () => {
    expect(groupLoss(zeros([2, 4])).item()).toBeCloseTo(Math.log(4), 6);
    expect(binaryLoss(zeros([3]), tensor([0, 1, 0])).item()).toBeCloseTo(Math.LN2, 6);
  });

  test("refuse other shapes", () => {
    expect(() => groupLoss(zeros([3]))).toThrow(
      "logits must have 2 axes, got (3)\n  hint: pass (groups, passages), the right passage first",
    );
    expect(() => binaryLoss(zeros([3]), zeros([2]))).toThrow("logits are (3) and labels (2)\n  hint: pass one label for each pair");
  });
});

const tiny: EncoderConfig = {
  architecture: "bert",
  layers: 1,
  heads: 2,
  width: 8,
  hidden: 16,
  vocabSize: 30,
  positions: 12,
  firstPosition: 0,
  segments: 2,
  layerNormEpsilon: 1e-12,
  maxTokens: 10,
  pooling: "cls",
  normalize: false,
  prompts: {},
};

/** Weights large enough for a network this small to tell its inputs apart. */
function lively(config: EncoderConfig, seed: number): BertScorer {
  const network = new BertScorer(config, { seed });
  for (const one of Object.values(network.parameters())) if (one.rank === 2) one.assign(one.mul(20));
  return network;
}

test("a token's segment makes a difference, padding makes none", () => {
  const network = lively(tiny, 1);
  const of = (ids: number[], segments: number[], mask: number[]): number =>
    network.forward(tensor([ids], { dtype: "int64" }), tensor([segments], { dtype: "int64" }), tensor([mask])).item();
  const score = of([1, 7, 2, 8, 2], [0, 0, 0, 1, 1], [1, 1, 1, 1, 1]);
  expect(of([1, 7, 2, 8, 2, 0], [0, 0, 0, 1, 1, 0], [1, 1, 1, 1, 1, 0])).toBeCloseTo(score, 5);
  expect(Math.abs(of([1, 7, 2, 8, 2], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]) - score)).toBeGreaterThan(1e-2);
});

const judge = await TrainableCrossEncoder.load("all-MiniLM-L6-v2", { seed: 1 });

describe("a cross-encoder begun from MiniLM", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-cross-"));
  const pairs: [string, string][] = [
    ["who pays?", "the company"],
    ["a", "a longer passage, so that the others are padded"],
    ["", ""],
  ];
  afterAll(() => rmSync(folder, { recursive: true }));

  test("has its layers and its pooler, and a classifier that the seed draws", async () => {
    const again = await TrainableCrossEncoder.load("all-MiniLM-L6-v2", { seed: 2 });
    const [one, other] = [judge.network.parameters(), again.network.parameters()];
    const bytesOf = ({ data }: { data: unknown }): Buffer => {
      const { buffer, byteOffset, byteLength } = data as Float32Array;
      return Buffer.from(buffer, byteOffset, byteLength);
    };
    expect(Object.keys(one).filter((name) => !bytesOf(one[name]!).equals(bytesOf(other[name]!)))).toEqual(["classifier.weight"]);
  });

  test("compiled, saved and opened again it gives the logits of the module, also of pairs of different length", async () => {
    const { ids, segments, mask } = judge.tokenize(pairs);
    const expected = judge.network.forward(ids, segments, mask).data as Float32Array;
    await judge.save(path.join(folder, "judge"));
    using compiled = await judge.compile({ device: "cpu" });
    using opened = await CrossEncoder.load(path.join(folder, "judge"), { device: "cpu" });
    for (const one of [compiled, opened]) expect(largest(await one.score(pairs), expected)).toBeLessThan(1e-5);
    const ranked = await opened.rank("who pays?", ["the company", "it rains", "the company"], { topK: 2 });
    expect(ranked[0]!.score).toBeGreaterThanOrEqual(ranked[1]!.score);
    expect(ranked).toHaveLength(2);
    expect(ranked.map(({ score }) => score)).toEqual(
      Array.from(await opened.rerank("who pays?", ["the company", "it rains", "the company"]))
        .sort((one, other) => other - one)
        .slice(0, 2),
    );
    opened.close();
    await expect(opened.score(pairs)).rejects.toThrow("this cross-encoder is closed\n  hint: load another one, or close it later");
  });

  test("in int8 its logits are near those of float32", async () => {
    using whole = await judge.compile({ device: "cpu" });
    using few = await judge.compile({ device: "cpu", dtype: "q8" });
    expect(few.dtype).toBe("q8");
    expect(largest(await few.score(pairs), await whole.score(pairs))).toBeLessThan(0.02);
  });

  test("it puts what a search found into the order of its scores", async () => {
    using compiled = await judge.compile({ device: "cpu" });
    const texts = ["the company pays for the hotel", "the hotel is full", "who pays is the hotel's guest"];
    const chunks = texts.flatMap((text, index) => chunk(createDocument({ id: `d${index}`, text }), { by: "document" }));
    const retriever = new RerankedRetriever(new KeywordRetriever(chunks), compiled);
    const found = await retriever.retrieve("who pays for the hotel?");
    const ranked = await compiled.rank("who pays for the hotel?", texts);
    expect(found.map((one) => one.chunk.text)).toEqual(ranked.map(({ index }) => texts[index]));
  });

  test("scoring stops when its signal does", async () => {
    using compiled = await judge.compile({ device: "cpu" });
    await expect(compiled.score(pairs, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });

  test("refuses what is no pair, and an encoder without a head", async () => {
    using compiled = await judge.compile({ device: "cpu" });
    await expect(compiled.score([["a"] as unknown as [string, string]])).rejects.toThrow(
      /^pairs\[0\] must be a query and a passage, got .*\n {2}hint: pass an array of pairs: score\(\[\[query, passage\]\]\)$/,
    );
    await expect(compiled.rank("a", ["b"], { topK: 0 })).rejects.toThrow("topK must be an integer ≥ 1, got 0");
    await expect(judge.compile({ dtype: "q4" })).rejects.toThrow('dtype must be "fp32", "fp16" or "q8", got "q4"');
    await expect(CrossEncoder.load("all-MiniLM-L6-v2")).rejects.toThrow("all-MiniLM-L6-v2 has no head with one score");
    const pieces = path.join(folder, "pieces.bin");
    writeFileSync(pieces, tinyE5File());
    for (const kind of [CrossEncoder, TrainableCrossEncoder]) {
      await expect(kind.load(pieces)).rejects.toThrow(`${pieces} does not read pairs of texts as BERT does`);
    }
  });
});

describe("rankingBatches", () => {
  const examples = ["one", "two", "three"].map((query) => ({
    query,
    positive: `${query} right`,
    negatives: ["x", "y", "z"].map((end) => `${query} ${end}`),
  }));

  test("have the right pair first in each group, the same for the same number, and other orders in other epochs", () => {
    const batches = rankingBatches(judge, examples, { queries: 2, negatives: 2, length: 8, seed: 1 });
    expect([batches.length, batches.at(0).ids.shape]).toEqual([2, [6, 8]]);
    const right = judge.tokenizer.id("right");
    const isRight = (index: number): boolean[] => (batches.at(index).ids.toArray() as number[][]).map((row) => row.includes(right!));
    for (const index of [0, 1, 2, 3]) expect(isRight(index)).toEqual([true, false, false, true, false, false]);
    expect(batches.at(0).ids.toArray()).toEqual(batches.at(0).ids.toArray());
    const epochs = [0, 2, 4, 6].map((index) => JSON.stringify([batches.at(index).ids.toArray(), batches.at(index + 1).ids.toArray()]));
    expect(new Set(epochs).size).toBeGreaterThan(1);
  });

  test("refuse examples with fewer negatives than are drawn", () => {
    expect(() => rankingBatches(judge, examples, { negatives: 4 })).toThrow(
      "examples[0] has 3 negatives, and 4 are drawn\n  hint: mine more of them, or pass { negatives } with fewer",
    );
  });

  test("a small network learns to put the right one first", async () => {
    const network = lively({ ...tiny, layers: 2, vocabSize: 10 }, 3);
    const ids = tensor([[1, 4, 2, 4, 2], [1, 4, 2, 5, 2], [1, 5, 2, 5, 2], [1, 5, 2, 4, 2]], { dtype: "int64" }); // prettier-ignore
    const segments = tensor([0, 1, 2, 3].map(() => [0, 0, 0, 1, 1]), { dtype: "int64" }); // prettier-ignore
    const mask = tensor([0, 1, 2, 3].map(() => [1, 1, 1, 1, 1]));
    const { history } = await train({
      model: network,
      optimizer: new AdamW(network.parameters(), { learningRate: 0.02 }),
      loss: (model, batch) => groupLoss(model.forward(batch.ids, batch.segments, batch.mask).reshape([2, 2])),
      batches: () => Array.from({ length: 10 }, () => ({ ids, segments, mask })),
      steps: 150,
      show: false,
    });
    expect(history.loss[0]).toBeGreaterThan(0.5);
    expect(history.loss.at(-1)).toBeLessThan(0.1);
  });
});
