/** Programs of another Python environment, on the kernel that `cairn kernel install --prefix` has put there, in a folder outside of the checkout. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { cairn, executed, processesOf, until } from "../cli/cairn.ts";
import { type CellSketch, notebookOf } from "../kernel/execute-helpers.ts";
import { formatNotebook, type Output } from "../../src/dist/nbformat/index.js";

let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "clients-")));
  makeEnvironment(join(folder, "venv"));
  for (const name of ["runtime", "tmp"]) mkdirSync(join(folder, name));
  // Nothing of this user's own Jupyter counts.
  const own = {
    JUPYTER_DATA_DIR: "data",
    JUPYTER_CONFIG_DIR: "config",
    JUPYTER_RUNTIME_DIR: "runtime",
    IPYTHONDIR: "ipython",
    TMPDIR: "tmp",
    CAIRN_CACHE: "cache",
  };
  environment = Object.fromEntries(Object.entries(own).map(([name, path]) => [name, join(folder, path)]));
  const { code, stderr } = await cairn(folder, ["kernel", "install", "--prefix", "venv"]);
  if (code !== 0) throw new Error(stderr);
});
afterAll(() => rmSync(folder, { recursive: true }));

afterEach(expectNothingLeft);

async function expectNothingLeft(): Promise<void> {
  await until(() => processesOf(folder).length === 0, 10_000);
  // Where they keep connection files: the console in Jupyter's folder, nbclient in the system's.
  expect(["runtime", "tmp"].flatMap((name) => readdirSync(join(folder, name)))).toEqual([]);
}

/** An environment of its own that has the peers' packages. */
function makeEnvironment(path: string): void {
  const peers = resolve(".venv");
  expect(spawnSync(join(peers, "bin/python"), ["-m", "venv", "--without-pip", path]).status).toBe(0);
  const [version] = readdirSync(join(path, "lib"));
  writeFileSync(join(path, "lib", version!, "site-packages", "peers.pth"), join(peers, "lib", version!, "site-packages"));
}

async function python(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(join(folder, "venv/bin/python"), args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = await once(child, "close");
  return { code: code as number | null, stdout, stderr };
}

function put(name: string, ...cells: CellSketch[]): void {
  const notebook = notebookOf(...cells);
  notebook.metadata.kernelspec = { name: "tslab", display_name: "TypeScript", language: "typescript" };
  writeFileSync(join(folder, name), formatNotebook(notebook));
}

type Text = string | string[];
const joined = (text: Text | undefined): string => (Array.isArray(text) ? text.join("") : (text ?? ""));

/** Of each cell: what it printed, gave and failed with. */
function shown(name: string): unknown[] {
  return executed(folder, name).cells.map(({ outputs = [] }) =>
    (outputs as unknown as Output[]).map((output) => {
      if (output.output_type === "stream") return `${output.name}: ${joined(output.text as Text)}`;
      if (output.output_type === "error") return `${output.ename}: ${output.evalue}`;
      return output.output_type === "execute_result" ? joined(output.data["text/plain"] as Text) : Object.keys(output.data).toSorted();
    }),
  );
}

const figure = "import { bar, show } from 'kernel-helpers/plots'\nshow(bar({ a: 1, b: 2 }, { title: 'two bars' }))";

test("jupyter nbconvert --execute", async () => {
  put(
    "all.ipynb",
    "const answer: number = 6 * 7\nconsole.log('printed')\nconsole.error('complained')",
    "answer",
    figure,
    ["import { BpeTokenizer } from 'kernel-helpers/tokenizer'\nthrow new RangeError('on purpose')", "raises-exception"],
    "[answer, typeof BpeTokenizer.train, __dirname]",
  );
  const { code, stderr } = await python("-m", "nbconvert", "--to", "notebook", "--execute", "all.ipynb", "--output", "done.ipynb");
  expect({ code, said: code === 0 ? "" : stderr }).toEqual({ code: 0, said: "" });
  expect(shown("done.ipynb")).toEqual([
    ["stdout: printed\n", "stderr: complained\n"],
    ["42"],
    [["application/vnd.plotly.v1+json", "image/svg+xml", "text/plain", "text/vnd.cairn.table.v1+html"]],
    ["RangeError: on purpose"],
    [`[ 42, 'function', '${folder}' ]`],
  ]);
});

test("a cell that fails ends nbconvert with what happened, and with --allow-errors the later ones run", async () => {
  put("fails.ipynb", "const wrong: number = 'text'", "const { length } = 'text'\nlength.nothing.at", "'later'");
  const ended = await python("-m", "nbconvert", "--to", "notebook", "--execute", "fails.ipynb", "--output", "ended.ipynb");
  expect(ended.code).toBe(1);
  expect(stripVTControlCharacters(ended.stderr)).toMatch(
    /cell\[1\]:1:7 - error TS2322: Type 'string' is not assignable to type 'number'\.\n> 1 \| const wrong/,
  );
  const { code } = await python(
    "-m",
    "nbconvert",
    "--to",
    "notebook",
    "--execute",
    "--allow-errors",
    "fails.ipynb",
    "--output",
    "allowed.ipynb",
  );
  expect(code).toBe(0);
  expect(shown("allowed.ipynb")).toEqual([
    ["TypeScriptError: TS2322: Type 'string' is not assignable to type 'number'."],
    ["TypeScriptError: TS2339: Property 'nothing' does not exist on type 'number'."],
    ["'later'"],
  ]);
});

test("papermill keeps what ran before the cell that fails, and says what failed", async () => {
  put("report.ipynb", "console.log('begun')", "throw new RangeError('on purpose')", "'never'");
  const { code, stderr } = await python("-m", "papermill", "report.ipynb", "reported.ipynb", "--no-progress-bar");
  expect(code).toBe(1);
  expect(stripVTControlCharacters(stderr)).toMatch(
    /cell\[2\]:1:7\n> 1 \| throw new RangeError\('on purpose'\)[\s\S]*RangeError: on purpose/,
  );
  const cells = shown("reported.ipynb");
  expect(cells).toContainEqual(["stdout: begun\n"]);
  expect(cells).toContainEqual(["RangeError: on purpose"]);
  expect(cells.at(-1)).toEqual([]);
});

test("nbclient, asked for input that nobody can give, says so", async () => {
  put("asks.ipynb", "await input('Name? ')");
  const { code, stderr } = await python("-m", "nbconvert", "--to", "notebook", "--execute", "asks.ipynb", "--output", "asked.ipynb");
  expect(code).toBe(1);
  expect(stripVTControlCharacters(stderr)).toContain('Error: input: nobody is there to answer "Name? "');
});

describe("jupyter console", () => {
  test("values, functions of several lines, errors, input and Ctrl-C, and out", async () => {
    const { code, stdout, stderr } = await python(resolve("test/parity/console.py"));
    expect({ code, said: code === 0 ? "" : stderr }).toEqual({ code: 0, said: "" });
    const screen = JSON.parse(stdout) as Record<string, string>;
    expect(screen["banner"]).toMatch(/TypeScript \d+\.\d+\.\d+ on Node \d+/);
    expect(screen["value"]).toContain("Out[1]: 2\r\n");
    expect(screen["function"]).toContain("Out[3]: 42\r\n");
    expect(screen["error"]).toMatch(/> 1 \| throw new RangeError\('on purpose'\)\r\n[\s\S]*\nRangeError: on purpose\r\n/);
    expect(screen["input"]).toContain("Out[5]: 'ADA'\r\n");
    const interrupted = Object.values(screen).filter((text) => /Interrupted: the cell was interrupted\r\n/.test(text));
    expect(interrupted).toHaveLength(2);
    expect(screen["after"]).toContain("Out[8]: 'goes on 8'\r\n");
    expect(screen["status"]).toBe(0);
  });
});
