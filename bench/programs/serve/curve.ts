/**
 * `npx tsx bench/programs/serve/curve.ts [--requests N] [--loads 0.4,0.7,1,1.5,2,3] [--slots 1,8] > docs/serving/curve.csv`: the saturation curve of `cairn serve`,
 * one answer at a time and eight side by side. Requests arrive as from many people. A load of 1 is what clients get, of a server that answers one at a time, who ask
 * again and again. A good answer takes no more than five times what a client alone waits, to its first token and for each further one. The last column is the
 * processor's time for 1,000 tokens, which hardly depends on what else the machine does.
 */
import { parseArgs } from "node:util";
import { closedLoop, openLoop, serve, type LoadReport, type ModelServer } from "../../../kernel-helpers/dist/serve/index.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: "string", default: "80" },
    loads: { type: "string", default: "0.4,0.7,1,1.5,2,3" },
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

const start = (slots: number): Promise<ModelServer> =>
  serve({ models: [{ id: "model", model, slots, slotTokens: 512, threads: Number(values.threads) }], port: 0, queue: 16 });

/** With the processor's seconds for 1,000 tokens; those of all threads, the generator's own among them. */
async function measured(run: () => Promise<LoadReport>): Promise<[LoadReport, processor: number]> {
  const before = process.cpuUsage();
  const report = await run();
  const { user, system } = process.cpuUsage(before);
  return [report, (user + system) / 1e3 / (report.tokensPerSecond * report.seconds)];
}

/** What a server gives that answers one at a time: requests per second, and the times of a client alone. */
async function oneAtATime(): Promise<{ capacity: number; target: { firstToken: number; perToken: number } }> {
  await using server = await start(1);
  const options = { baseUrl: `${server.url}/v1`, bodyOf };
  await closedLoop({ ...options, clients: 1, requests: 1 }); // a warm-up
  const alone = await closedLoop({ ...options, clients: 1, requests: 5 });
  const { requestsPerSecond: capacity } = await closedLoop({ ...options, clients: 4, requests: 16 });
  return { capacity, target: { firstToken: 5 * alone.firstToken.p50, perToken: 5 * alone.perToken.p50 } };
}

const { capacity, target } = await oneAtATime();
const columns = ["load", "slots", "answered", "refused", "failed", "tokens per second", "good per second"];
const times = ["p50", "p95", "p99"].flatMap((at) => [`first token ${at} s`, `per token ${at} s`, `per token with waiting ${at} s`]);
console.log([...columns, ...times, "processor s per 1000 tokens"].join(","));
for (const slots of numbers(values.slots)) {
  await using server = await start(slots);
  const options = { baseUrl: `${server.url}/v1`, bodyOf };
  await closedLoop({ ...options, clients: 1, requests: 1 }); // a warm-up
  for (const load of numbers(values.loads)) {
    const [report, processor] = await measured(() => openLoop({ ...options, requests, target, rate: load * capacity }));
    const { answered, refused, failed, tokensPerSecond, goodput, firstToken, perToken, perTokenWithWaiting } = report;
    const percentiles = (["p50", "p95", "p99"] as const).flatMap((at) => [firstToken[at], perToken[at], perTokenWithWaiting[at]]);
    const figures = [tokensPerSecond, goodput, ...percentiles, processor].map((value) => value.toPrecision(3));
    console.log([load, slots, answered, refused, failed, ...figures].join(","));
  }
}
