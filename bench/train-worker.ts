/** Our side of bench/train.ts, in a process of its own, so that its memory is its own. It answers as train.py does. */
import { createInterface } from "node:readline";
import { writeSafetensors } from "../kernel-helpers/checkpoints/index.ts";
import { GPT, type GPTConfig } from "../kernel-helpers/llm/index.ts";
import { AdamW } from "../kernel-helpers/optim/index.ts";
import { jit, tensor, valueAndGrad, type Tensor } from "../kernel-helpers/tensor/index.ts";

const [file, json, threads] = process.argv.slice(2) as [string, string, string];
const { batchSize, ...config } = JSON.parse(json) as GPTConfig & { batchSize: number };
const { contextLength, vocabularySize } = config;

const model = new GPT(config);
const weights = Object.entries(model.parameters()).map(
  ([name, { shape, data }]) => [name, { dtype: "F32", shape: [...shape], data: data as Float32Array }] as const,
);
await writeSafetensors(file, Object.fromEntries(weights));

const optimizer = new AdamW(model.parameters(), { learningRate: 1e-3, weightDecay: 0.01, decay: () => true }); // as torch's, all decay
const step = jit(
  (ids: Tensor, targets: Tensor) => {
    const [loss, gradients] = valueAndGrad(() => model.loss(ids, targets))(model.parameters());
    optimizer.step(gradients);
    return loss;
  },
  { threads: Number(threads) },
);

const numbers = (factor: number, first: number): Tensor => {
  const ids = Uint32Array.from({ length: batchSize * contextLength }, (_, place) => (place * factor + first) % vocabularySize);
  return tensor(ids, { shape: [batchSize, contextLength] });
};
const [ids, targets] = [numbers(7919, 0), numbers(104_729, 1)];

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const losses = Array.from({ length: Number(line) }, () => step(ids, targets).item());
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, losses, memory }));
}
