/** course.yaml: the one in the repository, and what is said about a wrong one. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readCourse } from "../../src/site/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-course-"));
afterAll(() => rmSync(folder, { recursive: true }));

const valid = `
title: T
summary: S
stages: [{ id: start, title: Start }]
notebooks:
  - { file: a.ipynb, title: A, summary: one, stage: start, minutes: { quick: 1, full: 2 }, needs: [] }
  - { file: b.ipynb, title: B, summary: two, stage: start, minutes: { quick: 1, full: 2 }, needs: [a] }
skills: [{ id: x, label: X, group: g, needs: [] }, { id: y, label: Y, group: g, needs: [x] }]
routes: [{ for: readers, first: x, next: y, why: because }]
`;

async function read(text: string): Promise<string> {
  writeFileSync(path.join(folder, "course.yaml"), text);
  for (const name of ["a", "b"]) writeFileSync(path.join(folder, `${name}.ipynb`), "");
  return readCourse(folder).then(
    (course) => course.notebooks.map(({ id, path: file, needs }) => `${id} ${path.basename(file)} ${needs.join()}`).join("; "),
    (error: Error) => error.message.replaceAll(`${folder}/`, ""),
  );
}

describe("course.yaml", () => {
  test("the repository's own lists every notebook that is there, skills of three groups and three routes", async () => {
    const course = await readCourse("notebooks");
    expect(course.notebooks.map(({ file }) => file)).toEqual(readdirSync("notebooks").filter((file) => file.endsWith(".ipynb")));
    const labelsOf = (wanted: string): string[] => course.skills.filter(({ group }) => group === wanted).map(({ label }) => label);
    expect(labelsOf("foundation")).toEqual(["Tokenization", "Vectorization", "Infrastructure"]);
    expect(labelsOf("core")).toEqual(["Transformer", "RLHF", "MoE"]);
    expect(labelsOf("application")).toEqual(["RAG", "Agents", "Multimodal"]);
    expect(course.routes.map((route) => `${route.for}: ${route.first}`)).toEqual([
      "back-end engineers: RAG",
      "front-end engineers: agents",
      "algorithm engineers: Transformer and RLHF directly",
    ]);
  });

  test("says what is fetched for a notebook, the same in each profile or not", async () => {
    await read(valid);
    const fetchesOf = async (said: string): Promise<unknown> => {
      writeFileSync(path.join(folder, "course.yaml"), valid.replace("needs: [a] }", `needs: [a]${said} }`));
      return (await readCourse(folder)).notebooks[1]!.fetches;
    };
    expect(await fetchesOf("")).toEqual({ quick: [], full: [] });
    expect(await fetchesOf(", fetches: [poems]")).toEqual({ quick: ["poems"], full: ["poems"] });
    expect(await fetchesOf(", fetches: { quick: [], full: [poems] }")).toEqual({ quick: [], full: ["poems"] });
  });

  test("gives notebooks with their paths, in order", async () => {
    expect(await read(valid)).toBe("a a.ipynb ; b b.ipynb a");
  });

  test.each([
    ["summary: S", "summary: 3", "course.yaml: summary: number where a text is wanted"],
    ["summary: S", "", "course.yaml: summary: a text is missing"],
    [
      "quick: 1, full: 2 }, needs: []",
      "quick: one, full: 2 }, needs: []",
      "course.yaml: notebooks[0].minutes.quick: string where a number from 0 is wanted",
    ],
    ["needs: [a]", "needs: [a], fetches: { quick: [] }", "course.yaml: notebooks[1].fetches.full: a list of texts is missing"],
    ["needs: [a]", "needs: a", "course.yaml: notebooks[1].needs: string where a list of texts is wanted"],
    ["file: b.ipynb", "file: ../b.ipynb", 'course.yaml: notebooks[1].file: "../b.ipynb" is not the name of a notebook in this folder'],
    ["file: b.ipynb", "file: a.ipynb", 'course.yaml lists the notebook "a" twice'],
    ["needs: [a]", "needs: [c]", 'course.yaml: the notebook "b" needs "c", which does not come before it\n  hint: before it come: a'],
    [
      "id: x, label: X, group: g, needs: []",
      "id: x, label: X, group: g, needs: [y]",
      'course.yaml: the skill "x" needs "y", which does not come before it\n  hint: before it come: none',
    ],
    [
      "summary: two, stage: start",
      "summary: two, stage: end",
      'course.yaml: the notebook "b" is of the unknown stage "end"\n  hint: stages: start',
    ],
    [
      "file: b.ipynb",
      "file: c.ipynb",
      "course.yaml lists c.ipynb, but c.ipynb is not there\n  hint: add the notebook, or take its entry out of course.yaml",
    ],
  ])("%s → %s", async (before, after, message) => {
    expect(valid).toContain(before);
    expect(await read(valid.replace(before, after))).toBe(message);
  });

  test("says that it is missing, or that it is not YAML", async () => {
    expect(await read("a: [")).toMatch(/^course\.yaml is not YAML: /);
    await expect(readCourse(path.join(folder, "nowhere"))).rejects.toThrow(
      /^cannot read the course from .*\n {2}hint: run this in the folder that holds notebooks\/$/,
    );
  });
});
