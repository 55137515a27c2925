/** The same notebook through nbclient, and what of two notebooks' outputs may differ from run to run. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { findKernelspec, type KernelSpec } from "../../src/dist/kernel/index.js";
import { formatNotebook, type Notebook, type Output, parseNotebook } from "../../src/dist/nbformat/index.js";

const environment = { ...process.env, VIRTUAL_ENV: resolve(".venv"), COLUMNS: "80", LINES: "24" };

/** ipykernel, of the peers' environment. */
export const pythonSpec = (): KernelSpec => {
  const spec = findKernelspec("python3", { env: environment });
  return { ...spec, env: { ...spec.env, COLUMNS: "80", LINES: "24" } };
};

/** The notebook as nbclient leaves it. */
export function nbclient(notebook: Notebook, cwd: string = process.cwd()): Notebook {
  const script = resolve("test/parity/nbclient-execute.py");
  const options = { cwd, env: environment, input: formatNotebook(notebook), encoding: "utf8" as const, maxBuffer: 1e9 };
  const { status, stdout, stderr } = spawnSync(resolve(".venv/bin/python"), [script], options);
  if (status !== 0) throw new Error(stderr);
  return parseNotebook(stdout, "nbclient's");
}

const anonymous = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/0x[0-9a-f]+/gi, "<ADDRESS>")
    .replace(/ipykernel_\d+\/\d+\.py/g, "<CELL>");

/** Streams joined while the same one goes on (nbclient does not), without what differs in every process. */
export function normalised(outputs: readonly Output[]): unknown[] {
  const joined: Output[] = [];
  for (const output of outputs) {
    const last = joined.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) last.text += output.text;
    else joined.push(structuredClone(output));
  }
  return joined.map(
    (output) =>
      JSON.parse(JSON.stringify(output), (_, value: unknown) => (typeof value === "string" ? anonymous(value) : value)) as unknown,
  );
}

/** Per code cell. */
export const allOutputs = ({ cells }: Notebook): unknown[] =>
  cells.flatMap((cell) => (cell.cell_type === "code" ? [{ count: cell.execution_count, outputs: normalised(cell.outputs) }] : []));
