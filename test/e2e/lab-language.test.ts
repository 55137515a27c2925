/** Completion and help in JupyterLab, by the keys that its users press. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser, LabProcess, panel } from "./jupyterlab.ts";

// The library is loaded by the first cell: one that takes its time is not changed when it ends.
const declarations = `import { show } from "kernel-helpers/plots"
/** How often it was asked. */
const asked: number[] = [1, 2, 3]
/**
 * A number made larger.
 * @param factor How many times as large.
 */
function scale(value: number, factor: number): number { return value * factor }`;

const sources = [declarations, "asked.findLas", "scale(2, )", "heatm"];

let root: string;
let notebook: string;
let lab: LabProcess;
let browser: Browser;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "cairn-lab-language-"));
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  notebook = join(root, "language.ipynb");
  const cells = sources.map((source) => ({
    cell_type: "code",
    id: randomUUID().slice(0, 8),
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }));
  const metadata = { kernelspec: { name: "tslab", display_name: "TypeScript", language: "typescript" } };
  writeFileSync(notebook, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }));
  lab = await LabProcess.start([root]);
  browser = await Browser.open();
  await browser.page.goto(lab.pageOf("language.ipynb"), { timeout: 120_000 });
  await browser.page.getByText(/^TypeScript \| Idle$/).waitFor({ timeout: 120_000 });
  await run(0);
  // What the first answer reads is read a second after the first cell.
  await new Promise((done) => setTimeout(done, 5000));
});
afterAll(async () => {
  await browser?.close();
  lab?.kill();
  rmSync(root, { recursive: true, force: true });
});

const cellAt = (index: number): Locator => panel(browser.page).locator(".jp-CodeCell").nth(index);

const textOf = (index: number): Promise<string> =>
  cellAt(index)
    .locator(".cm-line")
    .allTextContents()
    .then((lines) => lines.join("\n"));

const completer = (): Locator => browser.page.locator(".jp-Completer");

/** Puts the cursor at the end of a cell. */
async function edit(index: number): Promise<void> {
  await cellAt(index).locator(".cm-content").click();
  await browser.page.keyboard.press("Control+End");
}

async function run(index: number): Promise<void> {
  await edit(index);
  await browser.page.keyboard.press("Control+Enter");
  await cellAt(index).locator(".jp-InputPrompt", { hasText: /\d/ }).waitFor({ timeout: 60_000 });
}

test("Tab behind a dot lists members with their kinds, and Enter puts one in", async () => {
  await edit(1);
  await browser.page.keyboard.press("Tab");
  await completer().locator(".jp-Completer-item").first().waitFor({ timeout: 20_000 });
  expect(await completer().locator(".jp-Completer-match").allTextContents()).toEqual(["findLast", "findLastIndex"]);
  expect(await completer().locator(".jp-Completer-typeExtended").allTextContents()).toEqual(["method", "method"]);
  await browser.page.keyboard.press("ArrowDown");
  await browser.page.keyboard.press("Enter");
  await expect.poll(() => textOf(1)).toBe("asked.findLastIndex");
});

test("Shift-Tab within a call shows its signature and what is said of the parameter", async () => {
  await edit(2);
  await browser.page.keyboard.press("ArrowLeft");
  await browser.page.keyboard.press("Shift+Tab");
  const tooltip = browser.page.locator(".jp-Tooltip");
  await expect.poll(() => tooltip.innerText(), { timeout: 20_000 }).toContain("scale(value: number, factor: number): number");
  expect(await tooltip.innerText()).toContain("How many times as large.");
  await browser.page.keyboard.press("Escape");
});

test("a name of the library is completed, and its import stands in the cell when it has run", async () => {
  await edit(3);
  await browser.page.keyboard.press("Tab");
  await completer().locator('.jp-Completer-item[data-value="heatmap"]').waitFor({ timeout: 20_000 });
  expect(await completer().locator(".jp-Completer-typeExtended").allTextContents()).toEqual(["function from kernel-helpers/plots"]);
  await browser.page.keyboard.press("Enter");
  await expect.poll(() => textOf(3)).toBe("heatmap");
  await browser.page.keyboard.type(".name");
  await browser.page.keyboard.press("Control+Enter");
  await expect.poll(() => textOf(3), { timeout: 60_000 }).toBe('import { heatmap } from "kernel-helpers/plots";\nheatmap.name');
  expect(await cellAt(3).locator('.jp-OutputArea-output[data-mime-type="text/plain"]').innerText()).toBe("'heatmap'");
  await browser.page.keyboard.press("Control+s");
  await expect
    .poll(() => readFileSync(notebook, "utf8"), { timeout: 20_000 })
    .toContain('import { heatmap } from \\"kernel-helpers/plots\\";');
});
