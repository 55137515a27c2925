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
  for (const width of widths) {
    const [all, some] = [await run("fifo", width), await run("asha", width)];
    const [of, taken] = [all, some].map(({ trials }) => trials.reduce((sum, { history }) => sum + history.length * every, 0)) as [
      number,
      number,
    ];
    const best = ({ best: { config, history } }: SweepResult<TrialConfig>): string =>
      `${config.learningRate}, ${history.at(-1)!["bitsPerByte"]!.toFixed(3)}`;
    say(`| ${width} | ${of} | ${taken} | ${Math.round(100 * (1 - taken / of))} % | ${best(all)} | ${best(some)} |`);
  }
}
