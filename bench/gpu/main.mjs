/**
 * Asks ours and the peer for one figure after the other and prints the table. Both are processes that answer a line of JSON with one: ours twice, with TF32 (as
 * the CUDA provider multiplies float32 where nothing else is said) and without; the peer for each setting of PyTorch.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

const begun = performance.now();
const limitSeconds = Number(process.env.CAIRN_BENCH_LIMIT ?? 450);
const left = () => limitSeconds - (performance.now() - begun) / 1000;

const [results] = process.argv.slice(2);
const device = process.env.CAIRN_BENCH_DEVICE;
const isSmall = process.env.CAIRN_BENCH_SMALL === "1";
const seconds = isSmall ? 1 : 5;
const folder = mkdtempSync(path.join(tmpdir(), "cairn-gpu-bench-"));

const gpt = (layers, heads, width, contextLength, vocabularySize, batchSize) => ({
  layers,
  heads,
  width,
  contextLength,
  vocabularySize,
  batchSize,
});
const models = isSmall
  ? { "3M": gpt(2, 2, 32, 32, 64, 4), "30M": gpt(2, 2, 48, 32, 64, 4), "124M": gpt(3, 2, 64, 64, 128, 2) }
  : {
      "3M": gpt(4, 4, 256, 128, 512, 16),
      "30M": gpt(8, 8, 512, 256, 4096, 8),
      "124M": gpt(12, 12, 768, 1024, 50_257, 8),
    };
const encoder = isSmall
  ? { layers: 2, heads: 2, width: 32, vocabulary: 500, sentences: 64 }
  : { layers: 6, heads: 12, width: 384, vocabulary: 30_000, sentences: 8000 };
const decode = isSmall ? { prompt: 4, few: 8, many: 24 } : { prompt: 32, few: 64, many: 384 };

class Side {
  #child;
  #lines;

  constructor(command, args, env = {}) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The answer, or why there is none. */
  async ask(question) {
    if (left() < 15) return { error: "no time left" };
    if (this.#child.exitCode !== null) return { error: "the process has ended" };
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const late = AbortSignal.timeout(Math.round(Math.max(1000, Math.min(limitSeconds / 3, left()) * 1000)));
    const line = await Promise.race([this.#lines.next(), once(late, "abort").then(() => undefined)]);
    if (line === undefined) this.#child.kill("SIGKILL");
    return line === undefined || line.done ? { error: line ? "the process has ended" : "it took too long" } : JSON.parse(line.value);
  }

  async close() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
  }
}

const startOurs = (env) => new Side(process.execPath, [path.join(import.meta.dirname, "ours.mjs"), device, folder], env);
const startPeer = () => new Side(process.env.PYTHON, [path.join(import.meta.dirname, "peer.py"), device, folder]);
const isCuda = device === "cuda";

/** What is measured, and in which settings of PyTorch. */
const tasks = [
  { name: "embed, sentences/s", task: "embed", peers: ["fp32", "tf32", "fp16"], ...encoder },
  ...Object.entries(models).map(([size, config]) => ({
    name: `train ${size}, tokens/s`,
    task: "train",
    size,
    config,
    peers: ["fp32", "tf32", "compiled"],
  })),
  {
    name: "decode 124M, batch 1, tokens/s",
    task: "decode",
    size: "124M",
    config: models["124M"],
    batch: 1,
    ...decode,
    peers: ["fp32", "tf32"],
  },
  {
    name: "decode 124M, batch 16, tokens/s",
    task: "decode",
    size: "124M",
    config: models["124M"],
    batch: 16,
    ...decode,
    peers: ["fp32", "tf32"],
  },
  { name: "prefill 124M, tokens/s", task: "prefill", size: "124M", config: models["124M"], peers: ["fp32", "tf32", "compiled"] },
];

const columns = ["ours, TF32", "ours, float32", "PyTorch float32", "PyTorch TF32", "compiled, TF32", "PyTorch float16"];
const columnOf = { fp32: "PyTorch float32", tf32: "PyTorch TF32", compiled: "compiled, TF32", fp16: "PyTorch float16" };
const rows = tasks.map(({ name }) => ({ name }));
const notes = [];

const made = startPeer();
const { error, versions } = await made.ask({ task: "make", ...encoder });
if (error) throw new Error(`the peer cannot begin: ${error}`);
await made.close();
/** Each process has the card for itself, and gives its memory back before the next. */
async function measure(side, settings) {
  for (const [index, { name, peers, ...question }] of tasks.entries()) {
    for (const [setting, column] of settings) {
      if (setting !== undefined && !peers.includes(setting)) continue;
      const answer = await side.ask({ ...question, setting, seconds });
      if (answer.error) notes.push(`${name}, ${column}: ${answer.error}`);
      else Object.assign(rows[index], { [column]: answer.perSecond, checks: { ...rows[index].checks, [column]: answer.check } });
    }
  }
  await side.close();
}

await measure(startOurs({}), [[undefined, columns[0]]]);
await measure(
  startPeer(),
  Object.entries(columnOf).filter(([setting]) => setting !== "compiled"),
);
if (isCuda) await measure(startOurs({ NVIDIA_TF32_OVERRIDE: "0" }), [[undefined, columns[1]]]);
await measure(startPeer(), [["compiled", columnOf.compiled]]);
rmSync(folder, { recursive: true });

/** Whether both did the same work: first losses, a vector, greedy ids. */
for (const { name, checks = {} } of rows) {
  const [ours, theirs] = [checks["ours, float32"] ?? checks["ours, TF32"], checks["PyTorch float32"]];
  if (!ours || !theirs) continue;
  const apart = Math.max(...ours.map((number, index) => Math.abs(number - theirs[index])));
  const isSame = name.startsWith("decode") ? apart === 0 : apart < 0.02;
  if (!isSame)
    notes.push(`${name}: ours and PyTorch differ, by ${apart.toPrecision(2)} at most (${ours.slice(0, 4)} and ${theirs.slice(0, 4)})`);
}

const card = isCuda
  ? execFileSync("nvidia-smi", ["--query-gpu=name,driver_version", "--format=csv,noheader"], { encoding: "utf8" }).trim().split("\n")[0]
  : cpus()[0].model;
const ort = JSON.parse(readFileSync("node_modules/onnxruntime-node/package.json", "utf8")).version;
const best = (row) => Math.max(...[columnOf.fp32, columnOf.tf32, columnOf.compiled].map((column) => row[column] ?? 0));
const shown = (number) => (number === undefined ? "–" : Math.round(number).toLocaleString("en"));
const used = columns.filter((column) => rows.some((row) => row[column] !== undefined));
console.log(
  `\n${card} · ONNX Runtime ${ort} · ${versions} · ${Math.round((performance.now() - begun) / 1000)} s${isSmall ? " · small sizes: no measure" : ""}\n`,
);
console.log(`| | ${used.join(" | ")} | ours to the best of float32 and TF32 |`);
console.log(`| --- |${" --- |".repeat(used.length + 1)}`);
for (const row of rows) {
  const ratio = row[columns[0]] && best(row) ? (row[columns[0]] / best(row)).toFixed(2) : "–";
  console.log(`| ${[row.name, ...used.map((column) => shown(row[column])), ratio].join(" | ")} |`);
}
for (const note of notes) console.log(`\n- ${note}`);
if (results !== "/dev/null") writeFileSync(results, JSON.stringify({ card, ort, versions, isSmall, rows, notes }, undefined, 1));
