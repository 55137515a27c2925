/**
 * What distributing costs on this machine: efficiency of two workers, bytes on the wire, ZeRO-1's memory, recovery from kill -9. Writes docs/distributed.md.
 * `node --import tsx bench/programs/distributed/main.ts`
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  ringSeconds,
  startRay,
  trainDataParallel,
  type DataParallelOptions,
  type DataParallelRun,
  type LocalRay,
} from "../../../kernel-helpers/distributed/index.ts";
import { freePort } from "../../../kernel-helpers/runtime/python.ts";
import type { GptOptions } from "./gpt-task.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-distributed-"));
const ports = { head: await freePort(), dashboard: await freePort() };
const token = "0123456789abcdef".repeat(4);
const start = (): Promise<LocalRay> => startRay({ ports, token, timeout: 900 });
const lines: string[] = [];
const say = (line: string): void => {
  lines.push(line);
  console.log(line);
};
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

let runs = 0;
let ray = await start();
async function run(taskOptions: GptOptions, more: Partial<DataParallelOptions> = {}): Promise<DataParallelRun> {
  const options: DataParallelOptions = {
    cluster: ray.cluster,
    task: path.join(import.meta.dirname, "gpt-task.ts"),
    taskOptions: { ...taskOptions },
    workers: 2,
    steps: 20,
    every: 100,
    patience: 600,
    folder: path.join(folder, String(runs++)),
    ...more,
  };
  return trainDataParallel(options);
}

/** Seconds of a step, in the middle of them: the first compiles. */
const secondsOf = ({ steps }: DataParallelRun): number =>
  median(steps.slice(3).map(({ seconds }) => seconds.gradients + seconds.exchange + seconds.update));
const exchangeOf = ({ steps }: DataParallelRun): number => median(steps.slice(3).map(({ seconds }) => seconds.exchange));

const sizes: Record<string, GptOptions> = {
  small: { width: 64, layers: 2, batchSize: 16, contextLength: 64 },
  middle: { width: 128, layers: 4, batchSize: 16, contextLength: 64 },
  large: { width: 256, layers: 4, batchSize: 16, contextLength: 64 },
};

say(`# Distributing, measured

Made by \`bench/programs/distributed/main.ts\` on ${cpus().length} cores (${cpus()[0]!.model.trim()}), Ray 2.60, gloo over the loopback. Times are medians of a step
as worker 0 sees it, on a machine that had other work to do: read the ratios, not the times.

## Two workers of one thread against one of two

One batch of 16 × 64 tokens a step, AdamW. Efficiency is the time of one worker with two threads, divided by that of two workers with one thread each: they have the
same two cores. *Exchange* includes waiting for the other worker.

| parameters | one worker, s | two workers, s | of it exchange, s | efficiency | two workers against one of one thread |
| --- | --- | --- | --- | --- | --- |`);
const pairs: { length: number; two: DataParallelRun; single: number }[] = [];
for (const size of Object.values(sizes)) {
  const one = await run(size, { workers: 1, threads: 2 });
  const two = await run(size);
  const single = await run(size, { workers: 1 });
  const [before, after, alone] = [secondsOf(one), secondsOf(two), secondsOf(single)];
  pairs.push({ length: two.length, two, single: alone });
  say(
    `| ${two.length.toLocaleString("en")} | ${before.toFixed(3)} | ${after.toFixed(3)} | ${exchangeOf(two).toFixed(3)} | ${(before / after).toFixed(2)} | ${(alone / after).toFixed(2)} × as fast |`,
  );
}

say(`
## Bytes on the wire

What each worker has sent in a step, as the kernel counts the acknowledged bytes of its connections, against 2(n − 1)/n · 4 bytes for each parameter (n = 2).

| parameters | how | theory | worker 0 | worker 1 | off by |
| --- | --- | --- | --- | --- | --- |`);
const wire = (how: string, { length, bytesSent, stepsSince }: DataParallelRun): void => {
  const [one, other] = bytesSent.map((bytes) => bytes / stepsSince) as [number, number];
  const theory = length * 4;
  const off = ((one + other) / 2 / theory - 1) * 100;
  say(
    `| ${length.toLocaleString("en")} | ${how} | ${theory.toLocaleString("en")} | ${Math.round(one).toLocaleString("en")} | ${Math.round(other).toLocaleString("en")} | ${off.toFixed(1)} % |`,
  );
};
for (const { two } of pairs) wire("all-reduce", two);
const sharded = await run(sizes["middle"]!, { shardOptimizer: true });
wire("ZeRO-1: reduce, then all-gather", sharded);

say(`
## Memory of a worker, in bytes between steps

ZeRO's first stage (arXiv:1910.02054) cuts the optimizer's state by the number of workers: two moments, and its own copy of the weights that it updates, 12/n bytes
for each parameter. Without it the moments take 8 bytes on every worker.

| parameters | how | weights | gradients | optimizer, formula | optimizer, worker 0 | worker 1 |
| --- | --- | --- | --- | --- | --- | --- |`);
const memory = (how: string, { length, memory: held }: DataParallelRun, formula: number): void =>
  say(
    `| ${length.toLocaleString("en")} | ${how} | ${held[0]!.parameters.toLocaleString("en")} | ${held[0]!.gradients.toLocaleString("en")} | ${formula.toLocaleString("en")} | ${held.map(({ optimizer }) => optimizer.toLocaleString("en")).join(" | ")} |`,
  );
memory("whole", pairs[1]!.two, 8 * pairs[1]!.two.length);
memory("ZeRO-1", sharded, (12 / 2) * sharded.length);

say(`
## The model of cost, checked

From the middle size: half of the computing of one worker with one thread, and what the exchange took for its bytes, give a bandwidth; from it follow the others' steps
(\`ringSeconds\`).

| parameters | step by the model, s | measured, s |
| --- | --- | --- |`);
const middle = pairs[1]!;
const bandwidth = (4 * middle.length) / Math.max(exchangeOf(middle.two), 1e-6);
for (const { length, two, single } of pairs)
  say(
    `| ${length.toLocaleString("en")} | ${(single / 2 + ringSeconds(2, 4 * length, bandwidth)).toFixed(3)} | ${secondsOf(two).toFixed(3)} |`,
  );
say(`\nThe bandwidth that comes out, waiting included, is ${(bandwidth / 1e6).toFixed(0)} MB/s.`);

say(`
## After kill -9

Seconds from the blow until the first step that had not been taken before; checkpoints every 5 steps, the blow before step 13. Every run ended with the losses of one that
nobody disturbed, to the last bit, and no step that a checkpoint had acknowledged was lost.

| who | seconds | steps taken again | losses |
| --- | --- | --- | --- |`);
const whole = await run(sizes["small"]!, { every: 5 });
for (const whom of ["worker", "driver", "head"] as const) {
  const marker = path.join(folder, whom);
  let again = 0;
  let recovered = 0;
  const comesBack = (async () => {
    if (whom !== "head") return;
    while (!exists(marker)) await setTimeout(100);
    await ray.close();
    ray = await start();
  })();
  const disturbed = await run(
    { ...sizes["small"]!, kill: { whom, at: 12, marker } },
    {
      every: 5,
      onEvent: (event) => {
        if (event.type === "ready" && event.step > 0) [again, recovered] = [12 - event.step, recovered || event.at.getTime()];
      },
    },
  );
  await comesBack;
  const blow = Number(readFileSync(marker, "utf8"));
  const replayed = disturbed.steps
    .slice(12 - again, 13)
    .reduce((sum, { seconds }) => sum + seconds.gradients + seconds.exchange + seconds.update, 0);
  const same = disturbed.steps.every(({ loss }, index) => loss === whole.steps[index]!.loss);
  say(`| ${whom} | ${((recovered - blow) / 1000 + replayed).toFixed(1)} | ${again} | ${same ? "equal" : "DIFFERENT"} |`);
}
await ray.close();
rmSync(folder, { recursive: true });
writeFileSync("docs/distributed.md", `${lines.join("\n")}\n`);

function exists(file: string): boolean {
  try {
    return readFileSync(file, "utf8") !== "";
  } catch {
    return false;
  }
}
