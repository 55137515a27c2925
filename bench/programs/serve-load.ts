/**
 * `tsx bench/programs/serve-load.ts [MODEL] [--requests N] [--rates 0.5,1,2,4,8]`: the saturation curve of `cairn serve`, one answer at a time and eight side by
 * side. Requests arrive as from many people, at rising rates; a good answer begins within two seconds and then takes 0.2 s a token at most. The last column is
 * the processor's time for 1,000 tokens, which does not depend on what else the machine does.
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { closedLoop, openLoop, serve, type LoadReport } from "../../kernel-helpers/serve/index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: "string", default: "40" },
    rates: { type: "string", default: "0.5,1,2,4,8" },
    threads: { type: "string", default: "2" },
  },
});
const model = positionals[0] ?? "SmolLM2-135M-Instruct";
const target = { firstToken: 2, perToken: 0.2 };
const bodyOf = (index: number): object => ({
  model: path.basename(model).replace(/\.gguf$/, ""),
  messages: [{ role: "user", content: `${index}. What is the difference between a lake and a pond? Answer in two sentences.` }],
  temperature: 0,
  max_tokens: 48,
});

const row = (cells: readonly (string | number)[]): void =>
  console.log(cells.map((cell) => (typeof cell === "number" ? cell.toPrecision(3) : cell).padStart(10)).join(" "));

async function measured(run: () => Promise<LoadReport>): Promise<LoadReport & { processorSeconds: number }> {
  const before = process.cpuUsage();
  const report = await run();
  const { user, system } = process.cpuUsage(before); // of all threads, the generator's own among them
  return { ...report, processorSeconds: (user + system) / 1e6 };
}

for (const slots of [1, 8]) {
  await using server = await serve({ models: [{ model, slots, slotTokens: 512, threads: Number(values.threads) }], port: 0, queue: 32 });
  const options = { baseUrl: `${server.url}/v1`, requests: Number(values.requests), bodyOf, target };
  await closedLoop({ ...options, clients: 1, requests: 2 }); // a warm-up
  console.log(`\n${slots === 1 ? "one at a time" : `${slots} side by side`}`);
  row(["load", "answered", "refused", "failed", "tokens/s", "good/s", "first p50", "p95", "p99", "token p50", "p95", "p99", "cpu s/1000"]);
  const show = (name: string, report: Awaited<ReturnType<typeof measured>>): void => {
    const { answered, refused, failed, tokensPerSecond, goodput, firstToken, perToken, seconds, processorSeconds } = report;
    row([
      name,
      ...[`${answered}`, `${refused}`, `${failed}`],
      ...[tokensPerSecond, goodput, firstToken.p50, firstToken.p95, firstToken.p99, perToken.p50, perToken.p95, perToken.p99],
      (1000 * processorSeconds) / (tokensPerSecond * seconds),
    ]);
  };
  for (const rate of values.rates.split(",")) show(`${rate}/s`, await measured(() => openLoop({ ...options, rate: Number(rate) })));
  show("8 clients", await measured(() => closedLoop({ ...options, clients: 8 })));
}
