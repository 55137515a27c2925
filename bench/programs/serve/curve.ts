/**
 * `npx tsx bench/programs/serve/curve.ts [--requests N] [--loads 0.25,0.5,1,2,4] [--slots 1,8] > docs/serving/curve.csv`: the saturation curve of `cairn serve`,
 * one answer at a time and eight side by side. Requests arrive as from many people; a load of 1 is what eight clients get who ask again and again. A good
 * answer takes no more than five times what a client alone waits, to its first token and for each further one. The last column is the processor's time
 * for 1,000 tokens, which hardly depends on what else the machine does.
 */
import { parseArgs } from "node:util";
import { closedLoop, openLoop, serve, type LoadReport } from "../../../kernel-helpers/dist/serve/index.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: "string", default: "40" },
    loads: { type: "string", default: "0.25,0.5,1,2,4" },
    slots: { type: "string", default: "1,8" },
    threads: { type: "string", default: "2" },
  },
});
const [model = "SmolLM2-135M-Instruct"] = positionals;
const requests = Number(values.requests);
const numbers = (text: string): number[] => text.split(",").map(Number);
const bodyOf = (index: number): object => ({
  model: "model",
  messages: [{ role: "user", content: `${index}. What is the difference between a lake and a pond? Answer in two sentences.` }],
  temperature: 0,
  max_tokens: 48,
});

/** With the processor's seconds for 1,000 tokens; those of all threads, the generator's own among them. */
async function measured(run: () => Promise<LoadReport>): Promise<[LoadReport, processor: number]> {
  const before = process.cpuUsage();
  const report = await run();
  const { user, system } = process.cpuUsage(before);
  return [report, (user + system) / 1e3 / (report.tokensPerSecond * report.seconds)];
}

const columns = ["load", "slots", "answered", "refused", "failed", "tokens per second", "good per second"];
const times = ["p50", "p95", "p99"].flatMap((percentile) => [`first token ${percentile} s`, `per token ${percentile} s`]);
console.log([...columns, ...times, "processor s per 1000 tokens"].join(","));
for (const slots of numbers(values.slots)) {
  const threads = Number(values.threads);
  await using server = await serve({ models: [{ id: "model", model, slots, slotTokens: 512, threads }], port: 0, queue: 16 });
  const options = { baseUrl: `${server.url}/v1`, bodyOf };
  await closedLoop({ ...options, clients: 1, requests: 1 }); // a warm-up
  const alone = await closedLoop({ ...options, clients: 1, requests: 3 });
  const target = { firstToken: 5 * alone.firstToken.p50, perToken: 5 * alone.perToken.p50 };
  const { requestsPerSecond: capacity } = await closedLoop({ ...options, clients: 8, requests: 16 });
  for (const load of numbers(values.loads)) {
    const [report, processor] = await measured(() => openLoop({ ...options, requests, target, rate: load * capacity }));
    const { answered, refused, failed, tokensPerSecond, goodput, firstToken, perToken } = report;
    const percentiles = (["p50", "p95", "p99"] as const).flatMap((at) => [firstToken[at], perToken[at]]);
    const figures = [tokensPerSecond, goodput, ...percentiles, processor].map((value) => value.toPrecision(3));
    console.log([load, slots, answered, refused, failed, ...figures].join(","));
  }
}
