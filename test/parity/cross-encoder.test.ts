/** Cross-encoders against sentence-transformers: small random ones, opened from its folders, and ours opened by it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { binaryLoss, CrossEncoder, groupLoss, TrainableCrossEncoder } from "../../kernel-helpers/embeddings/index.ts";
import { fetchModel } from "../../kernel-helpers/models/index.ts";
import type { Linear } from "../../kernel-helpers/nn/index.ts";
import { tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { askPeer } from "./ask-peer.ts";

const long = "the hotel is paid by the company, and breakfast is part of it; ".repeat(4);
const pairs: [string, string][] = [
  ["who pays?", "the company pays"],
  ["", "a"],
  ["a", ""],
  ["便宜手机", "ＡＢｃ x"],
  ["who pays for the hotel?", long],
  [long, "who pays for the hotel?"],
  [long, long],
  [`x ${long}`, long],
];
const largest = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Math.max(...Array.from(one, (value, index) => Math.abs(value - other[index]!)));

describe("small random cross-encoders", () => {
  const names = ["sigmoid", "identity", "half"] as const;
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-cross-"));
  let theirs: Record<string, { scores: number[]; ids: number[][]; segments: number[][] }>;
  beforeAll(async () => {
    const { folder: tokenizer } = await fetchModel("all-MiniLM-L6-v2");
    theirs = askPeer("cross_encoders.py", { do: "tiny", folder, names, pairs, tokenizer }) as typeof theirs;
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(names)("%s gives sentence-transformers' scores", async (name) => {
    using ours = await CrossEncoder.load(path.join(folder, name), { device: "cpu" });
    expect(ours.maxTokens).toBe(30);
    expect(largest(await ours.score(pairs), theirs[name]!.scores)).toBeLessThan(2e-5);
  });

  test("pairs are cut and numbered as Transformers does", async () => {
    const trainable = await TrainableCrossEncoder.load(path.join(folder, "identity"));
    const { ids, segments } = theirs["identity"]!;
    for (const [row, pair] of pairs.entries()) {
      const read = trainable.tokenize([pair]);
      expect([read.ids.toArray(), read.segments.toArray()], pair.join(" | ")).toEqual([[ids[row]], [segments[row]]]);
    }
  });

  test("the module to train gives the same logits, and what it saves opens in sentence-transformers with equal scores", async () => {
    const trainable = await TrainableCrossEncoder.load(path.join(folder, "identity"));
    const { ids, segments, mask } = trainable.tokenize(pairs);
    expect(largest(trainable.network.forward(ids, segments, mask).data as Float32Array, theirs["identity"]!.scores)).toBeLessThan(2e-5);
    const { weight } = trainable.network.pooler.dense as Linear;
    weight.assign(weight.mul(0.5));
    const saved = path.join(folder, "saved");
    await trainable.save(saved);
    using compiled = await trainable.compile({ device: "cpu" });
    const ours = await compiled.score(pairs);
    expect(largest(ours, theirs["identity"]!.scores)).toBeGreaterThan(1e-3);
    const { scores, maxTokens } = askPeer("cross_encoders.py", { do: "open", folder: saved, pairs }) as {
      scores: number[];
      maxTokens: number;
    };
    expect(maxTokens).toBe(30);
    expect(largest(ours, scores)).toBeLessThan(2e-5);
  });
});

test("losses and their gradients are PyTorch's", () => {
  const logits = [
    [2, -1, 0.5],
    [-3, 4, 90],
  ];
  const [single, labels] = [
    [3, -2, 0, 95, -95],
    [1, 1, 0.25, 0, 0],
  ];
  const cases = [
    { loss: "group", logits },
    { loss: "binary", logits: single, labels },
  ];
  const theirs = askPeer("cross_encoders.py", { do: "losses", cases }) as { loss: number; gradient: number[] }[];
  const ours = [
    valueAndGrad((x: Tensor) => groupLoss(x))(tensor(logits)),
    valueAndGrad((x: Tensor) => binaryLoss(x, tensor(labels!)))(tensor(single!)),
  ];
  for (const [index, [value, gradient]] of ours.entries()) {
    expect(value.item()).toBeCloseTo(theirs[index]!.loss, 4);
    expect(largest(gradient.data as Float32Array, theirs[index]!.gradient)).toBeLessThan(1e-6);
  }
});
