/**
 * `npm run bench -- [--only NAME[,NAME]] [--json FILE]`: Cairn and its peers, measured in turns in one run.
 * A ratio above 1 says Cairn is better; it is the median of the pairs' ratios, so a slow minute of the machine hits both sides.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";

interface Result {
  name: string;
  peer: string;
  ours: number;
  theirs: number;
  unit: string;
  ratio: number;
  runs: number;
}

const notBenches = [
  "bench.ts",
  "clustered-vectors.ts",
  "generate-worker.ts",
  "lora-worker.ts",
  "main.ts",
  "peer-process.ts",
  "serve-worker.ts",
  "setup.ts",
  "train-worker.ts",
  "trainers.ts",
];
/** Units of which less is better. */
const costs = ["s", "MB"];

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

async function loadBenches(): Promise<Bench[]> {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".ts") && !notBenches.includes(file));
  const modules = await Promise.all(files.map((file): Promise<{ default: Bench | Bench[] }> => import(`./${file}`)));
  return modules.flatMap((module) => module.default);
}

/** `bpe-encode` selects all its peers, `bpe-encode/tiktoken` the one. */
const selects = (wanted: string, name: string): boolean => name === wanted || name.startsWith(`${wanted}/`);

async function measure({ name, peer, unit, run }: Bench): Promise<Result> {
  const pairs = await run();
  const ratios = pairs.map(([ours, theirs]) => (costs.includes(unit) ? theirs / ours : ours / theirs));
  const [ours, theirs] = [median(pairs.map((pair) => pair[0])), median(pairs.map((pair) => pair[1]))];
  return { name, peer, ours, theirs, unit, ratio: median(ratios), runs: pairs.length };
}

const { values } = parseArgs({ options: { only: { type: "string" }, json: { type: "string" } } });
const benches = await loadBenches();
const wanted = values.only?.split(",") ?? benches.map((bench) => bench.name);
const unknown = wanted.filter((want) => !benches.some((bench) => selects(want, bench.name)));
if (unknown.length > 0) {
  console.error(`unknown bench: ${unknown.join(", ")}\n  known: ${benches.map((bench) => bench.name).join(", ")}`);
  process.exit(2);
}

const results: Result[] = [];
let failed = false;
for (const bench of benches.filter(({ name }) => wanted.some((want) => selects(want, name)))) {
  try {
    const result = await measure(bench);
    results.push(result);
    const figures = `${result.ours.toPrecision(3)} against ${result.theirs.toPrecision(3)} ${result.unit}`;
    console.log(`${result.name.padEnd(24)} ${result.ratio.toFixed(2).padStart(7)}x  ${figures}  (${result.peer}, ${result.runs} pairs)`);
  } catch (error) {
    failed = true;
    console.error(`${bench.name.padEnd(24)}  failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ results }, null, 2)}\n`);
process.exit(failed ? 1 : 0);
