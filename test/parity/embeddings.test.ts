/** The encoder and the checkpoints against the live peers: sentence-transformers on texts of the course's data, safetensors on a file of ours. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { writeSafetensors } from "../../kernel-helpers/checkpoints/index.ts";
import { loadCatalogue, loadTickets } from "../../kernel-helpers/data/index.ts";
import {
  cosineSimilarity,
  distillationLoss,
  multipleNegativesLoss,
  SentenceEncoder,
  TrainableEncoder,
} from "../../kernel-helpers/embeddings/index.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import { createRandom } from "../../kernel-helpers/nn/index.ts";
import { ones, parameter, tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { askPeer } from "./ask-peer.ts";

describe("against sentence-transformers", async () => {
  const [{ products }, tickets] = await Promise.all([loadCatalogue(), loadTickets()]);
  const texts = [
    ...products.slice(0, 50).flatMap(({ description, descriptionZh }) => [description, descriptionZh]),
    ...tickets.slice(0, 96).map(({ body }) => body),
    "",
    "😀 emoji 🇨🇳 and 𠮷",
    "long ".repeat(400),
    "很长的一段话，".repeat(200),
  ];
  const { folder } = await fetchModel("all-MiniLM-L6-v2");
  const theirs = askPeer("embeddings.py", { do: "encode", folder, texts }) as number[][];

  test.each([
    { dtype: "fp32", least: 0.999 },
    { dtype: "q8", least: 0.97 },
  ] as const)("all 200 texts have a cosine of at least $least in $dtype", async ({ dtype, least }) => {
    expect(texts).toHaveLength(200);
    using encoder = await SentenceEncoder.load("all-MiniLM-L6-v2", { device: "cpu", dtype });
    const ours = await encoder.encode(texts);
    const cosines = theirs.map((vector, row) => cosineSimilarity(ours.row(row), Float32Array.from(vector)));
    expect(Math.min(...cosines)).toBeGreaterThanOrEqual(least);
  });
});

describe("what was trained here", () => {
  test("opens in sentence-transformers, where it gives the same vectors", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "cairn-parity-"));
    try {
      const texts = ["AI工程师", "师", "machine learning expert", "", "long ".repeat(400)];
      const student = (await TrainableEncoder.load("all-MiniLM-L6-v2")).withTokens(["工", "程", "师"], ones([3, 384]).mul(0.02));
      const { weight } = student.network.embeddings.LayerNorm;
      weight.assign(weight.mul(1.2));
      await student.save(folder);
      const theirs = askPeer("embeddings.py", { do: "open", folder, texts }) as { vectors: number[][]; maxTokens: number };
      using ours = await SentenceEncoder.load(folder, { device: "cpu" });
      const vectors = await ours.encode(texts);
      for (const [row, vector] of theirs.vectors.entries()) {
        expect(Math.max(...vector.map((value, index) => Math.abs(value - vectors.row(row)[index]!)))).toBeLessThan(1e-5);
      }
      expect(theirs.maxTokens).toBe(ours.maxTokens);
      expect(ours.tokenize("AI工程师")).toEqual(["ai", "工", "程", "师"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("losses against sentence-transformers", () => {
  const vectors = (seed: number): number[][] => {
    const random = createRandom(seed);
    return Array.from({ length: 5 }, () => Array.from({ length: 8 }, () => random.normal()));
  };
  const parts = [vectors(1), vectors(2), vectors(3)];
  const cases: [name: string, command: { loss: string; vectors: number[][][]; scale?: number }, loss: (...parts: Tensor[]) => Tensor][] = [
    ["multiple negatives", { loss: "ranking", scale: 20, vectors: parts.slice(0, 2) }, (a, p) => multipleNegativesLoss(a!, p!)],
    [
      "hard negatives at another scale",
      { loss: "ranking", scale: 5, vectors: parts },
      (a, p, n) => multipleNegativesLoss(a!, p!, { scale: 5, negatives: n! }),
    ],
    ["distillation by mean squares", { loss: "mse", vectors: parts.slice(0, 2) }, (s, t) => distillationLoss(s!, t!, { measure: "mse" })],
    ["distillation by cosine", { loss: "cosine", vectors: parts.slice(0, 2) }, (s, t) => distillationLoss(s!, t!)],
  ];
  const theirs = askPeer("embeddings.py", { do: "losses", cases: cases.map(([, command]) => command) }) as {
    loss: number;
    gradients: number[][][];
  }[];

  test.each(cases.map((one, at) => [...one, theirs[at]!] as const))(
    "%s: value and gradients within 1e-5",
    (_name, { vectors: given }, loss, expected) => {
      const parameters = given.map((part) => parameter(tensor(part)));
      const byNumber = Object.fromEntries(parameters.entries());
      const [ours, gradients] = valueAndGrad(() => loss(...parameters))(byNumber);
      expect(ours.item()).toBeCloseTo(expected.loss, 5);
      for (const [part, numbers] of expected.gradients.entries()) {
        const found = Array.from(gradients[part]!.data, Number);
        expect(Math.max(...numbers.flat().map((value, index) => Math.abs(value - found[index]!)))).toBeLessThan(1e-5);
      }
    },
  );
});

describe("against safetensors", () => {
  test("Python reads what we wrote, half precision and all", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "cairn-parity-"));
    try {
      const file = path.join(folder, "ours.safetensors");
      await writeSafetensors(
        file,
        {
          "a.weight": { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-20, 6) },
          "b.bias": { dtype: "BF16", shape: [3], data: Float32Array.of(1.5, -0.25, 300) },
          c: { dtype: "F16", shape: [2], data: Float32Array.of(65_504, 2 ** -24) },
          层: { dtype: "I64", shape: [1], data: BigInt64Array.of(-5n) },
          empty: { dtype: "U8", shape: [0, 4], data: new Uint8Array() },
        },
        { format: "pt" },
      );
      expect(askPeer("embeddings.py", { do: "read", file })).toEqual({
        "a.weight": { dtype: "torch.float32", shape: [2, 3], values: [1, -2, 3.5, 0, Math.fround(1e-20), 6] },
        "b.bias": { dtype: "torch.bfloat16", shape: [3], values: [1.5, -0.25, 300] },
        c: { dtype: "torch.float16", shape: [2], values: [65_504, 2 ** -24] },
        层: { dtype: "torch.int64", shape: [1], values: [-5] },
        empty: { dtype: "torch.uint8", shape: [0, 4], values: [] },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
