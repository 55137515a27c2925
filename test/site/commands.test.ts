/** `cairn export` as a function of its words: where pages go, what it says, what it refuses. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { run as runExport } from "../../src/cli/export.ts";
import { run as runSite } from "../../src/cli/site.ts";
import { formatNotebook } from "../../src/nbformat/index.ts";
import { code, markdown, notebookOf, png, printed } from "../render/sample.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-export-"));
const at = (...names: string[]): string => path.join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

mkdirSync(at("course", "deep"), { recursive: true });
mkdirSync(at("course", ".ipynb_checkpoints"));
mkdirSync(at("empty"));
const one = formatNotebook(notebookOf([markdown("# One\n\n[two](deep/two.ipynb#a) [lost](three.ipynb)"), code("1", [printed("out")])]));
writeFileSync(at("course", "one.ipynb"), one);
writeFileSync(
  at("course", "deep", "two.ipynb"),
  formatNotebook(notebookOf([markdown("# Two\n\n[one](../one.ipynb)"), { ...code("1"), execution_count: null }])),
);
writeFileSync(at("course", ".ipynb_checkpoints", "one-checkpoint.ipynb"), one);
writeFileSync(at("course", "notes.txt"), "text");
writeFileSync(at("broken.ipynb"), "{");

describe("cairn export", () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void said.push(line.replaceAll(`${folder}/`, "")));
    return () => log.mockRestore();
  });

  test("writes the notebooks of a folder, links them, and says which has no outputs", async () => {
    expect(await runExport([at("course"), "--out", at("out")])).toBe(0);
    expect(said.map((line) => line.replace(/\d+ KB/, "N KB"))).toEqual([
      "course/deep/two.ipynb → out/deep/two.html, N KB  (no outputs: it has not been executed)",
      "course/one.ipynb → out/one.html, N KB",
    ]);
    const html = readFileSync(at("out", "one.html"), "utf8");
    expect(html).toContain('<a href="deep/two.html#a">two</a> <a href="three.ipynb">lost</a>');
    expect(readFileSync(at("out", "deep", "two.html"), "utf8")).toContain('<a href="../one.html">one</a>');
  });

  test.each([
    [[], "no notebook given\n  hint: cairn export notebooks --out site"],
    [["course"], "--out is missing\n  hint: say where the HTML files go: --out DIR"],
    [["nowhere", "--out", "x"], "nowhere does not exist\n  hint: give notebooks (.ipynb) or folders that hold some"],
    [["empty", "--out", "x"], "there is no notebook in empty\n  hint: notebooks are files that end in .ipynb"],
    [["course/notes.txt", "--out", "x"], "course/notes.txt is not a notebook\n  hint: notebooks are files that end in .ipynb"],
    [["course/deep/two.ipynb", "course/deep", "--out", "x"], undefined],
  ])("%j", async (words, message) => {
    const argv = words.map((word) => (word.startsWith("--") ? word : at(word)));
    const outcome = await runExport(argv).then(
      () => undefined,
      (error: Error) => error.message.replaceAll(`${folder}/`, ""),
    );
    expect(outcome).toBe(message);
  });

  test("refuses two notebooks that would become one page", async () => {
    writeFileSync(at("one.ipynb"), one);
    await expect(runExport([at("one.ipynb"), at("course", "one.ipynb"), "--out", at("y")])).rejects.toThrow(
      `would both be written to ${at("y", "one.html")}`,
    );
    expect(existsSync(at("y"))).toBe(false);
  });

  test("links and pictures with a percent sign that begins no escape stay what they are", async () => {
    const text = '[a](50%.html) <a href="100%">b</a> ![c](half%.png) ![d](attachment:e%.png)';
    writeFileSync(at("percent.ipynb"), formatNotebook(notebookOf([markdown(text)])));
    writeFileSync(at("half%.png"), Buffer.from(png, "base64"));
    expect(await runExport([at("percent.ipynb"), "--out", at("p")])).toBe(0);
    const html = readFileSync(at("p", "percent.html"), "utf8");
    expect(html).toContain('<a href="50%25.html">a</a> <a href="100%">b</a>');
    expect(html).toMatch(/<img src="data:image\/png;base64,[^"]*" alt="c"[^>]*> d</);
  });

  test("a broken notebook is named", async () => {
    const complained = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await runExport([at("broken.ipynb"), "--out", at("z")])).toBe(1);
    expect(complained.mock.calls.join("")).toMatch(/broken\.ipynb is not JSON: line 1/);
    complained.mockRestore();
  });
});

describe("cairn site", () => {
  test("needs --out", async () => {
    await expect(runSite([])).rejects.toThrow("--out is missing\n  hint: say where the pages go: --out DIR");
  });
});
