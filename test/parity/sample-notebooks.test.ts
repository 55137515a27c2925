/**
 * The notebooks that nbclient tests itself with, through `cairn run --kernel python3`, and those of nbconvert, through `cairn export`: the same
 * outputs, but for the differences of docs/peers-notebooks.md. They come from the projects' source distributions (BSD), which bench:setup fetches.
 */
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseNotebook, type Notebook } from "../../src/dist/nbformat/index.js";
import { allOutputs } from "./execute-helpers.ts";

const run = promisify(execFile);
const cairn = path.resolve("src/bin/cairn.js");
const python = path.resolve(".venv/bin/python");
const env = { ...process.env, VIRTUAL_ENV: path.resolve(".venv"), COLUMNS: "80", LINES: "24" };
const folder = mkdtempSync(path.join(tmpdir(), "cairn-samples-"));
afterAll(() => rmSync(folder, { recursive: true }));

function unpacked(name: string): string {
  const archive = path.resolve(".venv/sources", `${name}.tar.gz`);
  if (!existsSync(archive)) throw new Error(`${archive} is missing: npm run bench:setup`);
  execFileSync("tar", ["xzf", archive, "-C", folder]);
  return path.join(folder, name);
}

const read = (file: string): Notebook => parseNotebook(readFileSync(file, "utf8"), file);

/** Times of day differ from run to run. */
const withoutTimes = (outputs: unknown): unknown => JSON.parse(JSON.stringify(outputs).replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME"));

describe("nbclient's notebooks", () => {
  const [source, theirs, ours] = ["nbclient", "theirs", "ours"].map((name) => path.join(folder, name)) as [string, string, string];
  // One never ends, and two wait for each other by what nbclient's tests put into them.
  const left = new Set(["Interrupt.ipynb", "Parallel Execute A.ipynb", "Parallel Execute B.ipynb"]);
  let given: string;
  let report: { notebooks: { path: string; status: string }[] };

  beforeAll(async () => {
    for (const place of [source, theirs, ours]) mkdirSync(place);
    const files = path.join(unpacked("nbclient-0.11.0"), "tests/files");
    for (const name of readdirSync(files)) if (name.endsWith(".ipynb") && !left.has(name)) cpSync(path.join(files, name), path.join(source, name));
    const options = { env, maxBuffer: 1e8 };
    given = (await run(python, ["test/parity/sample-notebooks.py", source, theirs], options)).stdout;
    const json = path.join(folder, "report.json");
    const flags = ["--kernel", "python3", "--allow-errors", "--no-cache", "--out", ours, "--json", json];
    await run(process.execPath, [cairn, "run", source, ...flags], options).catch(() => {}); // one kernel ends itself
    report = JSON.parse(readFileSync(json, "utf8")) as typeof report;
  });

  test("are all there", () => expect(report.notebooks.map((each) => path.basename(each.path)).toSorted()).toEqual(readdirSync(source).toSorted()));

  test("the one whose kernel ends itself fails in both, and no other", () => {
    expect(given.trim()).toBe("Autokill.ipynb\tDeadKernelError");
    expect(report.notebooks.filter(({ status }) => status !== "passed").map((each) => path.basename(each.path))).toEqual(["Autokill.ipynb"]);
  });

  test("have the same outputs and counts", () => {
    const differing = readdirSync(source)
      .filter((name) => name !== "Autokill.ipynb")
      .filter((name) => {
        const [one, other] = [ours, theirs].map((place) => JSON.stringify(withoutTimes(allOutputs(read(path.join(place, name))))));
        if (process.env["SHOW"] && one !== other) console.log(name, one, other);
        return one !== other;
      });
    expect(differing).toEqual([]);
  });
});
