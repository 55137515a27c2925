/// <reference lib="dom" />
/**
 * Exported pages in a real browser, opened from the disk by `cairn export`: no request leaves them, nothing fails, figures are drawn, they fit a
 * phone and paper, follow light and dark, and axe-core finds nothing serious. The notebook has one of everything (test/render/sample.ts).
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { decode } from "fast-png";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { graph, type GraphNode } from "../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../kernel-helpers/runtime/printable.ts";
import { formatNotebook } from "../../src/nbformat/index.ts";
import { readCourse } from "../../src/site/index.ts";
import { code, markdown, notebookOf, png, sample, shown } from "../render/sample.ts";
import {
  cairn,
  close,
  drawn,
  exported,
  folder,
  launch,
  looks,
  open,
  openDetails,
  seriousViolations,
  type Opened,
} from "./exported-page.ts";

let browser: Browser;
const opened = (url: string, options?: BrowserContextOptions): Promise<Opened> => open(browser, url, options);

const background = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

beforeAll(async () => void (browser = await launch()));
afterAll(() => close(browser));

describe("an exported page", () => {
  let url: string;
  beforeAll(() => {
    url = exported("sample", sample);
  });

  test("draws its figures without a request, and nothing complains", async () => {
    const { page, requests, complaints } = await opened(url);
    await drawn(page, 2);
    expect(await page.locator("figure.plotly .heatmaplayer image").count()).toBe(1);
    expect(await page.locator("figure.plotly .bars .point").count()).toBe(3);
    expect(await page.locator("figure.plotly details[open]").count()).toBe(0);
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("shows formulas in KaTeX's own fonts", async () => {
    const { page } = await opened(url);
    const loaded = await page.evaluate(async () => {
      await document.fonts.ready;
      return [...document.fonts].filter(({ status }) => status === "loaded").map(({ family }) => family);
    });
    expect(loaded).toEqual(expect.arrayContaining(["KaTeX_Main", "KaTeX_Math", "KaTeX_AMS"]));
    await page.close();
  });

  test.each(looks)("axe-core finds nothing serious: %s, %i pixels wide", async (colorScheme, width) => {
    const { page } = await opened(url, { colorScheme, viewport: { width, height: 800 } });
    await drawn(page, 2);
    await openDetails(page);
    expect(await seriousViolations(page)).toEqual([]);
    await page.close();
  });

  test("fits a phone of 320 pixels, figures and wide tables included", async () => {
    const { page } = await opened(url, { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
    await drawn(page, 2);
    await openDetails(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    const widths = await page
      .locator("figure.plotly .main-svg")
      .evaluateAll((figures) => figures.map((figure) => figure.getBoundingClientRect().right));
    expect(Math.max(...widths)).toBeLessThanOrEqual(320);
    await page.close();
  });

  test("on a phone the boxes of a graph do not run into each other: it scrolls, the page does not", async () => {
    const layer = (level: number): GraphNode[] =>
      Array.from({ length: 5 }, (_, index) => ({
        id: `${level}.${index}`,
        label: "a matrix product",
        detail: "[128, 64]",
        ...(level > 0 && { needs: [`${level - 1}.${index}`] }),
      }));
    const { page } = await opened(
      exported("graph", notebookOf([code("graph", [shown(graph([...layer(0), ...layer(1)])[jupyterDisplay]())])])),
      {
        viewport: { width: 320, height: 640 },
      },
    );
    await drawn(page, 1);
    const boxes = await page
      .locator("figure.plotly .annotation .bg")
      .evaluateAll((all) => all.map((box) => box.getBoundingClientRect().toJSON() as DOMRect));
    expect(boxes).toHaveLength(10);
    const overlapping = boxes.flatMap((one, index) =>
      boxes.slice(index + 1).filter((two) => one.left < two.right && two.left < one.right && one.top < two.bottom && two.top < one.bottom),
    );
    expect(overlapping).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    expect(await seriousViolations(page)).toEqual([]);
    await page.close();
  });

  test("a shadow shows where code is cut off, and is gone where its lines end", async () => {
    const { page } = await opened(exported("long-line", notebookOf([code(`const sum = ${"1 + ".repeat(60)}1`)])), {
      viewport: { width: 400, height: 640 },
    });
    const block = page.locator("pre.code");
    /** Lightness at the middle of the left and the right edge, below the text. */
    const edges = async (): Promise<number[]> => {
      const { data, width, height, channels } = decode(await block.screenshot());
      const y = height - 6;
      return [2, width - 3].map((x) => data[(y * width + x) * channels]!);
    };
    const panel = 0xf6;
    const [left, right] = await edges();
    expect([left, right! < panel - 10]).toEqual([panel, true]);
    await block.evaluate((element) => element.scrollTo(1e5, 0));
    const [leftAfter, rightAfter] = await edges();
    expect([leftAfter! < panel - 10, rightAfter]).toEqual([true, panel]);
    await page.close();
  });

  test("follows the system's light and dark, and the button, which it remembers", async () => {
    const { page } = await opened(url, { colorScheme: "dark" });
    await drawn(page, 2);
    expect(await background(page)).toBe("rgb(21, 23, 27)");
    const ink = (): Promise<string> =>
      page
        .locator("figure.plotly .gtitle")
        .first()
        .evaluate((title) => getComputedStyle(title).fill);
    expect(await ink()).toBe("rgb(229, 226, 219)");
    await page.getByRole("button", { name: "Switch between light and dark" }).click();
    expect(await background(page)).toBe("rgb(255, 255, 255)");
    await expect.poll(ink).toBe("rgb(29, 28, 26)");
    await page.reload();
    expect(await background(page)).toBe("rgb(255, 255, 255)");
    await page.close();
  });

  test("without JavaScript figures are pictures, their numbers are open, and no dead button stands there", async () => {
    const { page } = await opened(url, { javaScriptEnabled: false });
    expect(await page.getByRole("table", { name: "Similarity of job titles" }).isVisible()).toBe(true);
    expect(await page.getByRole("img", { name: "Similarity of job titles" }).isVisible()).toBe(true);
    expect(await page.getByRole("button").count()).toBe(0);
    await page.close();
  });

  test("on paper it is light, whole and without its bar", async () => {
    const { page } = await opened(url, { colorScheme: "dark" });
    await drawn(page, 2);
    await page.emulateMedia({ media: "print" });
    expect(await background(page)).toBe("rgb(255, 255, 255)");
    expect(await page.locator("header.bar").isVisible()).toBe(false);
    const ink = (): Promise<string> =>
      page
        .locator("figure.plotly .gtitle")
        .first()
        .evaluate((title) => getComputedStyle(title).fill);
    await expect.poll(ink).toBe("rgb(29, 28, 26)");
    const clipped = await page
      .locator("main pre")
      .evaluateAll((blocks) => blocks.filter((block) => block.scrollWidth > block.clientWidth + 1).length);
    expect(clipped).toBe(0);
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.toString("latin1").match(/\/Type \/Page\b/g)!.length).toBeGreaterThan(1);
    await page.close();
  });

  test("by keyboard, the first stop skips to the text, and what scrolls can be reached", async () => {
    const { page } = await opened(url, { viewport: { width: 480, height: 800 } });
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the text");
    const unreachable = await page
      .locator("main pre")
      .evaluateAll(
        (blocks) => blocks.filter((block) => block.scrollWidth > block.clientWidth + 1 && (block as HTMLElement).tabIndex !== 0).length,
      );
    expect(unreachable).toBe(0);
    await page.close();
  });

  test("contents lead to their headings, a solution opens by a click, the notebook can be taken home", async () => {
    const { page } = await opened(url);
    await page.locator("aside").getByRole("link", { name: "A failure" }).click();
    expect(decodeURIComponent(new URL(page.url()).hash)).toBe("#A-failure");
    const solution = page.getByText("✓ correct");
    expect(await solution.isVisible()).toBe(false);
    await page.getByText("Solution", { exact: true }).click();
    expect(await solution.isVisible()).toBe(true);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Notebook", exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("sample.ipynb");
    await page.close();
  });
});

describe("the course's pages", () => {
  test("from the index to a notebook and on to the next; on a phone nothing is wider than the screen, and axe-core is content", async () => {
    const course = path.join(folder, "course");
    mkdirSync(path.join(course, "notebooks"), { recursive: true });
    const entries = ["00-one", "01-two"].map((id) => {
      writeFileSync(path.join(course, "notebooks", `${id}.ipynb`), formatNotebook(sample));
      return {
        file: `${id}.ipynb`,
        title: `Notebook ${id}`,
        summary: "What it is about.",
        stage: "start",
        minutes: { quick: 1, full: 1 },
        needs: [],
      };
    });
    const { skills, routes } = await readCourse("notebooks");
    const yaml = stringify({
      title: "A course",
      summary: "Short.",
      stages: [{ id: "start", title: "Start" }],
      notebooks: entries,
      skills,
      routes,
    });
    writeFileSync(path.join(course, "notebooks", "course.yaml"), yaml);
    execFileSync(process.execPath, [cairn, "site", "--out", "pages"], { cwd: course });
    for (const colorScheme of ["light", "dark"] as const) {
      const index = pathToFileURL(path.join(course, "pages", "index.html")).href;
      const { page, complaints } = await opened(index, { colorScheme, viewport: { width: 320, height: 640 } });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
      expect(await seriousViolations(page)).toEqual([]);
      await page.getByRole("link", { name: "Notebook 00-one" }).click();
      await page.getByRole("navigation", { name: "Neighbours" }).getByRole("link", { name: "Notebook 01-two" }).click();
      expect(await page.title()).toBe("Notebook 01-two · A course");
      await page.getByRole("link", { name: "A course" }).click();
      expect(page.url()).toBe(index);
      expect(complaints).toEqual([]);
      await page.close();
    }
  });
});

describe("a hostile notebook", () => {
  test("opens no dialog and reaches nobody; the author's own HTML runs, but reaches nobody either", async () => {
    let hits = 0;
    const server = createServer((_, response) => {
      hits++;
      response.end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const away = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const attack = `"></script></title></style><script>alert(1)</script><img src=x onerror=alert(2)>`;
    const call = `<script>fetch("${away}/");new Image().src="${away}/a.png";navigator.sendBeacon("${away}/b");document.title = "ran"</script><link rel="stylesheet" href="${away}/a.css"><iframe src="${away}/frame"></iframe>`;
    const url = exported(
      "hostile",
      notebookOf(
        [
          markdown(`# ${attack}\n\n${attack}\n\n![${attack}](attachment:a) $${attack}$ \`${attack}\``, {
            attachments: { a: { "image/png": png } },
          }),
          code(attack, [
            shown({
              "image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(3)"><script>alert(4)</script></svg>`,
              "text/plain": attack,
            }),
            shown({ "text/markdown": attack }),
            shown({ "application/json": { [attack]: attack } }),
            shown({
              "application/vnd.plotly.v1+json": {
                data: [{ type: "bar", x: [attack], y: [1], name: attack }],
                layout: { title: { text: attack } },
              },
            }),
            shown({ "text/html": call }),
          ]),
        ],
        { title: attack },
      ),
    );
    const { page, complaints } = await opened(url);
    await drawn(page, 1);
    expect(await page.title()).toBe("ran");
    expect(complaints.filter((text) => text.startsWith("dialog"))).toEqual([]);
    expect(complaints.some((text) => text.includes("Content Security Policy"))).toBe(true);
    await page.close();
    server.close();
    expect(hits).toBe(0);
  });
});
