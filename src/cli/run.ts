/** `cairn run`: notebooks → executed copies of them. */
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import type { RunNotebooksOptions } from "../course/index.ts";
import { cacheHelp, executeAll, executionHelp, executionOptions, readExecution, writeReports } from "./execution.ts";
import { findNotebooks, type NotebookFile } from "./find-notebooks.ts";
import { Interrupt } from "./interrupt.ts";
import { readParameter } from "./parameter.ts";
import { chooseSince } from "./since.ts";
import { watchNotebooks } from "./watch.ts";

export const summary: string = "execute notebooks, several at a time; their executed copies go to a folder";

export const help: string = `Usage: cairn run <path…> --out DIR [options]

Executes notebooks, each in a kernel of its own, and writes copies with their outputs to DIR; the notebooks themselves are not changed.
A copy is written also when a cell fails, takes too long or is interrupted: it has the outputs so far.

  <path…>             notebooks, or folders of which all notebooks are taken
  --out DIR           where the executed copies go; made where it is missing
${executionHelp}
  --param NAME=VALUE  a value for a name that the cell tagged "parameters" declares; may be repeated.
                      VALUE is JSON (3, true, [1, 2], "3"), or else a text. A number that would be rounded is refused
  --watch             stay, and run those notebooks again whose code, or anything that they depend on, has changed; Ctrl-C ends it
  --since REF         only notebooks that are touched by what has changed in git since REF (or since the two parted): their code cells,
                      or files that they depend on. What is not committed counts, also new files
  --allow-errors      go on after a cell that fails, and let the notebook pass
  --kernel NAME       a kernel for all notebooks instead of the one each names: the name of a kernelspec, or the folder of one
  --server URL        execute on a running Jupyter Server
  --token T           its token, unless the URL has it

${cacheHelp}
Only the built-in kernel's runs are kept, for what others depend on is not known here. --watch and --since go by the same knowledge, and
for other kernels by the paths that their cells write out.

Ctrl-C stops everything and leaves no process; a second one does so at once.
Exit code: 0 all passed, 1 a notebook failed, 2 wrong usage or a file that is not a notebook, 130 interrupted.

Examples:
  cairn run notebooks/01-tokenization.ipynb --out out
  cairn run notebooks --out out --cell-timeout 60 --junit out/junit.xml
  cairn run notebooks --out out --watch
  cairn run notebooks --out out --since origin/main
  cairn run report.ipynb --out out --param year=2026 --param region=north
  cairn run notebooks --out out --server http://localhost:8888/ --token abc`;

const options = {
  ...executionOptions,
  out: { type: "string" },
  param: { type: "string", multiple: true },
  watch: { type: "boolean" },
  since: { type: "string" },
  "allow-errors": { type: "boolean" },
  kernel: { type: "string" },
  server: { type: "string" },
  token: { type: "string" },
} as const;

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const { out, server, token, kernel } = values;
  if (positionals.length === 0) throw new InputError("no notebook given", { hint: "cairn run notebooks --out out" });
  if (out === undefined) throw new InputError("--out is missing", { hint: "say where the executed copies go: --out DIR" });
  if (token !== undefined && server === undefined)
    throw new InputError("--token without --server", { hint: "give the server's URL with --server" });
  const settings = readExecution(values);
  const find = (): Promise<NotebookFile[]> => findNotebooks(positionals, out);
  const notebooks = await chooseSince(await find(), values.since);
  const profile = process.env.CAIRN_PROFILE;
  const parameters = Object.fromEntries((values.param ?? []).map(readParameter));
  const allowErrors = values["allow-errors"] === true;
  const env: Record<string, string> = profile === undefined ? {} : { CAIRN_PROFILE: profile };
  const execution: RunNotebooksOptions = {
    ...settings,
    parameters,
    allowErrors,
    env,
    ...(kernel === undefined ? {} : { kernel }),
    ...(server === undefined ? {} : { server: { url: server, ...(token === undefined ? {} : { token }) } }),
  };
  using interrupt = new Interrupt();
  if (values.watch === true) return await watchNotebooks({ find, first: notebooks, execution, values, interrupt });
  if (notebooks.length === 0) await writeReports([], values);
  if (notebooks.length === 0) return 0;
  return (await executeAll(notebooks, execution, values, interrupt)).exitCode;
}
