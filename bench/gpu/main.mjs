/**
 * Asks ours and the peer for one figure after the other and prints the table. Both are processes that answer a line of JSON with one: ours with TF32 (as the CUDA
 * provider multiplies float32 where nothing else is said), without, and in float16; the peer for each setting of PyTorch. A figure that does not come leaves its
 * reason, and the next is asked for; each is printed when it comes, and kept in the file of results, so that nothing is lost where the whole is cut off.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { Side } from "./side.mjs";
import { columns, differences, tableOf } from "./table.mjs";

const begun = performance.now();
const limitSeconds = Number(process.env.CAIRN_BENCH_LIMIT ?? 450);
const spent = () => (performance.now() - begun) / 1000;
const left = () => limitSeconds - spent();

const [results] = process.argv.slice(2);
const device = process.env.CAIRN_BENCH_DEVICE;
const isCuda = device === "cuda";
const isSmall = process.env.CAIRN_BENCH_SMALL === "1";
const seconds = isSmall ? 1 : 4;
/** Seconds that a part may take, with its first runs and compilation: what hangs costs no more. */
const longest = Object.fromEntries(
  Object.entries({ start: 90, make: 45, ours: 60, peer: 45, compiled: 75 }).map(([kind, most]) => [kind, (most * limitSeconds) / 450]),
);
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
const decode = isSmall ? { prompt: 4, few: 8, many: 48 } : { prompt: 32, few: 64, many: 384 };

/** What is measured, and in which settings. */
const decoding = (batch) => ({
  name: `decode 124M, batch ${batch}, tokens/s`,
  task: "decode",
  size: "124M",
  config: models["124M"],
  batch,
  ...decode,
  settings: ["fp32", "tf32"],
});
const tasks = [
  { name: "embed, sentences/s", task: "embed", settings: ["fp32", "tf32", "fp16"], ...encoder },
  ...Object.entries(models).map(([size, config]) => ({
    name: `train ${size}, tokens/s`,
    task: "train",
    size,
    config,
    settings: ["fp32", "tf32", "compiled"],
  })),
  decoding(1),
  decoding(16),
  { name: "prefill 124M, tokens/s", task: "prefill", size: "124M", config: models["124M"], settings: ["fp32", "tf32", "compiled"] },
];
const rows = tasks.map(({ name }) => ({ name }));
const notes = [];
let card = isCuda ? "a CUDA device" : cpus()[0].model;
let versions = "no PyTorch";
const ort = JSON.parse(readFileSync("node_modules/onnxruntime-node/package.json", "utf8")).version;

const say = (text) => console.error(`[${Math.round(spent())} s] ${text}`);
function note(text) {
  notes.push(text);
  say(text);
}
function keep() {
  if (results !== "/dev/null") writeFileSync(results, JSON.stringify({ card, ort, versions, isSmall, rows, notes }, undefined, 1));
}

/** Asks once, and where the card's memory does not suffice for training again with half the batch, which both sides have from then on. */
async function figure(side, task, question, kind) {
  for (;;) {
    if (left() < 12) return { error: "no time left" };
    const { error } = await side.start(Math.min(longest.start, left() - 3));
    if (error) return { error };
    if (left() < 8) return { error: "no time left" };
    const answer = await side.ask(question, Math.min(longest[kind], left() - 3));
    const isShort = answer.error !== undefined && /memory|alloc|CUDNN_STATUS|process ended: SIG/i.test(answer.error);
    if (!isShort || task.task !== "train" || question.config.batchSize < 2) return answer;
    const batchSize = question.config.batchSize / 2;
    note(`${task.name}: ${kind} at a batch of ${question.config.batchSize}: ${answer.error}; again with ${batchSize}`);
    task.config = { ...task.config, batchSize };
    question.config = task.config;
  }
}

/** Each process has the card for itself, and gives its memory back before the next. */
async function measure(side, kind, column, setting, among = tasks) {
  for (const task of among) {
    const { name, ...question } = task;
    const start = performance.now();
    const answer = await figure(side, task, { ...question, setting, seconds }, kind);
    const took = `${Math.round((performance.now() - start) / 1000)} s`;
    const row = rows[tasks.indexOf(task)];
    const isFigure = Number.isFinite(answer.perSecond) && answer.perSecond > 0;
    if (answer.error !== undefined || !isFigure) note(`${name}, ${column}: ${answer.error ?? "too short to be measured"} (${took})`);
    else {
      Object.assign(row, { [column]: answer.perSecond, checks: { ...row.checks, [column]: answer.check } });
      say(`${name}, ${column}: ${Math.round(answer.perSecond).toLocaleString("en")} (${took})`);
    }
    keep();
    // What is compiled for so long at one size will not be compiled in time at a larger one.
    if (kind === "compiled" && /took more than/.test(answer.error ?? "")) return note("compiled, TF32: the other sizes are left out");
  }
}

const ours = (env = {}) => new Side(process.execPath, [path.join(import.meta.dirname, "ours.mjs"), device, folder], env);
const peer = () => new Side(process.env.PYTHON, [path.join(import.meta.dirname, "peer.py"), device, folder]);
const having = (setting) => tasks.filter(({ settings }) => settings.includes(setting));

/** In the order in which one would do without them least. */
async function all() {
  card = cardName() ?? card;
  const theirs = peer();
  const started = await theirs.start(longest.start);
  versions = started.versions ?? versions;
  const made = started.error ? started : await theirs.ask({ task: "make", ...encoder }, longest.make);
  if (made.error) note(`the peer cannot make an encoder, so nothing is embedded: ${made.error}`);

  const first = ours();
  await measure(first, "ours", columns[0]);
  await measure(first, "ours", "ours, float16", "fp16", having("fp16"));
  await first.close();

  await measure(theirs, "peer", "PyTorch TF32", "tf32", having("tf32"));
  await measure(theirs, "peer", "PyTorch float32", "fp32", having("fp32"));
  await measure(theirs, "peer", "PyTorch float16", "fp16", having("fp16"));
  await theirs.close();

  const compiled = peer();
  await measure(compiled, "compiled", "compiled, TF32", "compiled", having("compiled"));
  await compiled.close();

  if (!isCuda) return; // there is one float32
  const exact = ours({ NVIDIA_TF32_OVERRIDE: "0" });
  await measure(exact, "ours", "ours, float32");
  await exact.close();
}

function cardName() {
  if (!isCuda) return undefined;
  try {
    const query = ["--query-gpu=name,driver_version", "--format=csv,noheader"];
    return execFileSync("nvidia-smi", query, { encoding: "utf8", timeout: 20_000 }).trim().split("\n")[0];
  } catch (error) {
    note(`nvidia-smi does not say what card it is: ${error.message.split("\n")[0]}`);
    return undefined;
  }
}

function end() {
  rmSync(folder, { recursive: true, force: true });
  const batches = tasks.filter(({ size, config, task }) => task === "train" && config.batchSize !== models[size].batchSize);
  for (const { name, config } of batches) notes.push(`${name}: at a batch of ${config.batchSize}, unless a note says otherwise`);
  notes.push(...differences(rows));
  keep();
  const head = [card, `ONNX Runtime ${ort}`, versions, `${Math.round(spent())} s`, ...(isSmall ? ["small sizes: no measure"] : [])];
  console.log(`\n${head.join(" · ")}\n\n${tableOf(rows)}`);
  for (const text of notes) console.log(`\n- ${text}`);
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    note(`ended by ${signal}`);
    end();
    process.exit(1);
  });
}
try {
  await all();
} catch (error) {
  note(`the script failed: ${error.stack}`);
} finally {
  end();
}
process.exit(rows.some((row) => Object.keys(row).length > 1) ? 0 : 1);
