/** `cairn lab` without a folder: the learner's copy of the course in JupyterLab, from the welcome page on. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cacheFolder } from "../../src/course/index.ts";
import { findEnvironment } from "../../src/lab/index.ts";
import { readCourse } from "../../src/site/index.ts";
import { programOf, scratchCheckout } from "../cli/scratch-checkout.ts";
import { Browser, LabProcess, panel, runAllCells, untilIdle } from "./jupyterlab.ts";

let checkout: string;
let lab: LabProcess;
let browser: Browser;
let page: Page;

const start = (...args: string[]): Promise<LabProcess> => LabProcess.start(args, { CAIRN_CACHE: cacheFolder() }, programOf(checkout));
const mine = (file: string): string => join(checkout, "my-notebooks", file);

beforeAll(async () => {
  checkout = scratchCheckout();
  lab = await start();
  browser = await Browser.open();
  page = browser.page;
});
afterAll(async () => {
  await browser?.close();
  await lab?.interrupt();
  rmSync(checkout, { recursive: true, force: true });
});

/** The tab of what is shown. */
const currentTab = '.lm-DockPanel-tabBar .lm-TabBar-tab.jp-mod-current, .lm-DockPanel-tabBar [aria-selected="true"]';

test("begins on the welcome page; its links open notebooks, which are not marked as changed by that", async () => {
  expect(lab.url).toContain("/lab/tree/Welcome.md?token=");
  await page.goto(lab.url, { timeout: 120_000 });
  const welcome = page.locator(".jp-MarkdownViewer .jp-RenderedMarkdown");
  await welcome.getByRole("heading", { name: "Routes" }).waitFor({ timeout: 60_000 });
  expect(await welcome.getByRole("row").count()).toBe(1 + (await readCourse("notebooks")).notebooks.length);
  await welcome.getByRole("link", { name: /05\sAutograd/ }).click();
  await untilIdle(page);
  await panel(page)
    .getByRole("heading", { name: /^05 · Autograd/ })
    .waitFor();
  // The kernel has described itself by now, which is what would be written into the notebook.
  await page.waitForTimeout(1000);
  expect(await page.locator(".lm-TabBar-tab.jp-mod-dirty").count()).toBe(0);
  expect(await page.locator(currentTab).first().innerText()).toContain("05-autograd");
});

test("solutions are closed, and open with a click", async () => {
  const closed = panel(page).locator(".jp-Cell:has(.jp-InputPlaceholder)").filter({ hasText: "// Solution" }).first();
  const placeholder = closed.locator(".jp-InputPlaceholder");
  // Cells far below are made when one scrolls there.
  for (let turn = 0; turn < 100 && (await placeholder.count()) === 0; turn++) {
    await panel(page)
      .locator(".jp-WindowedPanel-outer")
      .evaluate((element) => element.scrollBy(0, 1500));
    await page.waitForTimeout(100);
  }
  const index = await closed.getAttribute("data-windowed-list-index");
  const cell = panel(page).locator(`.jp-Cell[data-windowed-list-index="${index}"]`);
  await placeholder.scrollIntoViewIfNeeded();
  // JupyterLab shows the first line of a closed cell.
  await expect.poll(() => cell.innerText(), { timeout: 10_000 }).toBe("// Solution");
  await placeholder.locator(".jp-Placeholder-content").click();
  expect(await cell.locator(".cm-content").innerText()).toContain("solution(");
});

test("Enter after a brace indents by two spaces", async () => {
  await page.goto(lab.pageOf("00-fact-check.ipynb"), { timeout: 120_000 });
  await untilIdle(page);
  await page
    .locator('.jp-NotebookPanel-toolbar [data-command="notebook:insert-cell-below"], [data-jp-item-name="insert"] button')
    .first()
    .click();
  await page.keyboard.press("Enter");
  await page.keyboard.type("function f() {\nreturn 1");
  expect((await panel(page).locator(".jp-mod-active .cm-content").innerText()).split("\n").slice(0, 2)).toEqual([
    "function f() {",
    "  return 1",
  ]);
});

test("the launcher shows the kernel with its name and its logo", async () => {
  await page.goto(lab.url.replace(/\/lab[^?]*\?/, "/lab?reset&"), { timeout: 120_000 });
  const card = page.locator('.jp-LauncherCard[data-category="Notebook"]');
  await card.waitFor({ timeout: 60_000 });
  expect([await card.count(), await card.innerText()]).toEqual([1, "TypeScript"]);
  const width = await card.locator("img").evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth));
  expect(width).toBeGreaterThan(0);
  expect(await card.locator("img").getAttribute("src")).toMatch(/kernelspecs\/tslab\/logo-svg\.svg$/);
});

test("a figure's toolbar can be seen on the light page, and what a kernel writes past its cells is in the running one", async () => {
  const cells = [
    'import { heatmap, show } from "kernel-helpers/plots"\nshow(heatmap([[1, 0.2], [0.2, 1]]))',
    'import { writeSync } from "fs"\nwriteSync(2, "words of a native library\\n")',
  ];
  const { kernelspec, language_info } = JSON.parse(readFileSync(mine("05-autograd.ipynb"), "utf8")).metadata;
  const code = (source: string, index: number): object => {
    return { cell_type: "code", id: `c${index}`, metadata: {}, execution_count: null, outputs: [], source };
  };
  writeFileSync(
    mine("own.ipynb"),
    JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec, language_info }, cells: cells.map(code) }),
  );
  await runAllCells(page, lab, "own.ipynb");
  const plot = panel(page).locator(".js-plotly-plot").first();
  await plot.hover({ timeout: 60_000 });
  const icon = plot.locator(".modebar-btn path").first();
  const fill = await icon.evaluate((path) => getComputedStyle(path).fill);
  const [red = 255, green = 255, blue = 255, alpha = 1] = fill.match(/[\d.]+/g)!.map(Number);
  // As mixed with the white behind it: 4.5 to 1 is a luminance below 0.18.
  const [r, g, b] = [red, green, blue].map((channel) => ((channel * alpha + 255 * (1 - alpha)) / 255) ** 2.2) as [number, number, number];
  expect(0.2126 * r + 0.7152 * g + 0.0722 * b).toBeLessThan(0.19);
  await panel(page).locator(".jp-OutputArea-output", { hasText: "words of a native library" }).waitFor({ timeout: 10_000 });
  expect(lab.log()).toContain("Kernel started");
});

test("a notebook by its number is what JupyterLab begins with; what was changed before is still there", async () => {
  expect(await lab.interrupt()).toBe(0);
  writeFileSync(
    mine("02-embeddings.ipynb"),
    readFileSync(mine("02-embeddings.ipynb"), "utf8").replace("02 · Embeddings", "02 · My embeddings"),
  );
  lab = await start("02");
  expect(lab.said).not.toContain("copied");
  expect(lab.url).toContain("/lab/tree/02-embeddings.ipynb?token=");
  await page.goto(lab.url, { timeout: 120_000 });
  await panel(page)
    .getByRole("heading", { name: /^02 · My embeddings/ })
    .waitFor({ timeout: 60_000 });
});

test("--in-place opens the course's own files", async () => {
  expect(await lab.interrupt()).toBe(0);
  lab = await start("01", "--in-place");
  expect(resolve(/ on (.+): http/.exec(lab.said)![1]!)).toBe(join(checkout, "notebooks")); // shown from where it was started
  expect(lab.url).toContain("/lab/tree/01-tokenization.ipynb?token=");
});

test("an installed kernel is found by Jupyter itself, with its name and its logos", async () => {
  const env = { ...process.env, JUPYTER_DATA_DIR: join(checkout, "jupyter"), JUPYTER_PREFER_ENV_PATH: "0" };
  spawnSync(process.execPath, [programOf(checkout), "kernel", "install"], { env });
  const { python } = (await findEnvironment(cacheFolder()))!;
  const { stdout } = spawnSync(python, ["-m", "jupyter_client.kernelspecapp", "list", "--json"], { env, encoding: "utf8" });
  const { resource_dir, spec } = (JSON.parse(stdout) as { kernelspecs: Record<string, { resource_dir: string; spec: object }> })
    .kernelspecs["tslab"]!;
  expect(resource_dir).toBe(join(checkout, "jupyter/kernels/tslab"));
  expect(spec).toMatchObject({
    display_name: "TypeScript",
    argv: [process.execPath, "--experimental-import-meta-resolve", join(checkout, "src/bin/kernel.js"), "{connection_file}"],
  });
});

test("cairn clean removes nothing while it runs", () => {
  const { status, stderr } = spawnSync(process.execPath, [programOf(checkout), "clean"], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^cairn clean: what would be removed is in use by JupyterLab \(process \d+\)\n/);
});
