/** `cairn index` and `cairn ask` over a folder of documents, with SmolLM2 and words alone: what they print, and how they end. */
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-documents-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(path.join(folder, "rules"));
writeFileSync(path.join(folder, "rules/travel.md"), "# Travel\n\n## Meals\nA meal with a customer may cost up to 80 yuan a head.\n");
writeFileSync(path.join(folder, "leave.txt"), "Annual leave is thirty days.\nSick leave needs a certificate after three days.\n");

const cairn = (args: readonly string[], cwd = folder): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [path.resolve("src/bin/cairn.js"), ...args], { cwd, encoding: "utf8" });

const model = ["--model", "SmolLM2-135M-Instruct"];

test("a question before there is an index is told to make one", () => {
  const { status, stderr } = cairn(["ask", "How much may a meal cost?"]);
  expect([status, stderr]).toEqual([1, expect.stringMatching(/has an index\n {2}hint: make one first: npx cairn index DIR/)]);
});

test("a folder is indexed, and brought up to date", () => {
  const first = cairn(["index", folder, "--encoder", "none"]);
  expect([first.status, first.stdout]).toEqual([0, expect.stringMatching(/^2 added\n2 documents, 3 chunks, searched by words\n/)]);
  writeFileSync(path.join(folder, "leave.txt"), "Annual leave is thirty-two days.\n");
  const second = cairn(["index", ".", "--encoder", "none"]);
  expect(second.stdout).toMatch(/^1 changed, 1 unchanged\n/);
});

test("a question is answered below the folder, with the file, the line and the sentence", () => {
  const { status, stdout } = cairn(["ask", "How", "much", "may", "a", "meal", "cost?", ...model], path.join(folder, "rules"));
  expect(status).toBe(0);
  expect(stdout).toContain("80 yuan");
  expect(stdout).toMatch(/rules\/travel\.md:4 {2}“A meal with a customer may cost up to 80 yuan a head\.”/);
});

test("as JSON it brings what led to it, and a question about nothing in the folder ends with 3", () => {
  const { status, stdout } = cairn(["ask", "zygote?", "--json", "--dir", folder, ...model]);
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ text: "The documents do not say.", abstained: "retrieval", citations: [], found: [] });
});

test.each([
  [["index"], "the folder is missing"],
  [["index", "a", "b"], "one folder, not 2"],
  [["ask"], "the question is missing"],
  [["ask", "x", "--k", "0"], '--k must be a whole number from 1 to 100, got "0"'],
  [["ask", "x", "--url", "http://localhost:1/v1"], "--url needs --model"],
  [["ask", "x", "--top", "3"], "Unknown option '--top'"],
])("cairn %j is wrong usage", (args, message) => {
  const { status, stderr } = cairn(args);
  expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test("a folder that is not there is an error, and help says what is read and what is left out", () => {
  expect(cairn(["index", path.join(folder, "nowhere"), "--encoder", "none"])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("does not exist"),
  });
  expect(cairn(["index", "--help"]).stdout).toMatch(/Markdown, HTML, PDF and text[\s\S]*node_modules/);
  expect(cairn(["ask", "--help"]).stdout).toMatch(/--dir DIR[\s\S]*Exit code/);
});
