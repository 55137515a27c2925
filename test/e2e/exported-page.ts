/// <reference lib="dom" />
/** Pages made by `cairn export`, opened from the disk in a real browser that notes what they ask for and complain of. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { formatNotebook, type Notebook } from "../../src/nbformat/index.ts";

export const folder = mkdtempSync(path.join(tmpdir(), "cairn-e2e-export-"));
export const cairn = path.resolve("src/bin/cairn.js");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** The address of a notebook's page, made by `cairn export`. */
export function exported(name: string, notebook: Notebook): string {
  writeFileSync(path.join(folder, `${name}.ipynb`), formatNotebook(notebook));
  execFileSync(process.execPath, [cairn, "export", path.join(folder, `${name}.ipynb`), "--out", folder]);
  return pathToFileURL(path.join(folder, `${name}.html`)).href;
}

export interface Opened {
  page: Page;
  /** Requests beyond the page itself and data inside it. */
  requests: string[];
  /** What the console and the page's scripts complain of: blocked by the policy, thrown, not found. */
  complaints: string[];
}

export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const opened: Opened = { page, requests: [], complaints: [] };
  page.on("request", (request) => {
    if (request.url() !== url && !/^(data|blob):/.test(request.url())) opened.requests.push(request.url());
  });
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") opened.complaints.push(message.text());
  });
  page.on("pageerror", (error) => opened.complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    opened.complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return opened;
}

/** Waits until Plotly has drawn as many figures. */
export async function drawn(page: Page, count: number): Promise<void> {
  await page.waitForFunction((wanted) => document.querySelectorAll("figure.plotly.drawn").length >= wanted, count);
}

/** A page as it must hold: in either look, on a screen and on a phone. */
export const looks = [
  ["light", 1280],
  ["dark", 1280],
  ["light", 320],
  ["dark", 320],
] as const;

export async function openDetails(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
}

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}

/** All that axe-core finds. */
export async function violations(page: Page): Promise<Violation[]> {
  // It measures no contrast on a gradient, and code has one that shows where it is cut off.
  await page.evaluate(() => {
    for (const block of document.querySelectorAll<HTMLElement>("pre.code, .scroll")) block.style.backgroundImage = "none";
  });
  await page.evaluate(readFileSync(axe, "utf8"));
  return page.evaluate(async () => {
    const { violations: found } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run();
    return found;
  });
}

/** Violations that axe-core calls serious or critical, with the element. */
export async function seriousViolations(page: Page): Promise<string[]> {
  return (await violations(page))
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

export async function launch(): Promise<Browser> {
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}: apt-get install chromium, or set CHROMIUM`);
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
}

export async function close(browser: Browser | undefined): Promise<void> {
  await browser?.close();
  rmSync(folder, { recursive: true });
}
