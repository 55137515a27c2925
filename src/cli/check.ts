/** `cairn check`: types and lint of notebooks, without running them. */
import { parseArgs } from "node:util";
import {
  checkNotebooks,
  countsOf,
  notebookText,
  summaryText,
  toCheckAnnotations,
  toCheckJson,
  type NotebookCheck,
} from "../check/index.ts";
import { InputError } from "../errors.ts";
import { NotebookFormatError } from "../nbformat/index.ts";
import { createColours } from "../report/index.ts";
import { replaceFile } from "../runtime/files.ts";
import { wholeNumber } from "./execution.ts";
import { findNotebookPaths } from "./find-notebooks.ts";
import { readParameter } from "./parameter.ts";
import { chooseSince } from "./since.ts";

export const summary: string = "types and lint of notebooks' cells, without running them";

export const help: string = `Usage: cairn check <path…> [options]

Says what is wrong with the cells of notebooks, by cell, line and column, and runs none of them. The compiler is the kernel's own: an error
here is what the kernel refuses, cell by cell in their order, and what it accepts passes here. All errors are told, not only those of the
first bad cell.

  <path…>             notebooks, or folders of which all notebooks are taken; those of other kernels are passed over, and named
  --param NAME=VALUE  as cairn run has it: cells are checked with this value; may be repeated
  --kernel tslab      check notebooks of other kernels too (jslab, deno), as the built-in kernel would compile them
  --deny-warnings     warnings fail as well
  --since REF         only notebooks that are touched by what has changed in git since REF, as cairn run has it
  --jobs N            notebooks at a time; some threads, where there are enough notebooks for that to pay
  --json FILE         results for programs
On GitHub, errors and warnings become annotations.

Errors are those of TypeScript, loosely typed as in the kernel, or strictly where the notebook's metadata says "typescript": { "strict": true }
or a tsconfig.json beside it does; syntax that Node refuses; and imports of packages and files that are not there. Names of cells further
down are not there yet. A cell tagged "raises-exception" may be refused (one tagged "raises-exception:TypeScriptError" has to be), and one
tagged "skip-execution" is not checked: later cells do not have what it declares.

Warnings are what the kernel runs and is most likely not meant:
  floating-promise      a promise that nobody awaits: the cell turns green before its work is done, and what fails then fails elsewhere
  promise-as-condition  if (isReady()) of an async function: always true
  promise-as-text       a promise within a text
  async-for-each        forEach with an async function, which it does not wait for
  unused-import         an import of which no cell uses anything
A line that says // cairn-ignore, or // cairn-ignore RULE, has none, nor does the line below it.

Exit code: 0 all passed, 1 errors, 2 wrong usage, a file that is not a notebook, or nothing that can be checked.

Examples:
  cairn check notebooks
  cairn check report.ipynb --param year=2026 --deny-warnings
  cairn check notebooks --json out/check.json`;

const options = {
  param: { type: "string", multiple: true },
  kernel: { type: "string" },
  "deny-warnings": { type: "boolean" },
  since: { type: "string" },
  jobs: { type: "string" },
  json: { type: "string" },
} as const;

const isWrongInput = ({ error }: NotebookCheck): boolean =>
  [InputError.code, NotebookFormatError.code].some((code) => error?.code === code);

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  if (positionals.length === 0) throw new InputError("no notebook given", { hint: "cairn check notebooks" });
  if (values.kernel !== undefined && values.kernel !== "tslab") {
    throw new InputError(`cells cannot be checked for the kernel ${values.kernel}`, {
      hint: "the compiler is the built-in kernel's: --kernel tslab, or leave it out",
      facts: { kernel: values.kernel },
    });
  }
  const jobs = wholeNumber(values, "jobs");
  const parameters = Object.fromEntries((values.param ?? []).map(readParameter));
  const found = await chooseSince(
    (await findNotebookPaths(positionals)).map((path) => ({ path })),
    values.since,
  );
  const paths = found.map(({ path }) => path);
  const begun = performance.now();
  const colours = createColours(process.stdout);
  const inOrder = new InOrder(paths, (check) => process.stdout.write(`${notebookText(check, colours)}\n`));
  const checks = await checkNotebooks(paths, {
    parameters,
    isForced: values.kernel !== undefined,
    ...(jobs === undefined ? {} : { jobs }),
    onChecked: (check) => inOrder.add(check),
  });
  if (paths.length > 0) console.log(summaryText(checks, (performance.now() - begun) / 1000, colours));
  if (process.env.GITHUB_ACTIONS) process.stdout.write(toCheckAnnotations(checks, process.env.GITHUB_WORKSPACE));
  if (values.json !== undefined) await replaceFile(values.json, toCheckJson(checks));
  if (checks.some(isWrongInput)) return 2;
  if (values.since === undefined && checks.every(({ status }) => status === "skipped")) {
    console.error("cairn check: none of these notebooks is for the built-in kernel\n  hint: --kernel tslab checks them all the same");
    return 2;
  }
  const hasWarnings = values["deny-warnings"] === true && checks.some((check) => countsOf(check).warnings > 0);
  return hasWarnings || checks.some(({ status }) => status === "failed") ? 1 : 0;
}

/** Several are checked at a time; they are told of in the order in which they were given. */
class InOrder {
  readonly #checks = new Map<string, NotebookCheck>();
  readonly #waiting: string[];
  readonly #tell: (check: NotebookCheck) => void;

  constructor(paths: readonly string[], tell: (check: NotebookCheck) => void) {
    this.#waiting = [...paths];
    this.#tell = tell;
  }

  add(check: NotebookCheck): void {
    this.#checks.set(check.path, check);
    for (let next = this.#checks.get(this.#waiting[0] ?? ""); next; next = this.#checks.get(this.#waiting[0] ?? "")) {
      this.#waiting.shift();
      this.#tell(next);
    }
  }
}
