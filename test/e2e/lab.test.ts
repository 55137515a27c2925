/** A notebook in JupyterLab, through `cairn lab`: kernel, figures, the end. */
import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { png } from "../render/sample.ts";
import { Browser, LabProcess, panel, processesWith, runAllCells } from "./jupyterlab.ts";

const marker = `CAIRN_LAB_TEST=${randomUUID()}`;
const [name, value] = marker.split("=") as [string, string];

const cell = (source: string): object => ({
  cell_type: "code",
  id: randomUUID().slice(0, 8),
  metadata: {},
  execution_count: null,
  outputs: [],
  source,
});

function writeNotebook(path: string, sources: string[]): void {
  const metadata = { kernelspec: { name: "tslab", display_name: "TypeScript", language: "typescript" } };
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: sources.map(cell) }));
}

let root: string;
let folder: string;
let lab: LabProcess;
let browser: Browser;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "cairn-lab-"));
  folder = join(root, "notebooks");
  // Cells find packages in the folders above them.
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  cpSync("notebooks", folder, { recursive: true });
  writeNotebook(join(folder, "small.ipynb"), [
    'import { heatmap, show } from "kernel-helpers/plots"',
    'show(heatmap([[1, 0.2], [0.2, 1]], { title: "Two by two", labels: ["one", "two"] }))',
    "const answer: number = 6 * 7\nanswer",
    "const wrong: string = answer",
  ]);
  lab = await LabProcess.start([folder], { [name]: value });
  browser = await Browser.open();
});
afterAll(async () => {
  await browser?.close();
  lab?.kill();
  rmSync(root, { recursive: true, force: true });
});

/** What Plotly has drawn of the first heatmap on the page: its numbers, and the picture of them. */
async function drawnHeatmap(): Promise<{ rows: number; columns: number; width: number; height: number; picture: string }> {
  const plot = panel(browser.page).locator(".jp-OutputArea-output.js-plotly-plot:has(.heatmaplayer image)").first();
  await plot.scrollIntoViewIfNeeded({ timeout: 60_000 });
  return plot.evaluate((element) => {
    const { z } = (element as unknown as { _fullData: { type: string; z: number[][] }[] })._fullData.find(
      ({ type }) => type === "heatmap",
    )!;
    const image = element.querySelector(".heatmaplayer image")!;
    const { width, height } = image.getBoundingClientRect();
    const picture = image.getAttribute("href") ?? image.getAttribute("xlink:href") ?? "";
    return { rows: z.length, columns: z[0]!.length, width, height, picture: picture.slice(0, 22) };
  });
}

test("a heatmap is drawn, a value shown, an error shown with the cell's line", async () => {
  await runAllCells(browser.page, lab, "small.ipynb");
  const shown = panel(browser.page);
  const heatmap = await drawnHeatmap();
  expect(heatmap).toMatchObject({ rows: 2, columns: 2, picture: "data:image/png;base64," });
  expect(Math.min(heatmap.width, heatmap.height)).toBeGreaterThan(100);
  expect(await shown.locator(".js-plotly-plot .gtitle").textContent()).toBe("Two by two");
  expect(await shown.locator('.jp-OutputArea-output[data-mime-type="text/plain"]').last().innerText()).toBe("42");
  const error = await shown.locator('[data-mime-type="application/vnd.jupyter.stderr"]').innerText();
  expect(error).toContain("error TS2322: Type 'number' is not assignable to type 'string'.");
  expect(error).toContain("> 1 | const wrong: string = answer");
});

test("notebook 02 runs from its first cell to its last, and its similarity matrix is drawn", async () => {
  await runAllCells(browser.page, lab, "02-embeddings.ipynb");
  const heatmap = await drawnHeatmap();
  expect(heatmap.picture).toBe("data:image/png;base64,");
  expect(heatmap.rows).toBeGreaterThan(2);
  expect(heatmap.columns).toBe(heatmap.rows);
  expect(Math.min(heatmap.width, heatmap.height)).toBeGreaterThan(100);
  // A failure would leave the cells behind it without a number. Closed cells, the solutions, show none.
  const cells = panel(browser.page).locator(".jp-CodeCell");
  const closed = await cells.evaluateAll((all) => all.map((one) => one.querySelector(".jp-InputPlaceholder") !== null));
  const prompts = await cells.evaluateAll((all) => all.map((one) => one.querySelector(".jp-InputPrompt")?.textContent));
  expect(prompts).toEqual(closed.map((isClosed, index) => (isClosed ? "" : `[${index + 1}]:`)));
});

test("without Plotly's extension a figure is its picture; pictures have their width, and JSON is a tree", async () => {
  writeNotebook(join(folder, "pictures.ipynb"), [
    'import { bar, html, image, json } from "kernel-helpers/plots"',
    'bar({ one: 1, two: 2 }, { title: "Two bars" })',
    `image(Buffer.from("${png}", "base64"), { width: 64 })`,
    "json({ answer: 42 }, { expanded: true })",
    "html`<b>${'<i>'}</b>`",
  ]);
  const other = await Browser.open();
  try {
    await other.page.route(/\/jupyterlab-plotly\//, (route) => route.abort());
    await runAllCells(other.page, lab, "pictures.ipynb");
    const output = (type: string): Locator => panel(other.page).locator(`.jp-OutputArea-output[data-mime-type="${type}"]`);
    const picture = await output("image/svg+xml").locator("img").getAttribute("src");
    expect(decodeURIComponent(picture!)).toContain('aria-label="Two bars"');
    expect(await output("image/png").locator("img").getAttribute("width")).toBe("64");
    expect(await panel(other.page).locator(".jp-RenderedJSON").innerText()).toMatch(/answer:?\s*42/);
    expect(await output("text/html").innerText()).toBe("<i>");
  } finally {
    await other.close();
  }
});

test("Ctrl-C ends it all, kernels included", async () => {
  expect(processesWith(marker).length).toBeGreaterThanOrEqual(3);
  expect(await lab.interrupt()).toBe(0);
  expect(processesWith(marker)).toEqual([]);
});

test("so does the sudden death of cairn lab", async () => {
  const another = `CAIRN_LAB_TEST=${randomUUID()}`;
  const second = await LabProcess.start([folder], { [name]: another.slice(name.length + 1) });
  const before = processesWith(another);
  second.kill();
  expect(before.length).toBeGreaterThanOrEqual(2);
  await expect.poll(() => processesWith(another), { timeout: 15_000, interval: 200 }).toEqual([]);
});
