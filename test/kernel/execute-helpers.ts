/** What the tests of execution share: notebooks from cells, running them, and looking for processes that are left. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "vitest";
import { executeNotebook, type ExecuteOptions, type ExecutionEvent, type NotebookResult } from "../../src/dist/execute/index.js";
import { builtInKernelspec, KernelPool, type KernelSource, type KernelSpec } from "../../src/dist/kernel/index.js";
import type { CodeCell, Notebook, Output } from "../../src/dist/nbformat/index.js";

/** A source, or a source with tags. */
export type CellSketch = string | [source: string, ...tags: string[]];

export function notebookOf(...sketches: CellSketch[]): Notebook {
  const cells = sketches.map((sketch): CodeCell => {
    const [source, ...tags] = Array.isArray(sketch) ? sketch : [sketch];
    return { cell_type: "code", source, metadata: tags.length > 0 ? { tags } : {}, execution_count: null, outputs: [] };
  });
  return { nbformat: 4, nbformat_minor: 4, metadata: {}, cells };
}

export interface Executed {
  result: NotebookResult;
  notebook: Notebook;
  /** Of each cell. */
  outputs: Output[][];
  statuses: string[];
  events: ExecutionEvent[];
}

export type Options = Partial<ExecuteOptions> & { spec?: KernelSpec };

/** On a kernel source of its own, unless one is given, which is closed; afterwards no process of the kernels is left. */
export async function execute(notebook: Notebook, { spec = builtInKernelspec(), ...options }: Options = {}): Promise<Executed> {
  const events: ExecutionEvent[] = [];
  const kernels: KernelSource = options.kernels ?? new KernelPool({ spec, jobs: 1 });
  const cwd = options.cwd ?? process.cwd();
  const result = await executeNotebook(notebook, { path: "a.ipynb", cwd, ...options, kernels, onEvent: (event) => events.push(event) });
  const left = options.kernels ? [] : kernelProcesses();
  if (!options.kernels) await kernels.close();
  expect(left).toEqual([]);
  const outputs = notebook.cells.map((cell) => (cell as CodeCell).outputs);
  return { result, notebook, outputs, statuses: result.cells.map(({ status }) => status), events };
}

/** Everything that kernels of this process have started and that still lives: their environment says whose they are, whatever group they are in. */
export function kernelProcesses(parent: number = process.pid): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`JPY_PARENT_PID=${parent}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export const temporaryFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), "execute-")));

export const stockSpec = (): KernelSpec => ({
  ...builtInKernelspec(),
  name: "stock",
  argv: [process.execPath, resolve("node_modules/tslab/bin/tslab"), "kernel", "--config-path={connection_file}"],
  env: {},
  interruptMode: "signal",
  transport: "tcp",
});

/** All text of the streams of a cell. */
export const textOf = (outputs: readonly Output[], name: "stdout" | "stderr" = "stdout"): string =>
  outputs.map((output) => (output.output_type === "stream" && output.name === name ? output.text : "")).join("");

export const errorsOf = (outputs: readonly Output[]): [ename: string, evalue: string][] =>
  outputs.flatMap((output) => (output.output_type === "error" ? [[output.ename, output.evalue]] : []));
