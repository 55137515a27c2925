/**
 * SmolLM2-135M with adapters of rank 8 beside all projections: forward, backward and AdamW from the same numbers on the same batch, against PyTorch
 * with transformers and peft. Half of each row is learnt. Tokens a second, and the most memory that each process ever holds.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fetchModel } from "../kernel-helpers/models/index.ts";
import type { Bench } from "./bench.ts";
import { start } from "./trainers.ts";

const threads = 2;
const pairs = 3;
const peer = "torch 2.13.0, transformers 5.24.0, peft 0.21.2; fused AdamW";

async function measure(method: "lora" | "qlora", what: "speed" | "memory"): Promise<[number, number][]> {
  const config = { method, rank: 8, batchSize: 4, length: 128, learnt: 64 };
  const [json, steps] = [JSON.stringify(config), 2];
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-bench-"));
  try {
    const { files } = await fetchModel("SmolLM2-135M-Instruct");
    const gguf = Object.values(files)[0]!;
    const worker = path.join(import.meta.dirname, "lora-worker.ts");
    const { ready, trainer } = start(process.execPath, ["--import", "tsx", worker, folder, json, String(threads)]);
    await using ours = trainer;
    await ready();
    await using theirs = start(".venv/bin/python", [
      path.join(import.meta.dirname, "lora.py"),
      gguf,
      folder,
      json,
      String(threads),
    ]).trainer;
    const [first, other] = [await ours.train(2), await theirs.train(2)]; // warms both, and shows that they do the same work
    const apart = Math.max(...first.losses.map((loss, index) => Math.abs(loss - other.losses[index]!)));
    if (method === "lora" && apart > 1e-2) throw new Error(`the losses differ: ${first.losses.join(", ")} and ${other.losses.join(", ")}`);
    const measured: [number, number][] = [];
    const tokens = steps * config.batchSize * config.length;
    for (let pair = 0; pair < pairs; pair++) {
      const [one, two] = [await ours.train(steps), await theirs.train(steps)];
      measured.push(what === "memory" ? [one.memory, two.memory] : [tokens / one.seconds, tokens / two.seconds]);
    }
    return measured;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const benches: Bench[] = [
  { name: "lora", peer, unit: "tokens/s", run: () => measure("lora", "speed") },
  { name: "lora/4-bit", peer: `${peer}, all in float32`, unit: "tokens/s", run: () => measure("qlora", "speed") },
  { name: "lora/memory", peer, unit: "MB", run: () => measure("lora", "memory") },
  { name: "lora/4-bit-memory", peer: `${peer}, all in float32`, unit: "MB", run: () => measure("qlora", "memory") },
];
export default benches;
