/** A GPT trained beside PyTorch's, and what is left of it opened there: as safetensors by transformers' GPT-2, as ONNX by onnxruntime. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSafetensors, writeCheckpoint } from "../../kernel-helpers/checkpoints/index.ts";
import { loadHandbook } from "../../kernel-helpers/data/index.ts";
import { GPT } from "../../kernel-helpers/llm/index.ts";
import { AdamW, warmupCosine } from "../../kernel-helpers/optim/index.ts";
import { crossEntropy, exportOnnx, tensor, zeros } from "../../kernel-helpers/tensor/index.ts";
import { saveModel, tokenBatches, train, type TrainingRun } from "../../kernel-helpers/train/index.ts";
import { askPeer } from "./ask-peer.ts";

const config = { vocabularySize: 65, contextLength: 32, layers: 2, heads: 4, width: 64, seed: 1 };
const steps = 200;
/** At three times the rate the run is chaotic: PyTorch in float32 and in float64 are 0.07 apart after 40 steps, here 4e-6. */
const schedule = { peak: 1e-3, floor: 1e-4, warmup: 20, steps };
const [betas, weightDecay, clip] = [[0.9, 0.99] as const, 0.1, 1];

interface Answers {
  trained: { losses: number[]; norms: number[]; rates: number[] };
  logits: number[][][];
  ran: { inputs: string[]; outputs: string[]; logits: number[][][] };
}

describe("a GPT beside PyTorch's", () => {
  let run: TrainingRun;
  let ours: number[];
  let theirs: Answers;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cairn-parity-"));
    const [before, after, onnx] = ["before.safetensors", "after.safetensors", "after.onnx"].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    const text = (await loadHandbook()).passages.map((passage) => passage.text).join("\n");
    const batches = tokenBatches(
      Array.from(text, (letter) => letter.codePointAt(0)! % config.vocabularySize),
      { batchSize: 8, contextLength: config.contextLength, seed: 3 },
    );
    const gpt = new GPT(config);
    await saveModel(gpt, before);
    run = await train({
      model: gpt,
      optimizer: new AdamW(gpt.parameters(), { learningRate: warmupCosine(schedule), betas, weightDecay }),
      loss: (model, { inputs, targets }) => crossEntropy(model.forward(inputs), targets),
      batches,
      steps,
      clip,
      show: false,
    });
    await saveModel(gpt, after);

    const ids = Array.from({ length: 3 }, (_, row) => Array.from({ length: 32 }, (_item, place) => (7 * row + place ** 2) % 65));
    gpt.eval();
    ours = Array.from(gpt.forward(tensor(ids, { dtype: "int64" })).data as Float32Array);
    const example = { input_ids: zeros([3, 32], { dtype: "int64" }) };
    await writeFile(
      onnx,
      exportOnnx(({ input_ids }) => ({ logits: gpt.forward(input_ids) }), example, { parameters: gpt.parameters() }),
    );

    const [trained, logits, ran] = askPeer("gpt.py", [
      {
        do: "train",
        file: before,
        config,
        batches: Array.from({ length: steps }, (_, step) => {
          const { inputs, targets } = batches.at(step);
          return { inputs: inputs.toArray(), targets: targets.toArray() };
        }),
        optimizer: { ...schedule, betas, decay: weightDecay, clip },
      },
      { do: "logits", file: after, config, ids },
      { do: "run", file: onnx, ids },
    ]) as [Answers["trained"], Answers["logits"], Answers["ran"]];
    theirs = { trained, logits, ran };
  });

  afterAll(() => rm(folder, { recursive: true }));

  test(`has the same loss, within 1e-3, at each of ${steps} steps, and the gradient's norm within 1%`, () => {
    expect(run.history.loss).toHaveLength(steps);
    expect(run.history.loss.at(-1)).toBeLessThan(run.history.loss[0]! - 1); // it learns, so that there is something to follow
    run.history.loss.forEach((loss, step) => expect(Math.abs(loss - theirs.trained.losses[step]!)).toBeLessThan(1e-3));
    run.history.gradientNorm.forEach((norm, step) => expect(Math.abs(norm / theirs.trained.norms[step]! - 1)).toBeLessThan(0.01));
    run.history.learningRate.forEach((rate, step) => expect(rate / theirs.trained.rates[step]!).toBeCloseTo(1, 5));
  });

  test("has the same logits when PyTorch opens its safetensors", () => {
    expect(farthest(ours, theirs.logits.flat(2))).toBeLessThan(1e-4);
  });

  test("has the same logits when Python's onnxruntime runs its ONNX file", () => {
    expect([theirs.ran.inputs, theirs.ran.outputs]).toEqual([["input_ids"], ["logits"]]);
    expect(farthest(ours, theirs.ran.logits.flat(2))).toBeLessThan(1e-4);
  });
});

test("transformers opens a checkpoint that we write in shards, and would write the same index", async () => {
  const [folder, again] = await Promise.all([mkdtemp(path.join(tmpdir(), "cairn-shards-")), mkdtemp(path.join(tmpdir(), "cairn-shards-"))]);
  try {
    const place = path.resolve("test/llm/fixtures/tiny-gpt2");
    await using whole = await openSafetensors(place);
    const tensors = await Promise.all(whole.names.toSorted().map(async (name) => [name, await whole.read(name)] as const));
    await writeCheckpoint(folder, Object.fromEntries(tensors), { maxShardSize: 1000 });
    await copyFile(path.join(place, "config.json"), path.join(folder, "config.json"));
    const known = JSON.parse(await readFile(path.join(place, "known.json"), "utf8")) as { ids: number[][]; logits: number[][][] };
    const [theirs] = askPeer("gpt.py", [{ do: "folder", folder, ids: known.ids, again, shard: 1000 }]) as [
      { logits: number[][][]; index: { weight_map: Record<string, string> } },
    ];
    expect(farthest(known.logits.flat(2), theirs.logits.flat(2))).toBeLessThan(1e-5);
    expect(JSON.parse(await readFile(path.join(folder, "model.safetensors.index.json"), "utf8"))).toEqual(theirs.index);
  } finally {
    await Promise.all([folder, again].map((one) => rm(one, { recursive: true })));
  }
});

/** The largest distance, relative to the largest number. */
function farthest(ours: readonly number[], theirs: readonly number[]): number {
  expect(ours).toHaveLength(theirs.length);
  return Math.max(...ours.map((number, index) => Math.abs(number - theirs[index]!))) / Math.max(...theirs.map(Math.abs));
}
