/** The kernel in JupyterLab as a reader meets it: ■, questions, text without end, what children print. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser, LabProcess, panel, untilIdle } from "./jupyterlab.ts";

const folder = mkdtempSync(join(tmpdir(), "cairn-lab-kernel-"));
let lab: LabProcess;
let browser: Browser;

beforeAll(async () => {
  lab = await LabProcess.start([folder]);
  browser = await Browser.open();
});
afterAll(async () => {
  await browser?.close();
  lab?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a notebook of these cells. */
async function open(...sources: string[]): Promise<Locator> {
  const cells = sources.map((source) => ({
    cell_type: "code",
    id: randomUUID().slice(0, 8),
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }));
  const file = `${randomUUID().slice(0, 8)}.ipynb`;
  const metadata = { kernelspec: { name: "tslab", display_name: "TypeScript", language: "typescript" } };
  writeFileSync(join(folder, file), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }));
  await browser.page.goto(lab.pageOf(file), { timeout: 120_000 });
  await untilIdle(browser.page);
  return panel(browser.page);
}

/** Runs the cell with this number, from 0. */
async function run(index: number): Promise<void> {
  await panel(browser.page).locator(".jp-CodeCell .cm-content").nth(index).click();
  await browser.page.keyboard.press("Shift+Enter");
}
const stop = (): Promise<void> => panel(browser.page).locator('[data-command="notebook:interrupt-kernel"]').first().click();

test("■ ends a loop that awaits: nothing counts on, and variables are there", async () => {
  const shown = await open(
    "let n = 0; console.log('begun'); for (;;) { await new Promise((next) => setTimeout(next, 5)); n++ }",
    "const before = n; await new Promise((next) => setTimeout(next, 300)); [n > 0, n - before]",
  );
  await run(0);
  await shown.locator(".jp-OutputArea-output", { hasText: "begun" }).waitFor();
  await stop();
  await shown.getByText("the cell was interrupted").waitFor();
  await run(1);
  await shown.getByText("[ true, 0 ]").waitFor();
  expect(await shown.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count()).toBe(1);
});

test("prompt and confirm ask beneath the cell and wait for the answer", async () => {
  const shown = await open('const who = prompt("Who is there?"); `${who}, ${confirm("Really?")}`');
  await run(0);
  const field = shown.locator("input.jp-Stdin-input").last();
  await shown.getByText("Who is there?").waitFor();
  await field.fill("Ada");
  await field.press("Enter");
  await shown.getByText("Really? [y/N]").waitFor();
  await field.fill("y");
  await field.press("Enter");
  await shown.getByText("'Ada, true'").waitFor();
  expect(await shown.getByText("the cell was interrupted").count()).toBe(0);
});

test("what a child prints lands in the cell", async () => {
  const shown = await open('import { execSync } from "child_process"; execSync("echo from the child", { stdio: "inherit" }); "done"');
  await run(0);
  await shown.locator(".jp-OutputArea-output", { hasText: "from the child" }).first().waitFor();
  expect(lab.log()).not.toContain("from the child");
});

test("console.log in an endless loop for 4 s, then ■: idle within 5 s, and the page is usable", async () => {
  const shown = await open('for (let i = 0; ; i++) console.log("line", i)', '"still here"');
  await run(0);
  await shown.locator(".jp-OutputArea-output", { hasText: "line 0" }).waitFor();
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const begun = Date.now();
  await stop();
  await shown.getByText("the cell was interrupted").waitFor({ timeout: 30_000 });
  await untilIdle(browser.page);
  await run(1);
  await shown.getByText("'still here'").waitFor({ timeout: 30_000 });
  const seconds = (Date.now() - begun) / 1000;
  expect(await shown.locator(".jp-OutputArea-output").first().innerText()).toMatch(/characters left out here/);
  expect(seconds).toBeLessThan(15); // 1 s on a quiet machine
});
