/**
 * GPTs of 3, 10 and 30 million parameters in training: forward, backward and AdamW, from the same weights on the same batch, against PyTorch as
 * people write it (eager) and compiled. Tokens a second; and the most memory that each process ever holds.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { Bench } from "./bench.ts";

const threads = 2;
const pairs = 5;
/** A pair takes about as long for each model. */
const sizes = {
  "3m": { layers: 4, heads: 4, width: 256, contextLength: 128, vocabularySize: 512, batchSize: 16, steps: 12 },
  "10m": { layers: 6, heads: 6, width: 384, contextLength: 256, vocabularySize: 512, batchSize: 8, steps: 5 },
  "30m": { layers: 8, heads: 8, width: 512, contextLength: 256, vocabularySize: 4096, batchSize: 8, steps: 3 },
} as const;
type Size = keyof typeof sizes;

interface Answer {
  seconds: number;
  losses: number[];
  memory: number;
}

interface Trainer extends AsyncDisposable {
  train(steps: number): Promise<Answer>;
}

function start(command: string, args: readonly string[]): { ready: () => Promise<string>; trainer: Trainer } {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ended; are the peers set up? npm run bench:setup`);
    return value as string;
  };
  const trainer: Trainer = {
    async train(steps) {
      await setTimeout(300); // the other's threads spin for a while after their work
      child.stdin.write(`${steps}\n`);
      return JSON.parse(await next()) as Answer;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
  return { ready: next, trainer };
}

async function measure(size: Size, mode: "eager" | "compile", what: "speed" | "memory"): Promise<[number, number][]> {
  const { steps, ...config } = sizes[size];
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-bench-"));
  try {
    const weights = path.join(folder, "model.safetensors");
    const worker = path.join(import.meta.dirname, "train-worker.ts");
    const { ready, trainer } = start(process.execPath, ["--import", "tsx", worker, weights, JSON.stringify(config), String(threads)]);
    await using ours = trainer;
    await ready();
    if (!existsSync(weights)) throw new Error("there are no weights to begin with");
    const script = path.join(import.meta.dirname, "train.py");
    await using theirs = start(".venv/bin/python", [script, weights, JSON.stringify(config), mode, String(threads)]).trainer;

    const [first, other] = [await ours.train(3), await theirs.train(3)]; // warms both, and shows that they do the same work
    const apart = Math.max(...first.losses.map((loss, index) => Math.abs(loss - other.losses[index]!)));
    if (apart > 1e-3) throw new Error(`the losses differ: ${first.losses.join(", ")} and ${other.losses.join(", ")}`);
    const measured: [number, number][] = [];
    const tokens = steps * config.batchSize * config.contextLength;
    for (let pair = 0; pair < pairs; pair++) {
      const [one, two] = [await ours.train(steps), await theirs.train(steps)];
      measured.push(what === "memory" ? [one.memory, two.memory] : [tokens / one.seconds, tokens / two.seconds]);
    }
    return measured;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const peer = { eager: "torch 2.13.0, eager, fused AdamW", compile: "torch 2.13.0, torch.compile, fused AdamW" };
const benches: Bench[] = (Object.keys(sizes) as Size[]).flatMap((size) => [
  { name: `train-gpt-${size}`, peer: peer.eager, unit: "tokens/s", run: () => measure(size, "eager", "speed") },
  { name: `train-gpt-${size}/compile`, peer: peer.compile, unit: "tokens/s", run: () => measure(size, "compile", "speed") },
  { name: `train-gpt-${size}/memory`, peer: peer.eager, unit: "MB", run: () => measure(size, "eager", "memory") },
]);
export default benches;
