/// <reference lib="dom" />
/**
 * The picture of a figure against Plotly, which draws the same JSON in the same size: the axes reach as far, stand on the same ticks, and a heatmap has
 * the same colours.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bar, contour, embeddingMap, heatmap, line, scatter, tree, type Figure } from "../../kernel-helpers/plots/index.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";
import { Drawing } from "../plots/svg/drawing.ts";

const plotly = createRequire(import.meta.url).resolve("plotly.js-cartesian-dist-min/plotly-cartesian.min.js");
const random = createRandom(1);
const many = (count: number): number[] => Array.from({ length: count }, () => random.normal());

const figures: Record<string, Figure> = {
  bars: bar({ "GPT-2": 0.5, "ours, 8k": 1.2, "ours, 16k": 1.3 }),
  "bars below zero": bar({ zh: [1, -2], en: [3, 4] }, { labels: ["a", "b"] }),
  "names that are numbers": bar({ "8000": 3, "16000": 4 }),
  line: line({ a: [0.8, 1, 1.2], b: [2.6, 3, 3.3] }, { x: [8000, 16_000, 32_000] }),
  "one decade": line({ a: [1, 2, 3] }, { x: [20, 40, 60], log: "x" }),
  "several decades": scatter({ a: { x: [0.5, 0.9], y: [20, 50_000] } }, { log: "y" }),
  "nine decades": scatter({ a: { x: [1e-9, 1], y: [1, 2] } }, { log: "x" }),
  cloud: scatter({ a: { x: many(300), y: many(300) } }),
  small: line({ a: [0, 2e-5, 3e-5] }),
  heatmap: heatmap([[0.1, 0.9, 0.4], [0.3, 0.2, 0.6]], { columnLabels: ["a", "b", "c"], rowLabels: ["x", "y"] }), // prettier-ignore
  contour: contour([[0, 1], [1, 2]], { x: [-1, 1], y: [-2, 2] }), // prettier-ignore
  tree: tree([{ id: "a" }, { id: "b", needs: ["a"] }]),
  map: await embeddingMap(Array.from({ length: 50 }, () => many(4)), { labels: Array.from({ length: 50 }, String) }), // prettier-ignore
};

interface AxisSeen {
  range: [number, number];
  ticks: string[];
  places: number[];
  isVisible: boolean;
}

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  page = await browser.newPage({ viewport: { width: 1000, height: 1000 } });
  await page.setContent("<div id=plot></div>");
  await page.evaluate(readFileSync(plotly, "utf8"));
});
afterAll(() => browser.close());

async function drawnByPlotly(figure: Figure): Promise<{ x: AxisSeen; y: AxisSeen }> {
  return page.evaluate(
    async ({ data, layout }) => {
      interface Seen {
        _fullLayout: Record<string, { range: [number, number]; visible: boolean; _vals?: { text: string; x: number; noTick?: boolean }[] }>;
      }
      const { Plotly } = globalThis as unknown as { Plotly: { newPlot(id: string, data: unknown, layout: unknown): Promise<Seen> } };
      const { _fullLayout: drawn } = await Plotly.newPlot("plot", data, { ...(layout as object), width: 800 });
      const axis = (name: string): AxisSeen => {
        const { range, visible, _vals: ticks = [] } = drawn[name]!;
        return { range: [...range], ticks: ticks.map(({ text }) => text), places: ticks.map(({ x }) => x), isVisible: visible };
      };
      return { x: axis("xaxis"), y: axis("yaxis") };
    },
    JSON.parse(JSON.stringify(figure)) as { data: unknown; layout: unknown },
  );
}

/** All that Plotly has written, as a reader sees it. */
async function textsByPlotly(figure: Figure): Promise<(string | null)[]> {
  await drawnByPlotly(figure);
  return page.evaluate(() => [...document.querySelectorAll("#plot text")].map((node) => node.textContent));
}

/** Where Plotly's range would end in our picture, if the picture had the same: at the ends of the plot. */
function endsIn(drawing: Drawing, direction: "x" | "y", { range, ticks, places }: AxisSeen): [number, number] | undefined {
  const anchor = direction === "x" ? /middle|^$/ : /end/;
  const seen = ticks.flatMap((text, index) => {
    const node = drawing
      .named("text")
      .find(({ text: own, attributes }) => own === text.replace(/<[^>]*>/g, "") && anchor.test(attributes["text-anchor"] ?? ""));
    if (!node) return [];
    const { x, y, "font-size": size } = node.attributes;
    return [{ place: places[index]!, pixel: direction === "x" ? Number(x) : Number(y) - 0.35 * Number(size) }];
  });
  const [one, other] = [seen[0], seen.at(-1)];
  if (!one || !other || one === other) return undefined;
  const at = (place: number): number => one.pixel + ((other.pixel - one.pixel) * (place - one.place)) / (other.place - one.place);
  return [at(range[0]), at(range[1])];
}

describe("texts", () => {
  test.each(["<s>", "</s> <|endoftext|>", "a < b & c > d", "&lt;b&gt; &amp;", "$x$ costs $5", "<b>bold</b>", "100 % %{z}"])(
    "%s is what a reader sees, as title, name, tick and text",
    async (text) => {
      const labelled = [
        bar({ [text]: [1, 2], b: [3, 4] }, { labels: [text, "other"], title: text, yTitle: text }),
        heatmap([[1, 2], [3, 4]], { labels: [text, "b"], valueTitle: text }), // prettier-ignore
        tree([{ id: "a", label: text }, { id: "b" }]),
      ];
      for (const figure of labelled) {
        expect(await textsByPlotly(figure)).toContain(text);
        expect(new Drawing(figure).texts).toContain(text);
      }
    },
  );
});

describe("as Plotly", () => {
  test.each(Object.keys(figures))("%s: ranges and ticks", async (name) => {
    const figure = figures[name]!;
    const plotlys = await drawnByPlotly(figure);
    const drawing = new Drawing(figure);
    const { left, right, top, bottom } = drawing.plot;
    for (const direction of ["x", "y"] as const) {
      const axis = plotlys[direction];
      if (!axis.isVisible) continue;
      const ends = endsIn(drawing, direction, axis);
      const expected = direction === "x" ? [left, right] : [bottom, top];
      // Pads in pixels weigh a little more where the plot is a little smaller.
      const tolerance = 0.015 * Math.abs(expected[1]! - expected[0]!);
      expect(ends, `ticks ${axis.ticks.join(" ")} on ${direction}, of ${drawing.texts.join(" ")}`).toBeDefined();
      expect(Math.abs(ends![0] - expected[0]!)).toBeLessThan(tolerance);
      expect(Math.abs(ends![1] - expected[1]!)).toBeLessThan(tolerance);
    }
  });

  test("the colours of a heatmap, in a browser", async () => {
    const colours = await page.evaluate(
      async ({ svg, figure }) => {
        const { Plotly } = globalThis as unknown as {
          Plotly: {
            newPlot(id: string, data: unknown, layout: unknown): Promise<unknown>;
            toImage(id: string, options: object): Promise<string>;
          };
        };
        await Plotly.newPlot("plot", figure.data, { ...figure.layout, width: 800 });
        const read = async (address: string, at: (width: number, height: number) => [number, number][]): Promise<number[][]> => {
          const image = new Image();
          image.src = address;
          await image.decode();
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [image.width, image.height];
          const context = canvas.getContext("2d")!;
          context.drawImage(image, 0, 0);
          return at(image.width, image.height).map(([x, y]) => [...context.getImageData(x, y, 1, 1).data]);
        };
        const image = document.querySelector(".heatmaplayer image")!;
        const cells = (width: number, height: number): [number, number][] =>
          [1, 3, 5].flatMap((column) =>
            [1, 3].map((row): [number, number] => [Math.floor((width * column) / 6), Math.floor((height * row) / 4)]),
          );
        const theirs = await read(image.getAttribute("href") ?? image.getAttribute("xlink:href")!, cells);
        const own = new DOMParser().parseFromString(svg, "image/svg+xml").querySelector("image")!;
        return { theirs, ours: await read(own.getAttribute("href")!, cells) };
      },
      { svg: new Drawing(figures["heatmap"]!).source, figure: JSON.parse(JSON.stringify(figures["heatmap"])) as Figure },
    );
    for (const [index, theirs] of colours.theirs.entries()) {
      for (const [channel, value] of theirs.entries()) expect(Math.abs(colours.ours[index]![channel]! - value)).toBeLessThanOrEqual(3);
    }
  });
});
