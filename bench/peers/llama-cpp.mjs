/**
 * `node llama-cpp.mjs FILE THREADS`: node-llama-cpp with a GGUF file, for benches and parity tests. A line of JSON says how the loading went, then
 * each line asked is answered with one.
 */
import { createInterface } from "node:readline";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const [file, threads] = process.argv.slice(2);
const since = (start) => (performance.now() - start) / 1000;
const peak = () => process.resourceUsage().maxRSS / 1024;

const started = performance.now();
const llama = await getLlama({ gpu: false, build: "never", maxThreads: Number(threads), logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
const context = await model.createContext({ contextSize: 1024, batchSize: 512, threads: Number(threads) });
const sequence = context.getSequence();

const answers = {
  /** The likeliest tokens, one after the other, whatever they are. */
  async generate({ ids, count }) {
    await sequence.clearHistory();
    const start = performance.now();
    const tokens = [];
    let first;
    for await (const token of sequence.evaluate(ids, { temperature: 0, yieldEogToken: true })) {
      first ??= performance.now();
      tokens.push(token);
      if (tokens.length === count) break;
    }
    return { ids: tokens, first: (first - start) / 1000, rest: since(first) };
  },
  async read({ ids }) {
    await sequence.clearHistory();
    const start = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(ids);
    return { seconds: since(start) };
  },
  /** How much larger the logit of one token is than that of another, after the ids. */
  async gap({ ids, one, other }) {
    await sequence.clearHistory();
    for await (const { probabilities } of sequence.evaluateWithMetadata(ids, { probabilities: true }, { temperature: 1 })) {
      return { gap: Math.log(probabilities.get(one) / probabilities.get(other)) };
    }
  },
  tokenize: ({ text }) => ({ ids: model.tokenize(text, true) }),
  detokenize: ({ ids }) => ({ text: model.detokenize(ids, true) }),
};

console.log(JSON.stringify({ seconds: since(started), memory: peak() }));
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const answer = await answers[question.do](question);
  console.log(JSON.stringify({ ...answer, memory: peak() }));
}
await llama.dispose();
