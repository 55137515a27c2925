/**
 * The notebooks that nbclient tests itself with, through `cairn run --kernel python3`, and those of nbconvert, through `cairn export`: the same
 * outputs, but for the differences of docs/peers-notebooks.md. They come from the projects' source distributions (BSD), which bench:setup fetches.
 */
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { parse, type DefaultTreeAdapterTypes as Tree } from "parse5";
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
  const options = { env, maxBuffer: 1e8 };

  const executeTheirs = (): Promise<{ stdout: string }> => run(python, ["test/parity/sample-notebooks.py", source, theirs], options);

  async function executeOurs(): Promise<void> {
    const json = path.join(folder, "report.json");
    const flags = ["--kernel", "python3", "--allow-errors", "--no-cache", "--out", ours, "--json", json];
    await run(process.execPath, [cairn, "run", source, ...flags], options).catch(() => {}); // one kernel ends itself
    report = JSON.parse(readFileSync(json, "utf8")) as typeof report;
  }

  const executed = (place: string, name: string): unknown => withoutTimes(allOutputs(read(path.join(place, name))));
  const differing = (): { name: string; ours: unknown; theirs: unknown }[] =>
    readdirSync(source)
      .filter((name) => name !== "Autokill.ipynb")
      .map((name) => ({ name, ours: executed(ours, name), theirs: executed(theirs, name) }))
      .filter((each) => JSON.stringify(each.ours) !== JSON.stringify(each.theirs));

  beforeAll(async () => {
    for (const place of [source, theirs, ours]) mkdirSync(place);
    const files = path.join(unpacked("nbclient-0.11.0"), "tests/files");
    for (const name of readdirSync(files))
      if (name.endsWith(".ipynb") && !left.has(name)) cpSync(path.join(files, name), path.join(source, name));
    given = (await executeTheirs()).stdout;
    await executeOurs();
  }, 900_000);

  test("are all there", () =>
    expect(report.notebooks.map((each) => path.basename(each.path)).toSorted()).toEqual(readdirSync(source).toSorted()));

  test("the one whose kernel ends itself fails in both, and no other", () => {
    expect(given.trim()).toBe("Autokill.ipynb\tDeadKernelError");
    expect(report.notebooks.filter(({ status }) => status !== "passed").map((each) => path.basename(each.path))).toEqual([
      "Autokill.ipynb",
    ]);
  });

  test("have the same outputs and counts", { timeout: 900_000 }, async ({ task }) => {
    if (task.result?.retryCount) await executeOurs();
    // nbclient does not wait for its subscription, and may miss what a cell prints at once.
    if (differing().length > 0) await executeTheirs();
    expect(differing()).toEqual([]);
  });
});

const classOf = (node: Tree.Element): string => node.attrs.find(({ name }) => name === "class")?.value ?? "";
/** What only one of the programs writes: numbers of cells, marks beside headings, notes, a list of headings. */
const beside = /jp-InputPrompt|jp-OutputPrompt|anchor-link|katex-html|\bnote\b|phone-contents/;
const blocks = new Set("div p li pre td th tr table ul ol br h1 h2 h3 h4 h5 h6 summary".split(" "));

/** What is read on a page: text, and formulas as they were written. */
function textOf(node: Tree.Node): string {
  if (node.nodeName === "#text") return (node as Tree.TextNode).value;
  if (!("childNodes" in node)) return "";
  const inner = (): string => node.childNodes.map(textOf).join("");
  if (!("tagName" in node)) return inner();
  if (["script", "style", "summary", "math"].includes(node.tagName) || beside.test(classOf(node)))
    return node.tagName === "math" ? annotationOf(node) : "";
  return blocks.has(node.tagName) ? ` ${inner()} ` : inner();
}

function annotationOf(node: Tree.Node): string {
  if (node.nodeName === "annotation") return ` ${(node as Tree.Element).childNodes.map(textOf).join("")} `;
  return "childNodes" in node ? node.childNodes.map(annotationOf).join("") : "";
}

function mainOf(node: Tree.Node): Tree.Node | undefined {
  if (node.nodeName === "main") return node;
  return "childNodes" in node ? node.childNodes.map(mainOf).find((found) => found !== undefined) : undefined;
}

function wordsOf(html: string): Map<string, number> {
  const page = parse(html);
  const counts = new Map<string, number>();
  for (const word of textOf(mainOf(page) ?? page)
    .replace(/[$¶]|\\[()[\]]/g, " ")
    .split(/\s+/)
    .filter(Boolean))
    counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

const moreIn = (one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): string[] =>
  [...one].filter(([word, count]) => count > (other.get(word) ?? 0)).map(([word]) => word);

describe("nbconvert's notebooks", () => {
  let theirs: Record<string, string>;
  let pages: string;
  let files: string[];

  beforeAll(async () => {
    const source = unpacked("nbconvert-7.17.2");
    pages = path.join(folder, "pages");
    const found = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ipynb"));
    // One folder has a notebook of the same name as another's.
    files = found.map((name) => path.join(source, name));
    theirs = JSON.parse((await run(python, ["test/parity/sample-pages.py", ...files], { env, maxBuffer: 1e9 })).stdout) as typeof theirs;
    for (const place of new Set(files.map((file) => path.dirname(file)))) {
      const out = path.join(pages, path.relative(source, place));
      await run(process.execPath, [cairn, "export", ...files.filter((file) => path.dirname(file) === place), "--out", out]);
    }
    files = found;
  }, 900_000);

  /** Words that are on one page and not on the other; docs/peers-notebooks.md says why. The name of a notebook without a heading is ours. */
  const differences: Record<string, { missing?: string; more?: string }> = {
    "tests/exporters/files/notebook2.ipynb": { missing: "eigvals" },
    "tests/exporters/files/rawtest.ipynb": { missing: "html#", more: "bullet" },
    "tests/exporters/files/notebook3.ipynb": { more: "input:" },
    "tests/files/Widget_List.ipynb": { more: "IntSlider(value=7," },
  };

  test("are all there", () => expect(files.length).toBe(24));

  test("have the same text, but for what is argued", () => {
    const found = files.flatMap((name) => {
      const own = wordsOf(readFileSync(path.join(pages, name.replace(/\.ipynb$/, ".html")), "utf8"));
      const other = wordsOf(Object.entries(theirs).find(([file]) => file.endsWith(name))![1]);
      const isTitle = (word: string): boolean => word === path.basename(name, ".ipynb") || name.endsWith("notebook_inject.ipynb");
      const [missing, more] = [moreIn(other, own), moreIn(own, other).filter((word) => !isTitle(word))];
      const { missing: left, more: added } = differences[name] ?? {};
      const isArgued = (words: string[], argued: string | undefined): boolean =>
        argued === undefined ? words.length === 0 : words.join(" ").includes(argued);
      return isArgued(missing, left) && isArgued(more, added) ? [] : [{ name, missing, more }];
    });
    expect(found).toEqual([]);
  });
});
