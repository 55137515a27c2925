/** The learner's copy of the course: it follows the course where nobody has touched it, and is never written to where somebody has. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { updateCopy, type CourseCopy } from "../../src/lab/index.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "copy-"));
  mkdirSync(join(root, "course/.ipynb_checkpoints"), { recursive: true });
  course("01-one.ipynb", notebook("1"));
  course("course.yaml", "title: Course\n");
});
afterEach(() => rmSync(root, { recursive: true }));

interface Metadata {
  version?: string;
  outputs?: object[];
}

const notebook = (source: string, { version = "6.0.3", outputs = [] }: Metadata = {}): string =>
  JSON.stringify({
    cells: [{ cell_type: "code", id: "a", metadata: {}, execution_count: null, outputs, source: [source] }],
    metadata: { kernelspec: { name: "tslab", display_name: "TypeScript" }, language_info: { name: "typescript", version }, title: "One" },
    nbformat: 4,
    nbformat_minor: 5,
  });

const course = (file: string, text: string): void => writeFileSync(join(root, "course", file), text);
const change = (file: string, text: string): void => writeFileSync(join(root, "mine", file), text);
const mine = (file: string): string => readFileSync(join(root, "mine", file), "utf8");
const update = (): Promise<CourseCopy> => updateCopy(join(root, "course"), join(root, "mine"));
const nothing: CourseCopy = { copied: [], updated: [], newer: [] };

test("is made with all that the course has, and a second time there is nothing to do", async () => {
  expect(await update()).toEqual({ ...nothing, copied: ["01-one.ipynb", "course.yaml"] });
  expect(readdirSync(join(root, "mine")).toSorted()).toEqual([".cairn.json", "01-one.ipynb", "course.yaml"]);
  expect(await update()).toEqual(nothing);
});

test("gets new notebooks, and those that were deleted", async () => {
  await update();
  rmSync(join(root, "mine/01-one.ipynb"));
  course("02-two.ipynb", notebook("2"));
  expect((await update()).copied).toEqual(["01-one.ipynb", "02-two.ipynb"]);
});

test("follows the course where nothing was changed, also after JupyterLab has written the file its own way", async () => {
  await update();
  change("01-one.ipynb", JSON.stringify(JSON.parse(notebook("1", { version: "5.0.4" })), undefined, 1));
  course("01-one.ipynb", notebook("1, better"));
  expect(await update()).toEqual({ ...nothing, updated: ["01-one.ipynb"] });
  expect(mine("01-one.ipynb")).toBe(notebook("1, better"));
});

test("takes over what the course says about the kernel, which JupyterLab would mark as a change", async () => {
  await update();
  course("01-one.ipynb", notebook("1", { version: "6.1.0" }));
  expect(await update()).toEqual(nothing);
  expect(mine("01-one.ipynb")).toBe(notebook("1", { version: "6.1.0" }));
});

describe("a notebook that the learner has changed", () => {
  const answer = notebook("my answer");
  beforeEach(async () => {
    await update();
    change("01-one.ipynb", answer);
  });
  const beside = (): string[] => readdirSync(join(root, "mine")).filter((file) => file.includes(".course-"));

  test("stays as it is while the course stays the same", async () => {
    expect(await update()).toEqual(nothing);
    expect(mine("01-one.ipynb")).toBe(answer);
  });

  test("gets the course's newer version beside it, once", async () => {
    course("01-one.ipynb", notebook("1, better"));
    const { newer } = await update();
    expect(newer).toEqual([{ file: "01-one.ipynb", beside: expect.stringMatching(/^01-one\.course-[0-9a-f]{6}\.ipynb$/) }]);
    expect([mine("01-one.ipynb"), mine(newer[0]!.beside)]).toEqual([answer, notebook("1, better")]);
    rmSync(join(root, "mine", newer[0]!.beside));
    expect(await update()).toEqual(nothing);
    expect(beside()).toEqual([]);
  });

  test("gets every further version under a name of its own, so that work in one beside is kept, too", async () => {
    course("01-one.ipynb", notebook("second"));
    const [second] = (await update()).newer;
    change(second!.beside, notebook("second, with my answer"));
    course("01-one.ipynb", notebook("third"));
    const [third] = (await update()).newer;
    expect(beside().length).toBe(2);
    expect([mine(second!.beside), mine(third!.beside)]).toEqual([notebook("second, with my answer"), notebook("third")]);
  });

  test("follows the course again once it is the same", async () => {
    course("01-one.ipynb", notebook("1, better"));
    await update();
    change("01-one.ipynb", notebook("1, better"));
    expect(await update()).toEqual(nothing);
    course("01-one.ipynb", notebook("1, best"));
    expect((await update()).updated).toEqual(["01-one.ipynb"]);
  });

  test("counts as changed when only its outputs are: they may have taken hours", async () => {
    const executed = notebook("1", { outputs: [{ output_type: "stream", name: "stdout", text: ["loss 1.2"] }] });
    change("01-one.ipynb", executed);
    course("01-one.ipynb", notebook("1, better"));
    expect((await update()).newer.length).toBe(1);
    expect(mine("01-one.ipynb")).toBe(executed);
  });

  test.each(["", "{"])("is not lost when what is known of the copies is %j", async (text) => {
    change(".cairn.json", text);
    expect((await update()).newer.length).toBe(1);
    expect(mine("01-one.ipynb")).toBe(answer);
  });
});

test("a notebook that is no longer JSON counts as changed", async () => {
  await update();
  change("01-one.ipynb", "<<<<<<< mine");
  course("01-one.ipynb", notebook("1, better"));
  expect((await update()).newer.length).toBe(1);
  expect(mine("01-one.ipynb")).toBe("<<<<<<< mine");
});
