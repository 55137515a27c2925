/** `generate-worker.ts FILE THREADS`: our side of bench/generate.ts, in a process of its own. It answers as peers/llama-cpp.mjs does. */
import { createInterface } from "node:readline";
import { Decoder, Sampler } from "kernel-helpers/llm";

const [file, threads] = process.argv.slice(2) as [string, string];
const since = (start: number): number => (performance.now() - start) / 1000;
const peak = (): number => process.resourceUsage().maxRSS / 1024;

const started = performance.now();
await using decoder = await Decoder.load(file, { threads: Number(threads) });

async function generate(ids: readonly number[], count: number): Promise<object> {
  decoder.truncate(0);
  const sampler = new Sampler({ temperature: 0 });
  const start = performance.now();
  const tokens = [sampler.next(await decoder.read(ids))];
  const first = performance.now();
  while (tokens.length < count) tokens.push(sampler.next(await decoder.read([tokens.at(-1)!])));
  return { ids: tokens, first: (first - start) / 1000, rest: since(first) };
}

async function read(ids: readonly number[]): Promise<object> {
  decoder.truncate(0);
  const start = performance.now();
  await decoder.read(ids);
  return { seconds: since(start) };
}

console.log(JSON.stringify({ seconds: since(started), memory: peak() }));
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line) as { do: "generate" | "read"; ids: number[]; count: number };
  const answer = await (question.do === "read" ? read(question.ids) : generate(question.ids, question.count));
  console.log(JSON.stringify({ ...answer, memory: peak() }));
}
