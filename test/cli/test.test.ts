/** `cairn test`: outputs compared with snapshots, and with those that a notebook has. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { help } from "../../src/cli/test.ts";
import { makeFolder, notebookText, put } from "../course/folder.ts";
import { cairn, executed, processesOf, report, textOf } from "./cairn.ts";

let folder: string;
const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), "utf8");
/** A notebook's text with something else in its code. */
const edit = (name: string, from: string, to: string): void => {
  const text = read(name);
  expect(text).toContain(from);
  writeFileSync(at(name), text.replaceAll(from, to));
};

beforeAll(() => {
  folder = makeFolder();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a notebook without outputs", () => {
  const cells = [
    { markdown: "# T" },
    "console.log('rows', 100)\nconsole.error('a warning of ' + Math.random())\nnew Date().toISOString()",
    { code: "const accuracy = 0.93\nMath.random()", tags: ["ignore-output"] },
    { code: "accuracy * 100", tags: ["tolerance:0.02"] },
    "[accuracy, 1 / 3]",
  ];
  beforeAll(() => put(folder, { "s/a.ipynb": notebookText(cells) }));

  test("fails until what it shows is accepted, into a file beside it", async () => {
    const missing = await cairn(folder, ["test", "s"]);
    expect([missing.code, existsSync(at("s/a.snapshot.json"))]).toEqual([1, false]);
    expect(missing.stdout).toMatch(
      /SnapshotMissing: s\/a\.ipynb has no outputs to compare with, and there is no s\/a\.snapshot\.json\n +hint: cairn test --update/,
    );
    const before = read("s/a.ipynb");
    const update = await cairn(folder, ["test", "s", "--update"]);
    expect([update.code, update.stdout.trimEnd().split("\n").at(-1)]).toEqual([0, "accepted: 3 cells of 1 notebook"]);
    expect(read("s/a.ipynb")).toBe(before);
    const accepted = JSON.parse(read("s/a.snapshot.json")) as object;
    expect(accepted).toEqual({
      cairnSnapshot: 1,
      cells: [
        {
          id: "cell-1",
          code: "console.log('rows', 100)",
          outputs: [
            { type: "stdout", text: ["rows 100", ""] },
            { type: "text/plain", text: ["'<time>'"] },
          ],
        },
        { id: "cell-3", code: "accuracy * 100", outputs: [{ type: "text/plain", text: ["93"] }] },
        { id: "cell-4", code: "[accuracy, 1 / 3]", outputs: [{ type: "text/plain", text: ["[ 0.93, 0.3333333333333333 ]"] }] },
      ],
    });
  });

  test("passes again, although what was random is different", async () => {
    const again = await cairn(folder, ["test", "s", "--no-cache", "--explain"]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/✓ s\/a\.ipynb/)]);
  });

  test("fails in the cell that shows something else; the difference stands in every report", async () => {
    edit("s/a.ipynb", "accuracy = 0.93", "accuracy = 0.94");
    const ran = await cairn(folder, ["test", "s", "--json", "run.json", "--junit", "junit.xml"], { GITHUB_ACTIONS: "true" });
    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(
      /cell 5 .*\n {4}OutputChanged: the cell shows something else than was accepted\n {4}text\/plain\n {6}- \[ 0\.93, 0\.3333333333333333 \]\n {6}\+ \[ 0\.94, 0\.3333333333333333 \]/,
    );
    expect(ran.stdout).toMatch(/^::error .*OutputChanged/m);
    const { status, cells: all } = report(folder, "run.json").notebooks[0]!;
    expect([status, all.map((cell) => cell.status)]).toEqual(["failed", ["passed", "passed", "passed", "failed"]]); // cell 4 within 2 %
    expect(read("junit.xml")).toContain(
      '<failure message="OutputChanged: the cell shows something else than was accepted" type="OutputChanged">',
    );
    expect(processesOf(folder)).toEqual([]);
  });

  test("--tolerance lets it pass; --update accepts what is different and leaves the rest", async () => {
    expect((await cairn(folder, ["test", "s", "--tolerance", "0.02"])).code).toBe(0);
    expect((await cairn(folder, ["test", "s", "--update"])).stdout).toMatch(/accepted: 1 cell of 1 notebook\n$/);
    expect(read("s/a.snapshot.json")).toContain('"[ 0.94, 0.3333333333333333 ]"');
    expect(read("s/a.snapshot.json")).toContain('"93"');
    expect((await cairn(folder, ["test", "s"])).code).toBe(0);
    const exact = await cairn(folder, ["test", "s", "--exact"]);
    expect([exact.code, exact.stdout]).toEqual([1, expect.stringMatching(/- '<time>'/)]);
  });

  test("a cell that is gone is missed, and one that is new is not accepted yet", async () => {
    put(folder, { "s/a.ipynb": notebookText([...cells.slice(0, 4), "'something new'"]).replaceAll('"cell-4"', '"new"') });
    const ran = await cairn(folder, ["test", "s"]);
    expect(ran.stdout).toMatch(/text\/plain: was not shown before\n +\+ 'something new'/);
    put(folder, { "s/a.ipynb": notebookText(cells.slice(0, 4)) });
    expect((await cairn(folder, ["test", "s"])).stdout).toMatch(
      /SnapshotOutdated: s\/a\.snapshot\.json has a cell that the notebook has no more: \[accuracy, 1 \/ 3\]/,
    );
    expect((await cairn(folder, ["test", "s", "--update"])).code).toBe(0);
    expect(read("s/a.snapshot.json")).not.toContain("1 / 3");
  });

  test("a notebook that goes wrong is not accepted, and a broken snapshot is named", async () => {
    const before = read("s/a.snapshot.json");
    put(folder, { "s/a.ipynb": notebookText(["throw new Error('no')"]) });
    expect((await cairn(folder, ["test", "s", "--update"])).code).toBe(1);
    expect(read("s/a.snapshot.json")).toBe(before);
    put(folder, { "s/a.ipynb": notebookText(["1"]), "s/a.snapshot.json": "{" });
    const broken = await cairn(folder, ["test", "s"]);
    expect([broken.code, broken.stdout]).toEqual([
      2,
      expect.stringMatching(/InputError: s\/a\.snapshot\.json is not a snapshot of outputs/),
    ]);
  });
});

test("a notebook with outputs is compared with them, and --update writes them there", async () => {
  put(folder, { "in/b.ipynb": notebookText(["'one'", "console.log(0.1 + 0.2)"]) });
  await cairn(folder, ["run", "in/b.ipynb", "--out", "stored"]);
  expect((await cairn(folder, ["test", "stored"])).code).toBe(0);
  const changed = read("stored/b.ipynb").replace("0.30000000000000004", "0.4").replace("\"'one'\"", "\"'uno'\"");
  expect(changed).not.toBe(read("stored/b.ipynb"));
  writeFileSync(at("stored/b.ipynb"), changed);
  const ran = await cairn(folder, ["test", "stored"]);
  expect([ran.code, ran.stdout]).toEqual([1, expect.stringMatching(/- 'uno'\n +\+ 'one'[^]*- 0\.4\n +\+ 0\.30000000000000004/)]);
  expect((await cairn(folder, ["test", "stored", "--update"])).stdout).toMatch(/accepted: 2 cells of 1 notebook/);
  expect(existsSync(at("stored/b.snapshot.json"))).toBe(false);
  expect(executed(folder, "stored/b.ipynb").cells.map(textOf)).toEqual(["'one'", "0.30000000000000004\n"]);
  expect((await cairn(folder, ["test", "stored"])).code).toBe(0);
});

test("wrong usage ends with 2 and says what is right", async () => {
  const said = async (...args: string[]): Promise<[number | null, string]> => {
    const { code, stderr } = await cairn(folder, ["test", ...args]);
    return [code, stderr];
  };
  expect(await said()).toEqual([2, "cairn test: no notebook given\n  hint: cairn test notebooks\n"]);
  expect(await said("s", "--tolerance", "x")).toEqual([2, "cairn test: --tolerance must be a number ≥ 0, got x\n"]);
  expect((await cairn(folder, ["test", "s/a.ipynb", "--mask", "("])).code).toBe(2);
  expect((await cairn(folder, ["test", "--help"])).stdout).toBe(`${help}\n`);
});
