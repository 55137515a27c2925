/**
 * GPTs of 3, 10 and 30 million parameters in training: forward, backward and AdamW, from the same weights on the same batch, against PyTorch as
 * people write it (eager) and compiled. Tokens a second, and how they change with the model; the most memory that each process ever holds; and
 * how near the arithmetic comes to that of a matrix product alone.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Bench } from "./bench.ts";
import { start, type Trainer } from "./trainers.ts";

const threads = 2;
const pairs = 5;

interface Model {
  layers: number;
  heads: number;
  width: number;
  contextLength: number;
  vocabularySize: number;
  batchSize: number;
  /** Steps a measure, so that each takes some seconds. */
  steps: number;
}

const sizes: Record<string, Model> = {
  "3m": { layers: 4, heads: 4, width: 256, contextLength: 128, vocabularySize: 512, batchSize: 16, steps: 12 },
  "10m": { layers: 6, heads: 6, width: 384, contextLength: 256, vocabularySize: 512, batchSize: 8, steps: 5 },
  "30m": { layers: 8, heads: 8, width: 512, contextLength: 256, vocabularySize: 4096, batchSize: 8, steps: 3 },
};

/** How it grows: the smallest of the three with one thing changed. */
const changes: Record<string, Partial<Model>> = {
  "width-128": { width: 128, steps: 30 },
  "width-512": { width: 512, heads: 8, steps: 5 },
  "layers-2": { layers: 2, steps: 24 },
  "layers-8": { layers: 8, steps: 6 },
  "context-64": { contextLength: 64, steps: 24 },
  "context-512": { contextLength: 512, steps: 3 },
  "batch-4": { batchSize: 4, steps: 40 },
  "batch-64": { batchSize: 64, steps: 3 },
};

/** Starts ours, which writes the weights that both begin with, and hands it on. */
async function withOurs<T>(model: Model, use: (ours: Trainer, weights: string, config: string) => Promise<T>): Promise<T> {
  const { steps: _, ...config } = model;
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-bench-"));
  try {
    const weights = path.join(folder, "model.safetensors");
    const worker = path.join(import.meta.dirname, "train-worker.ts");
    const { ready, trainer } = start(process.execPath, ["--import", "tsx", worker, weights, JSON.stringify(config), String(threads)]);
    await using ours = trainer;
    await ready();
    if (!existsSync(weights)) throw new Error("there are no weights to begin with");
    return await use(ours, weights, JSON.stringify(config));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(model: Model, mode: "eager" | "compile", what: "speed" | "memory"): Promise<[number, number][]> {
  return withOurs(model, async (ours, weights, config) => {
    const script = path.join(import.meta.dirname, "train.py");
    await using theirs = start(".venv/bin/python", [script, weights, config, mode, String(threads)]).trainer;
    const [first, other] = [await ours.train(3), await theirs.train(3)]; // warms both, and shows that they do the same work
    const apart = Math.max(...first.losses.map((loss, index) => Math.abs(loss - other.losses[index]!)));
    if (apart > 1e-3) throw new Error(`the losses differ: ${first.losses.join(", ")} and ${other.losses.join(", ")}`);
    const measured: [number, number][] = [];
    const tokens = model.steps * model.batchSize * model.contextLength;
    for (let pair = 0; pair < pairs; pair++) {
      const [one, two] = [await ours.train(model.steps), await theirs.train(model.steps)];
      measured.push(what === "memory" ? [one.memory, two.memory] : [tokens / one.seconds, tokens / two.seconds]);
    }
    return measured;
  });
}

/** Of what the machine can multiply at most, how much a training step does, all of its time counted. */
function share(model: Model): Promise<[number, number][]> {
  return withOurs(model, async (ours) => {
    await ours.train(3);
    const measured: [number, number][] = [];
    const operations = operationsAToken(model) * model.steps * model.batchSize * model.contextLength;
    for (let pair = 0; pair < pairs; pair++) {
      const { seconds } = await ours.train(model.steps);
      measured.push([operations / seconds / 1e9, await ours.multiply()]);
    }
    return measured;
  });
}

/** 6 for each weight of a matrix, 12 · T · C for the attention of each layer (as nanoGPT counts them: half of the latter is masked). */
const operationsAToken = ({ layers, width, vocabularySize, contextLength }: Model): number =>
  6 * (12 * layers * width ** 2 + vocabularySize * width) + 12 * layers * contextLength * width;

const peer = { eager: "torch 2.13.0, eager, fused AdamW", compile: "torch 2.13.0, torch.compile, fused AdamW" };
const multiplication = "MatMul of 2048 × 512 × 2048 alone, ONNX Runtime";
const unit = "tokens/s";
const benches: Bench[] = [
  ...Object.entries(sizes).flatMap(([size, model]): Bench[] => [
    { name: `train-gpt-${size}`, peer: peer.eager, unit, run: () => measure(model, "eager", "speed") },
    { name: `train-gpt-${size}/compile`, peer: peer.compile, unit, run: () => measure(model, "compile", "speed") },
    { name: `train-gpt-${size}/memory`, peer: peer.eager, unit: "MB", run: () => measure(model, "eager", "memory") },
    { name: `train-gpt-${size}/peak`, peer: multiplication, unit: "GFLOP/s", run: () => share(model) },
  ]),
  ...Object.entries(changes).map(([name, change]): Bench => {
    const model = { ...sizes["3m"]!, ...change };
    return { name: `train-growth/${name}`, peer: peer.eager, unit, run: () => measure(model, "eager", "speed") };
  }),
];
export default benches;
