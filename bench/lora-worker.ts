/** Our side of bench/lora.ts, in a process of its own, so that its memory is its own. It answers as lora.py does. */
import { createInterface } from "node:readline";
import { writeAdapter } from "../kernel-helpers/llm/fine-tune/adapter-files.ts";
import { projectionNames, withAdapters } from "../kernel-helpers/llm/fine-tune/adapters.ts";
import { loadBase } from "../kernel-helpers/llm/fine-tune/base.ts";
import { packedBatches, type PackedBatch } from "../kernel-helpers/llm/fine-tune/pack.ts";
import { Adapters } from "../kernel-helpers/llm/fine-tune/trainee.ts";
import { AdamW } from "../kernel-helpers/optim/index.ts";
import { jit, valueAndGrad } from "../kernel-helpers/tensor/index.ts";

const [folder, json, threads] = process.argv.slice(2) as [string, string, string];
const { method, rank, batchSize, length, learnt } = JSON.parse(json) as {
  method: "lora" | "qlora";
  rank: number;
  batchSize: number;
  length: number;
  learnt: number;
};

const base = await loadBase("SmolLM2-135M-Instruct", method, undefined);
const settings = { rank, alpha: 2 * rank, dropout: 0, targets: projectionNames, seed: 0 };
const model = withAdapters(base.weights, settings);
await writeAdapter(folder, model, { ...settings, base: base.name });

const trainee = new Adapters(model);
const optimizer = new AdamW(trainee.parameters(), { learningRate: 1e-3, weightDecay: 0.01, decay: () => true });
const step = jit(
  (batch: PackedBatch) => {
    const [loss, gradients] = valueAndGrad(() => trainee.loss(batch))(trainee.parameters());
    optimizer.step(gradients);
    return loss;
  },
  { threads: Number(threads) },
);
/** One example a row, of which the end is learnt. */
const examples = Array.from({ length: batchSize }, (_, row) => ({
  ids: Uint32Array.from({ length: length + 1 }, (__, place) => ((row * length + place) * 7919) % 49_152),
  isLearnt: Array.from({ length: length + 1 }, (__, place) => place > length - learnt),
}));
const batch = packedBatches("examples", examples, { rowLength: length, batchSize, packing: false, seed: undefined }).at(0);

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const losses = Array.from({ length: Number(line) }, () => step(batch).item());
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, losses, memory }));
}
