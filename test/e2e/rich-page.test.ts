/// <reference lib="dom" />
/**
 * What a page has besides text, code and figures, in a real browser: a failed run's note, what is left out, alerts, tables, diagrams. They fit a
 * phone, axe-core finds nothing serious, and Mermaid draws within the page's policy and in its colours.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { code, markdown, notebookOf, shown } from "../render/sample.ts";
import { close, exported, launch, looks, open, openDetails, seriousViolations } from "./exported-page.ts";

const word = "electroencephalographically";
const flow = `flowchart LR
  text["A text of the reader"] --> tokens{"Known?"}
  tokens -->|yes| ids["Numbers"]
  tokens -->|no| bytes["Bytes <img src=x onerror=alert(1)>"] --> ids
  click text "javascript:alert(1)"`;
const sequence = `sequenceDiagram
  accTitle: Who asks whom
  Reader->>Kernel: execute_request
  Note over Kernel: compiles, then runs
  Kernel-->>Reader: execute_reply`;
const kinds = [
  "classDiagram\n  Tensor <|-- Parameter\n  Tensor : +number[] shape",
  "stateDiagram-v2\n  [*] --> idle\n  idle --> busy\n  busy --> idle",
  "erDiagram\n  NOTEBOOK ||--o{ CELL : has",
  "gantt\n  dateFormat YYYY-MM-DD\n  section One\n  First :a, 2026-01-01, 3d\n  Next :after a, 2d",
  'pie title Tokens\n  "zh" : 40\n  "en" : 60',
  "gitGraph\n  commit\n  branch other\n  commit",
  "timeline\n  title Models\n  2017 : Transformer\n  2018 : BERT : GPT",
];

const notebook = notebookOf([
  markdown("# What a page has besides text"),
  markdown(["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"].map((kind) => `> [!${kind}]\n> Read \`this\`, and [that](#a).`).join("\n\n")),
  markdown('<div class="alert alert-danger"><b>Beware</b> of the old way.</div>'),
  markdown(`| ${word} | ${word} | ${word} |\n| --- | ---: | :-: |\n| a | ${"long ".repeat(30)} | ${word.repeat(4)} |`),
  markdown(`\`\`\`mermaid\n${flow}\n\`\`\``),
  code("sequence", [shown({ "text/vnd.mermaid": sequence, "text/plain": "a diagram" })]),
  markdown("```mermaid\nflowchart LR\n  a --> --> b\n```"),
  markdown("```mermaid\nmindmap\n  root\n    leaf\n```"),
  markdown(kinds.map((source) => `\`\`\`mermaid\n${source}\n\`\`\``).join("\n\n")),
  markdown('<iframe src="https://example.org/a-rather-long-address-of-a-page-elsewhere/index.html"></iframe>'),
  code("remote", [shown({ "text/html": `<img src="https://example.org/${word.repeat(5)}.png" alt="far"><p>near</p>` })]),
  code("widget", [shown({ "application/vnd.jupyter.widget-view+json": { model_id: "a" }, "text/plain": "IntSlider(value=3)" })]),
  code("rows", [shown({ "text/html": `<table><tr>${`<th>${word}</th>`.repeat(9)}</tr><tr>${"<td>1</td>".repeat(9)}</tr></table>` })]),
  code("throw new TypeError('x')", [
    {
      output_type: "error",
      ename: "TypeError",
      evalue: `${word.repeat(6)} is not a function`,
      traceback: [`at ${word.repeat(9)} (cell:1:1)`],
    },
  ]),
]);

let browser: Browser;
let url: string;
beforeAll(async () => {
  browser = await launch();
  url = exported("rich", notebook);
});
afterAll(() => close(browser));

/** All diagrams that can be drawn are there; one is wrong, and another kind is not in the library's small edition. */
const settled = (page: Page): Promise<unknown> =>
  page.waitForFunction((count) => document.querySelectorAll("figure.mermaid:is(.drawn, .failed)").length === count, kinds.length + 3);

test("Mermaid draws its diagrams without a request, runs nothing of theirs, and says which it cannot draw", async () => {
  const { page, requests, complaints } = await open(browser, url);
  await settled(page);
  expect(await page.locator("figure.mermaid.drawn svg").count()).toBe(kinds.length + 2);
  expect(await page.getByRole("img", { name: "Diagram: flowchart" }).first().textContent()).toContain("A text of the reader");
  expect(await page.getByRole("img", { name: "Who asks whom" }).isVisible()).toBe(true);
  const failed = page.locator("figure.mermaid.failed");
  expect(await failed.count()).toBe(1);
  expect(await failed.textContent()).toContain("This diagram cannot be drawn: Parse error on line 2");
  expect(await failed.locator("pre").isVisible()).toBe(true);
  expect(await page.getByText("A Mermaid diagram of the kind mindmap").isVisible()).toBe(true);
  expect(await page.locator("figure.mermaid.drawn pre").first().isVisible()).toBe(false);
  // The picture from elsewhere is asked for, and denied by the page's policy.
  expect(requests.filter((address) => !address.startsWith("https://example.org/"))).toEqual([]);
  expect(complaints.filter((text) => !text.includes("https://example.org/"))).toEqual([]);
  await page.close();
});

test.each(looks)("axe-core finds nothing serious, and nothing is wider than the page: %s, %i pixels", async (colorScheme, width) => {
  const { page } = await open(browser, url, { colorScheme, viewport: { width, height: 800 } });
  await settled(page);
  await openDetails(page);
  expect(await seriousViolations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  await page.close();
});

test("diagrams are drawn in the colours of the page, and again when those change", async () => {
  const { page } = await open(browser, url, { colorScheme: "dark" });
  await settled(page);
  const ink = (): Promise<string> =>
    page
      .getByRole("img", { name: "Who asks whom" })
      .locator(".messageText")
      .first()
      .evaluate((text) => getComputedStyle(text).fill);
  expect(await ink()).toBe("rgb(229, 226, 219)");
  await page.getByRole("button", { name: "Switch between light and dark" }).click();
  await expect.poll(ink).toBe("rgb(29, 28, 26)");
  await page.close();
});

test("without JavaScript a diagram is its source", async () => {
  const { page } = await open(browser, url, { javaScriptEnabled: false });
  expect(await page.locator("figure.mermaid pre").first().isVisible()).toBe(true);
  expect(await page.getByText("Kernel-->>Reader: execute_reply").isVisible()).toBe(true);
  await page.close();
});

test("the note on top of a failed run leads to the cell", async () => {
  const { page } = await open(browser, url, { viewport: { width: 320, height: 640 } });
  await page.getByRole("note").getByRole("link", { name: "Cell 14" }).click();
  expect(new URL(page.url()).hash).toBe("#cell-14");
  await expect.poll(() => page.locator("#cell-14").evaluate((cell) => cell.getBoundingClientRect().top)).toBeLessThan(640);
  await page.close();
});
