/** nbconvert's own HTML export, which runs no cell and no script, shows a picture of each figure, and of no figure a bare table. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import rehypeRaw from "rehype-raw";
import { unified } from "unified";
import { beforeAll, describe, expect, test } from "vitest";
import { formatNotebook } from "../../src/dist/nbformat/index.js";
import { execute, notebookOf } from "../kernel/execute-helpers.ts";
import { parseXml } from "../plots/svg/drawing.ts";
import { png } from "../render/sample.ts";

/** Cells, and what the page must have of each. */
const figures: Record<string, string> = {
  bar: "show(bar({ a: 1, b: 2 }, { title: 'bar' }))",
  line: "line({ a: [1, 2] }, { title: 'line' })",
  scatter: "show(scatter({ a: [1, 2] }, { title: 'scatter' }))",
  heatmap: "heatmap([[1, 2], [3, 4]], { title: 'heatmap' })",
  contour: "show(contour([[0, 1], [1, 2]], { x: [0, 1], y: [0, 1], title: 'contour' }))",
  graph: "graph([{ id: 'a' }, { id: 'b', needs: ['a'] }], { title: 'graph' })",
  tree: "tree([{ id: 'a' }, { id: 'b', needs: ['a'] }], { title: 'tree' })",
  map: "await embeddingMap([[0, 1], [1, 0], [2, 2]], { labels: ['a', 'b', 'c'], title: 'map' })",
  loss: "show(lossCurve({ step: [1, 2], loss: [2, 1], gradientNorm: [1, 1], learningRate: [1, 1], speed: [1, 1], evaluations: { step: [], loss: [], metrics: [] } } as never, { title: 'loss' }))",
};

const others: Record<string, string> = {
  table: "table([{ name: 'in a table' }])",
  html: 'html`<b id="own">${"<i>"}</b>`',
  md: "md`*stressed*`",
  svg: 'show(svg`<svg width="9" height="9"><title>a dot</title></svg>`)',
  png: `image(Buffer.from('${png}', 'base64'), { width: 64 })`,
  gif: "image(Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'), { alt: 'a dot' })",
  json: "json({ answer: 42 })",
};

interface Element {
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: Element[];
}

/** As a browser's parser sees it. */
const parse = (page: string): Element =>
  unified()
    .use(rehypeRaw)
    .runSync({ type: "root", children: [{ type: "raw", value: page } as never] }) as Element;

const within = (element: Element): Element[] => [element, ...(element.children ?? []).flatMap(within)];
const textOf = (element: Element): string =>
  within(element)
    .map(({ value }) => value ?? "")
    .join("");

const script =
  "import sys, nbformat, nbconvert; sys.stdout.write(nbconvert.HTMLExporter().from_notebook_node(nbformat.reads(sys.stdin.read(), 4))[0])";

describe("on nbconvert's page", () => {
  const outputs: Record<string, Element> = {};

  beforeAll(async () => {
    const cells = { ...figures, ...others };
    const imports =
      "import { bar, contour, embeddingMap, graph, heatmap, html, image, json, line, md, scatter, show, svg, table, tree } from 'kernel-helpers/plots'\nimport { lossCurve } from 'kernel-helpers/train'";
    const notebook = notebookOf(imports, ...Object.values(cells));
    const { result } = await execute(notebook, { cwd: resolve("notebooks") });
    const failure = result.cells.find(({ error }) => error)?.error;
    if (failure) throw new Error(failure.message);
    const { status, stdout, stderr } = spawnSync(resolve(".venv/bin/python"), ["-c", script], {
      input: formatNotebook(notebook),
      encoding: "utf8",
      maxBuffer: 1e9,
    });
    if (status !== 0) throw new Error(stderr);
    const areas = within(parse(stdout)).filter(({ properties }) => String(properties?.["className"]).includes("jp-Cell-outputArea"));
    for (const [index, name] of Object.keys(cells).entries()) outputs[name] = areas[index]!;
  });

  test.each(Object.keys(figures))("%s is a picture, and no table", (name) => {
    const elements = within(outputs[name]!);
    expect(elements.some(({ tagName }) => tagName === "table")).toBe(false);
    const address = String(elements.find(({ tagName }) => tagName === "img")!.properties!["src"]);
    const drawing = parseXml(Buffer.from(address.replace("data:image/svg+xml;base64,", ""), "base64").toString());
    expect(drawing.attributes["aria-label"]).toBe(name);
  });

  test("what the other helpers show is shown, too", () => {
    const element = (name: string, tag: string): Element => within(outputs[name]!).find(({ tagName }) => tagName === tag)!;
    const property = (name: string, key: string): string => String(element(name, "img").properties![key]);
    expect(textOf(element("table", "td"))).toBe("in a table");
    expect(textOf(element("html", "b"))).toBe("<i>");
    expect(textOf(element("md", "em"))).toBe("stressed");
    expect(property("svg", "src")).toMatch(/^data:image\/svg\+xml;base64,/);
    expect(property("png", "width")).toBe("64");
    expect(property("gif", "alt")).toBe("a dot");
    expect(textOf(outputs["json"]!)).toContain('"answer": 42');
  });
});
