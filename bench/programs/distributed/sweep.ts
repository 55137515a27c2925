/** Notebook 06's plot of loss by size as a sweep: what ASHA saves, and whether it finds the same. */
import path from "node:path";
import { grid, sweep, type SweepResult } from "../../../kernel-helpers/distributed/index.ts";
import type { TrialConfig } from "./gpt-trial.ts";
import { partOf } from "./docs-part.ts";
import type { Place } from "./place.ts";

const widths = [16, 64];
const rates = [0.001, 0.003, 0.01, 0.1];
const [steps, every] = [8, 15];

export async function measureSweep({ cluster, folder, where }: Place): Promise<void> {
  const run = (scheduler: "asha" | "fifo", width: number): Promise<SweepResult<TrialConfig>> =>
    sweep({
      cluster,
      task: path.join(import.meta.dirname, "gpt-trial.ts"),
      folder: path.join(folder, `${scheduler}-${width}`),
      space: { width: grid([width]), learningRate: grid(rates), every },
      metric: "bitsPerByte",
      mode: "min",
      steps,
      scheduler,
      reduction: 2,
      workers: 2,
    });
  const say = partOf("sweep");
  say(`## Settings swept

Made by \`bench/programs/distributed/work.ts\` on ${where}: a GPT of two layers that reads bytes of Moby Dick, batches of 12 × 64, ${steps * every} steps at most,
seed 1; learning rates ${rates.join(", ")}. ASHA halves the trials after ${every}, ${2 * every} and ${4 * every} steps (\`reduction: 2\`), for each width by itself, since a
narrow model is ahead at first; "fifo" lets all finish. The loss is that of the last ${every} steps, in bits per byte, on text that had not been seen.

| width | steps, fifo | steps, ASHA | saved | best rate and loss, fifo | best rate and loss, ASHA |
| --- | --- | --- | --- | --- | --- |`);
  const sums = { of: 0, taken: 0, same: 0, worst: 0 };
  for (const width of widths) {
    const [all, some] = [await run("fifo", width), await run("asha", width)];
    const [of, taken] = [stepsOf(all), stepsOf(some)];
    say(`| ${width} | ${of} | ${taken} | ${percent(1 - taken / of)} | ${shown(all)} | ${shown(some)} |`);
    sums.of += of;
    sums.taken += taken;
    sums.same += Number(some.best.config.learningRate === all.best.config.learningRate);
    sums.worst = Math.max(sums.worst, lossOf(some) - lossOf(all));
  }
  say(`
ASHA comes to the same learning rate for ${sums.same} of ${widths.length} widths, with ${percent(sums.taken / sums.of)} of the steps; its best trial ends at most ${sums.worst.toFixed(3)} bits per byte
above that of the whole search. ASHA stops a trial when half of those that came as far before it were better, so it depends on their order: a row in which nothing is saved
is one in which each rate was ahead of those before it. It may also stop one that starts slowly and would have won. With few settings, as here, \`scheduler: "fifo"\` is
the safe choice; with many, or with long trials, ASHA is.`);
}

const stepsOf = ({ trials }: SweepResult<TrialConfig>): number => trials.reduce((sum, { history }) => sum + history.length * every, 0);
const lossOf = ({ best }: SweepResult<TrialConfig>): number => best.history.at(-1)!["bitsPerByte"]!;
const shown = (result: SweepResult<TrialConfig>): string => `${result.best.config.learningRate}, ${lossOf(result).toFixed(3)}`;
const percent = (share: number): string => `${Math.round(100 * share)} %`;
