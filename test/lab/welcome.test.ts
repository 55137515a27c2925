/** The page that `cairn lab` begins with. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exercises } from "../../kernel-helpers/course/exercises/all.ts";
import { updateCopy, welcomeFile, writeWelcome } from "../../src/lab/index.ts";
import { readCourse } from "../../src/site/index.ts";

const course = await readCourse("notebooks");
let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "welcome-"));
  await updateCopy("notebooks", join(root, "copy"));
});
afterEach(() => rmSync(root, { recursive: true }));

async function page(done: readonly string[] = []): Promise<string> {
  mkdirSync(join(root, "progress"), { recursive: true });
  for (const id of done) writeFileSync(join(root, "progress", id), "");
  await writeWelcome({ course, copy: join(root, "copy"), cache: root });
  return readFileSync(join(root, "copy", welcomeFile), "utf8").replaceAll("\u00A0", " ");
}

const ofNotebook = (number: string): string[] => exercises.map(({ id }) => id).filter((id) => id.startsWith(`${number}-`));

test("links every notebook and names every route", async () => {
  const text = await page();
  for (const { file, title } of course.notebooks) expect(text).toContain(`${title}](${file})`);
  for (const route of course.routes) expect(text).toContain(`- **For ${route.for}:** ${route.first}, then ${route.next}. ${route.why}`);
  expect(text).toContain("**Begin with [00 Fact check](00-fact-check.ipynb).**");
});

test("knows each notebook's exercises, and which are done", async () => {
  const [first] = ofNotebook("01");
  const text = await page([...ofNotebook("00"), first!]);
  for (const { id, file } of course.notebooks) {
    const count = ofNotebook(id.slice(0, 2)).length;
    const isDone = { "00": count, "01": 1 }[id.slice(0, 2)] ?? 0;
    const row = text.split("\n").find((line) => line.startsWith("|") && line.includes(`(${file})`))!;
    expect(row.endsWith(`| ${"●".repeat(isDone)}${"○".repeat(count - isDone)} ${isDone} of ${count} |`)).toBe(true);
  }
  expect(text).toContain("**Go on with [01 Tokenization](01-tokenization.ipynb).**");
  expect(await page(exercises.map(({ id }) => id))).toContain("You have done all exercises.");
});

test("names the course's newer versions beside notebooks that were changed", async () => {
  expect(await page()).not.toContain("Newer versions");
  writeFileSync(join(root, "copy/01-tokenization.course-0a1b2c.ipynb"), "{}");
  expect(await page()).toContain("- [01-tokenization.course-0a1b2c.ipynb](01-tokenization.course-0a1b2c.ipynb)");
});
