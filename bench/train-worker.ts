/** Our side of bench/train.ts, in a process of its own, so that its memory is its own. It answers as train.py does. */
import { createInterface } from "node:readline";
import { writeSafetensors } from "../kernel-helpers/checkpoints/index.ts";
import { GPT, type GPTConfig } from "../kernel-helpers/llm/index.ts";
import { GraphBuilder, openSession, refuseCopies, type OnnxValue } from "../kernel-helpers/onnx/index.ts";
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

/** The best of several, in GFLOP/s. */
function multiply(): number {
  const [M, K, N] = [2048, 512, 2048];
  const graph = new GraphBuilder("multiply");
  const [a, b] = [graph.input("a", "float32", [M, K]), graph.input("b", "float32", [K, N])];
  refuseCopies(graph);
  graph.output("c", graph.node("MatMul", [a, b]), "float32", [M, N]);
  using session = openSession(graph.encode(), { threads: Number(threads) });
  const matrix = (...dims: number[]): OnnxValue => ({ dtype: "float32", dims, data: new Float32Array(dims[0]! * dims[1]!).fill(0.5) });
  const [feeds, results] = [{ a: matrix(M, K), b: matrix(K, N) }, { c: matrix(M, N) }];
  const seconds = Array.from({ length: 20 }, () => {
    const start = performance.now();
    session.runSync(feeds, results);
    return (performance.now() - start) / 1000;
  });
  return (2 * M * K * N) / Math.min(...seconds) / 1e9;
}

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "multiply") {
    console.log(multiply());
    continue;
  }
  const start = performance.now();
  const losses = Array.from({ length: Number(line) }, () => step(ids, targets).item());
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, losses, memory }));
}
