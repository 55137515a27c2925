/**
 * Running notebooks: ten of six trivial cells as a whole, the time a single cell takes, and a second run of which nothing has changed.
 * `run` takes the command a user has without Cairn: nbconvert with tslab as it comes. `cell-latency` gives nbclient our own kernel, so
 * that only the runners differ. `cached` takes jupyter-cache, which looks at code alone and writes no notebook when nothing is to be done.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { executeNotebook } from "../src/execute/index.ts";
import { readNotebook } from "../src/nbformat/index.ts";
// Built, because the kernel is found beside the module: a process runs what is built.
import { builtInKernelspec, KernelPool } from "../src/dist/kernel/index.js";
import { tslabKernelspec } from "../src/dist/tslab-kernel/index.js";
import type { Bench } from "./bench.ts";

const python = resolve(".venv/bin/python");
const cairn = resolve("src/bin/cairn.js");
const names = Array.from({ length: 10 }, (_, index) => `n${index}.ipynb`);
const trivialCells = [
  "const a = 1",
  "const b = a + 1",
  "console.log(a, b)",
  "[a, b].map((x) => x * 2)",
  "const text = 'x'.repeat(b)",
  "text.length",
];

function writeCells(path: string, sources: string[]): void {
  const cells = sources.map((source, index) => ({
    cell_type: "code",
    id: `cell-${index}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }));
  const kernelspec = { name: "tslab", display_name: "TypeScript", language: "typescript" };
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells }));
}

/** A folder with ten notebooks and kernelspecs for Jupyter: `tslab`, as tslab itself installs it, and `cairn`, ours. */
async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "cairn-bench-run-"));
  const stock = {
    argv: [resolve("node_modules/.bin/tslab"), "kernel", "--config-path", "{connection_file}"],
    display_name: "TypeScript",
    language: "typescript",
  };
  for (const [name, spec] of Object.entries({ tslab: stock, cairn: tslabKernelspec() })) {
    mkdirSync(join(folder, "jupyter/kernels", name), { recursive: true });
    writeFileSync(join(folder, "jupyter/kernels", name, "kernel.json"), JSON.stringify(spec));
  }
  mkdirSync(join(folder, "in"));
  for (const name of names) writeCells(join(folder, "in", name), trivialCells);
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function command(folder: string, argv: string[]): Promise<{ seconds: number; stdout: string }> {
  const begun = performance.now();
  const env = {
    ...process.env,
    JUPYTER_PATH: join(folder, "jupyter"),
    JUPYTERCACHE: join(folder, "jcache"),
    CAIRN_CACHE: join(folder, "cache"),
  };
  const child = spawn(argv[0]!, argv.slice(1), { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => undefined).end("y\n".repeat(5)); // jcache asks whether to make its cache
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0)
    throw new Error(`${argv.join(" ")} ended with ${code}; are the peers set up? npm run bench:setup\n${stderr.slice(-2000)}`);
  return { seconds: (performance.now() - begun) / 1000, stdout };
}

const seconds = async (folder: string, ...argv: string[]): Promise<number> => (await command(folder, argv)).seconds;

/** Ours and theirs in turns, after one of each that does not count. */
async function alternate(pairs: number, ours: () => Promise<number>, theirs: () => Promise<number>): Promise<[number, number][]> {
  await ours();
  await theirs();
  const measured: [number, number][] = [];
  for (let pair = 0; pair < pairs; pair++) measured.push([await ours(), await theirs()]);
  return measured;
}

const run: Bench = {
  name: "run",
  peer: "jupyter nbconvert 7.17.2 --execute with tslab 1.0.22, ten notebooks",
  unit: "s",
  run: () =>
    withFolder((folder) => {
      const inputs = names.map((name) => join("in", name));
      return alternate(
        3,
        () => seconds(folder, process.execPath, cairn, "run", "in", "--out", "ours", "--no-cache"),
        () => seconds(folder, python, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--output-dir", "theirs", ...inputs),
      );
    }),
};

const latencyCells = 120;
/** A compiler's first cells are slower than the rest. */
const warmUpCells = 20;

function medianOf(values: number[]): number {
  const sorted = values.slice(warmUpCells).toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

async function ourLatency(path: string): Promise<number> {
  const kernels = new KernelPool({ spec: builtInKernelspec(), jobs: 1 });
  const starts: number[] = [];
  const onEvent = ({ type }: { type: string }): void => void (type === "cell-start" && starts.push(performance.now()));
  try {
    const { status, error } = await executeNotebook(await readNotebook(path), { path, cwd: resolve(path, ".."), kernels, onEvent });
    if (status !== "passed") throw new Error(`the notebook ${status}: ${error?.message}`);
  } finally {
    await kernels.close();
  }
  return medianOf(starts.slice(1).map((start, index) => (start - starts[index]!) / 1000));
}

const cellLatency: Bench = {
  name: "cell-latency",
  peer: `nbclient 0.11.0 with the same kernel, median of ${latencyCells - warmUpCells} trivial cells`,
  unit: "s",
  run: () =>
    withFolder((folder) => {
      const path = join(folder, "latency.ipynb");
      writeCells(
        path,
        Array.from({ length: latencyCells }, (_, index) => `${index} + 1`),
      );
      return alternate(
        5,
        () => ourLatency(path),
        async () => medianOf(JSON.parse((await command(folder, [python, resolve("bench/run.py"), path])).stdout) as number[]),
      );
    }),
};

const cached: Bench = {
  name: "cached",
  peer: "jupyter-cache 1.0.1, jcache project execute again, ten notebooks",
  unit: "s",
  run: () =>
    withFolder(async (folder) => {
      const jcache = [resolve(".venv/bin/jcache")];
      const inputs = names.map((name) => join("in", name));
      await seconds(folder, ...jcache, "notebook", "add", ...inputs);
      const executed = (await command(folder, [...jcache, "project", "execute"])).stdout;
      if (!names.every((name) => executed.includes(name))) throw new Error(`jupyter-cache did not execute all notebooks: ${executed}`);
      // The first of each, which alternate() throws away, executes.
      return alternate(
        5,
        () => seconds(folder, process.execPath, cairn, "run", "in", "--out", "ours"),
        () => seconds(folder, ...jcache, "project", "execute"),
      );
    }),
};

const benches: Bench[] = [run, cellLatency, cached];
export default benches;
