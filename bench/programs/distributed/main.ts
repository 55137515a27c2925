/**
 * What training by several workers costs on this machine: efficiency of two, bytes on the wire, ZeRO-1's memory, recovery from kill -9. Writes its part of
 * docs/distributed.md.
 * `node --import tsx bench/programs/distributed/main.ts`, or with `small` or `large` for one size only
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
import { partOf } from "./docs-part.ts";
import type { GptOptions } from "./gpt-task.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-distributed-"));
const ports = { head: await freePort(), dashboard: await freePort() };
const token = "0123456789abcdef".repeat(4);
const start = (): Promise<LocalRay> => startRay({ ports, token, timeout: 900 });
const say = partOf("training");
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

let runs = 0;
let ray = await start();
async function run(taskOptions: GptOptions, more: Partial<DataParallelOptions> = {}): Promise<DataParallelRun> {
  const options: DataParallelOptions = {
    cluster: ray.cluster,
    task: path.join(import.meta.dirname, "gpt-task.ts"),
    taskOptions: { ...taskOptions },
    workers: 2,
    steps: 16,
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

const allSizes: Record<string, GptOptions> = {
  small: { width: 64, layers: 2, batchSize: 16, contextLength: 64 },
  large: { width: 256, layers: 4, batchSize: 16, contextLength: 64 },
};
const asked = process.argv.slice(2);
const sizes = Object.entries(allSizes).filter(([name]) => asked.length === 0 || asked.includes(name));

say(`## Training by several workers

Made by \`bench/programs/distributed/main.ts\` on ${cpus().length} cores (${cpus()[0]!.model.trim()}), Ray 2.60, gloo over the loopback. Times are medians of a step
as worker 0 sees it, on a machine that had other work to do: read the ratios, not the times.

### Two workers of one thread against one of two

One batch of 16 × 64 tokens per step, AdamW. Efficiency is the time of one worker with two threads, divided by that of two workers with one thread each: they have the
same two cores. *Exchange* includes waiting for the other worker.

| parameters | one worker, s | two workers, s | of it exchange, s | efficiency |
| --- | --- | --- | --- | --- |`);
const pairs: { length: number; two: DataParallelRun; one: DataParallelRun }[] = [];
for (const [, size] of sizes) {
  const one = await run(size, { workers: 1, threads: 2 });
  const two = await run(size, { every: 5 });
  const [before, after] = [secondsOf(one), secondsOf(two)];
  pairs.push({ length: two.length, two, one });
  say(
    `| ${two.length.toLocaleString("en")} | ${before.toFixed(3)} | ${after.toFixed(3)} | ${exchangeOf(two).toFixed(3)} | ${(before / after).toFixed(2)} |`,
  );
}

say(`
### Bytes on the wire

What each worker has sent in a step, as the kernel counts the acknowledged bytes of its connections, against 2(n − 1)/n · 4 bytes for each parameter (n = 2).

| parameters | how | theory | worker 0 | worker 1 | off by |
| --- | --- | --- | --- | --- | --- |`);
const small = pairs[0]!;
const wire = (how: string, { length, bytesSent, stepsSince }: DataParallelRun): void => {
  const [one, other] = bytesSent.map((bytes) => bytes / stepsSince) as [number, number];
  const theory = length * 4;
  const off = ((one + other) / 2 / theory - 1) * 100;
  say(
    `| ${length.toLocaleString("en")} | ${how} | ${theory.toLocaleString("en")} | ${Math.round(one).toLocaleString("en")} | ${Math.round(other).toLocaleString("en")} | ${off.toFixed(1)} % |`,
  );
};
for (const { two } of pairs) wire("all-reduce", two);
const sharded = await run(allSizes["small"]!, { shardOptimizer: true });
wire("ZeRO-1: reduce, then all-gather", sharded);

say(`
### Memory of a worker, in bytes between steps

ZeRO's first stage (arXiv:1910.02054) cuts the optimizer's state by the number of workers: two moments, and its own copy of the weights that it updates, 12/n bytes
for each parameter. Without it the moments take 8 bytes on every worker.

| parameters | how | weights | gradients | optimizer, formula | optimizer, worker 0 | worker 1 |
| --- | --- | --- | --- | --- | --- | --- |`);
const memory = (how: string, { length, memory: held }: DataParallelRun, formula: number): void =>
  say(
    `| ${length.toLocaleString("en")} | ${how} | ${held[0]!.parameters.toLocaleString("en")} | ${held[0]!.gradients.toLocaleString("en")} | ${formula.toLocaleString("en")} | ${held.map(({ optimizer }) => optimizer.toLocaleString("en")).join(" | ")} |`,
  );
memory("whole", small.two, 8 * small.length);
memory("ZeRO-1", sharded, (12 / 2) * sharded.length);

say(`
### The model of cost, checked

The computing of the small model's two workers, without their exchange, and the seconds of its exchange for its bytes, waiting included, make a bandwidth. From it and
from the computing of the large one follows the large one's step (\`ringSeconds\`). The small model's exchange is mostly waiting for the other worker, which does not grow
with the bytes: a bandwidth measured on small messages predicts large ones badly.

| parameters | step by the model, s | measured, s |
| --- | --- | --- |`);
const bandwidth = (4 * small.length) / Math.max(exchangeOf(small.two), 1e-6);
for (const { length, two } of pairs) {
  const computing = secondsOf(two) - exchangeOf(two);
  say(
    `| ${length.toLocaleString("en")} | ${(computing + ringSeconds(2, 4 * length, bandwidth)).toFixed(3)} | ${secondsOf(two).toFixed(3)} |`,
  );
}
say(`\nThe bandwidth that comes out is ${(bandwidth / 1e6).toFixed(0)} MB/s.`);

say(`
### After kill -9

Seconds from the blow until the first step that had not been taken before; checkpoints every 5 steps, the blow before step 13. Losses are
equal when they are those of the run that nobody disturbed, to the last bit. Steps taken again had not been acknowledged by a checkpoint; there are none when the workers
went on without the head, and the seconds are then those until a new head had the workers together again at the last checkpoint.

| who | seconds | steps taken again | losses |
| --- | --- | --- | --- |`);
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
    { ...allSizes["small"]!, kill: { whom, at: 12, marker } },
    {
      every: 5,
      onEvent: (event) => {
        if (event.type === "ready" && event.step > 0) [again, recovered] = [Math.max(0, 12 - event.step), recovered || event.at.getTime()];
      },
    },
  );
  await comesBack;
  const blow = Number(readFileSync(marker, "utf8"));
  const replayed = disturbed.steps
    .slice(12 - again, 13)
    .reduce((sum, { seconds }) => sum + seconds.gradients + seconds.exchange + seconds.update, 0);
  const same = disturbed.steps.every(({ loss }, index) => loss === small.two.steps[index]!.loss);
  say(`| ${whom} | ${((recovered - blow) / 1000 + replayed).toFixed(1)} | ${again} | ${same ? "equal" : "DIFFERENT"} |`);
}
await ray.close();
rmSync(folder, { recursive: true });

function exists(file: string): boolean {
  try {
    return readFileSync(file, "utf8") !== "";
  } catch {
    return false;
  }
}
