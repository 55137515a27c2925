/** `cairn test`: notebooks are run, and what they show is compared with what was accepted. */
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { count } from "../report/index.ts";
import { examineOutputs, type TestOptions } from "../snapshot/index.ts";
import { cacheHelp, executeAll, executionHelp, executionOptions, readExecution } from "./execution.ts";
import { findNotebookPaths } from "./find-notebooks.ts";
import { Interrupt } from "./interrupt.ts";

export const summary: string = "execute notebooks and compare their outputs with accepted ones";

export const help: string = `Usage: cairn test <path…> [--update] [options]

Executes notebooks, as cairn run does, and compares what each cell shows with what was accepted: with the snapshot file beside the notebook
(NAME.snapshot.json), or where there is none with the outputs that the notebook's file has. A cell that shows something else has failed, and the
difference is printed.

  <path…>             notebooks, or folders of which all notebooks are taken
  --update            accept what is different: in the snapshot file, or in the notebook if that has outputs and no snapshot. What agrees
                      stays as it is. A notebook that goes wrong is not accepted
  --tolerance T       how much numbers may differ, relative to the greater; 1e-6 otherwise, and integers not at all
  --mask REGEX        what does not count in texts; may be repeated
  --exact             no tolerance, and no masks but those of --mask
${executionHelp}
  --kernel NAME       a kernel for all notebooks instead of the one each names

What is compared: standard output as one text, values, errors by name and message, and each representation of a figure. Pictures count by their
size and the mean colours of 32 × 32 parts, and where a figure has its data beside it not at all. Left out are the standard error, tracebacks,
execution counts and metadata. Times, durations, rates, paths of this machine, addresses of memory, UUIDs and local ports are masked.

A notebook or a cell can say more in its metadata, "cairn": { "test": … }:
  "tolerance": 0.01, or { "relative": 0.01, "absolute": 0.001 }      "mask": ["\\\\d+ users", { "pattern": "build \\\\w+", "as": "<build>" }]
  "picture": 0.1, how much a part of a picture may differ            "ignore": ["text/html"], "compare": ["stderr"]
Tags of a cell: ignore-output (or nbval-ignore-output) leaves all of it out, tolerance:0.01 loosens its numbers.

${cacheHelp}

Exit code: 0 all agree, 1 a notebook failed or shows something else, 2 wrong usage or a file that is not a notebook, 130 interrupted.

Examples:
  cairn test notebooks --update
  cairn test notebooks --junit out/junit.xml
  cairn test report.ipynb --tolerance 0.01 --mask 'run-[0-9a-f]+'`;

const options = {
  ...executionOptions,
  update: { type: "boolean" },
  tolerance: { type: "string" },
  mask: { type: "string", multiple: true },
  exact: { type: "boolean" },
  kernel: { type: "string" },
} as const;

interface Given {
  tolerance?: string | undefined;
  mask?: string[] | undefined;
  exact?: boolean | undefined;
}

/** @throws {InputError} */
function readComparison({ tolerance, mask = [], exact = false }: Given): TestOptions {
  const amount = tolerance === undefined || tolerance.trim() === "" ? NaN : Number(tolerance);
  if (tolerance !== undefined && !(amount >= 0))
    throw new InputError(`--tolerance must be a number ≥ 0, got ${tolerance}`, { facts: { option: "tolerance", value: tolerance } });
  return { masks: mask, exact, ...(tolerance === undefined ? {} : { tolerance: amount }) };
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  if (positionals.length === 0) throw new InputError("no notebook given", { hint: "cairn test notebooks" });
  const settings = readExecution(values);
  const comparison = { ...readComparison(values), update: values.update === true };
  const paths = await findNotebookPaths(positionals);
  const profile = process.env.CAIRN_PROFILE;
  let [updatedCells, updatedNotebooks] = [0, 0];
  using interrupt = new Interrupt();
  const { exitCode } = await executeAll(
    paths.map((path) => ({ path })),
    {
      ...settings,
      env: profile === undefined ? {} : { CAIRN_PROFILE: profile },
      ...(values.kernel === undefined ? {} : { kernel: values.kernel }),
      examine: async (path, notebook, result) => {
        const { result: examined, updated } = await examineOutputs(path, notebook, result, comparison);
        updatedCells += updated;
        if (updated > 0) updatedNotebooks++;
        return examined;
      },
    },
    values,
    interrupt,
  );
  if (comparison.update) console.log(`accepted: ${count(updatedCells, "cell")} of ${count(updatedNotebooks, "notebook")}`);
  return exitCode;
}
