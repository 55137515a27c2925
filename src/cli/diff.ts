/** `cairn diff`: two versions of a notebook, cell by cell; also what git shows for notebooks. */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { diffLines, diffNotebooks, isSameNotebook, linesOf, showLines, showNotebooks } from "../compare/index.ts";
import { CairnError, InputError } from "../errors.ts";
import { parseNotebook, type Notebook } from "../nbformat/index.ts";
import { createColours, type Colours } from "../report/index.ts";

export const summary: string = "show what is different in two versions of a notebook; for git, too";

export const help: string = `Usage: cairn diff <before> <after> [options]

Shows what is different, cell by cell: source, outputs, and metadata as far as it matters. Cells are found again by their ids, by their code, or
by code that is alike. Counts of executions, times, and what editors note are left out; pictures are compared by what they show, and long outputs
are cut. A file that is not a notebook is compared as text, and what is wrong with it is said.

  <before> <after>   notebooks; one of them may be - for the standard input, or a file that is not there: /dev/null
  --no-outputs       compares source and metadata
  --no-metadata      compares source and outputs
  --json             the differences for programs, whole
  --git              the words after it are those by which git calls a diff driver

In git, for all notebooks of a repository:
  git config diff.cairn.command "npx cairn diff --git"
  echo "*.ipynb diff=cairn" >> .gitattributes

Exit code: 0 nothing is different, 1 something is, 2 wrong usage or a file that is not a notebook; with --git always 0.

Examples:
  cairn diff report.ipynb out/report.ipynb
  git show HEAD:report.ipynb | cairn diff - report.ipynb`;

const options = {
  "no-outputs": { type: "boolean" },
  "no-metadata": { type: "boolean" },
  json: { type: "boolean" },
  git: { type: "boolean" },
} as const;

/** A file that was read, and what came of it. */
interface Side {
  name: string;
  text: string;
  notebook: Notebook | undefined;
  problem: string | undefined;
}

const nothing: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };

/** @throws {InputError} The file cannot be read. */
async function readSide(path: string, name: string): Promise<Side> {
  const bytes = await (path === "-" ? buffer(process.stdin) : readFile(path)).catch((error: unknown) => {
    throw new InputError(`cannot read ${path}: ${(error as Error).message}`, { facts: { path }, cause: error });
  });
  const text = new TextDecoder("utf-8").decode(bytes);
  if (bytes.length === 0) return { name, text, notebook: nothing, problem: undefined };
  try {
    return { name, text, notebook: parseNotebook(text, name), problem: undefined };
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    return { name, text, notebook: undefined, problem: error.problem };
  }
}

/** What git passes: path, old-file, old-hex, old-mode, new-file, new-hex, new-mode, and for a renaming the new path; or one path, where a merge is unresolved. */
function fromGit(words: readonly string[]): { files: [string, string]; names: [string, string] } | undefined {
  const [path, before, , , after, , , renamed] = words;
  if (words.length === 1) return undefined;
  if (path === undefined || before === undefined || after === undefined || words.length < 7)
    throw new InputError(`git passes a diff driver 7 words, got ${words.length}`, {
      hint: "cairn diff before.ipynb after.ipynb needs no --git",
    });
  const named = (file: string, name: string): string => (file === "/dev/null" ? file : name);
  return { files: [before, after], names: [named(before, `a/${path}`), named(after, `b/${renamed ?? path}`)] };
}

function asText(before: Side, after: Side, colours: Colours): string[] {
  const lines = diffLines(linesOf(before.text), linesOf(after.text));
  return [`--- ${before.name}`, `+++ ${after.name}`, "", ...showLines(lines, colours)];
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const git = values.git === true ? fromGit(positionals) : undefined;
  if (values.git === true && !git) {
    console.log(`${positionals[0]!} has not been merged yet`);
    return 0;
  }
  const [first, second, ...more] = git?.files ?? positionals;
  if (first === undefined || second === undefined || more.length > 0 || (first === "-" && second === "-"))
    throw new InputError("give two notebooks", { hint: "cairn diff before.ipynb after.ipynb" });
  const [before, after] = [await readSide(first, git?.names[0] ?? first), await readSide(second, git?.names[1] ?? second)];
  // git's pager shows colours, though our output is a pipe.
  const colours = createColours(process.env.GIT_PAGER_IN_USE === "true" ? { isTTY: true } : process.stdout);
  const problems = [before, after].flatMap(({ problem }) => problem ?? []);
  if (!before.notebook || !after.notebook) {
    if (values.json === true) console.log(JSON.stringify({ problems }, null, 2));
    else {
      for (const problem of problems) console.error(`cairn diff: ${problem}; compared as text`);
      if (before.text !== after.text) console.log(asText(before, after, colours).join("\n"));
    }
    return git ? 0 : 2;
  }
  const difference = diffNotebooks(before.notebook, after.notebook, {
    outputs: values["no-outputs"] !== true,
    metadata: values["no-metadata"] !== true,
  });
  const isSame = isSameNotebook(difference);
  if (values.json === true) console.log(JSON.stringify(difference, null, 2));
  else if (!isSame) console.log(showNotebooks([before.name, after.name], difference, colours).join("\n"));
  return git || isSame ? 0 : 1;
}
