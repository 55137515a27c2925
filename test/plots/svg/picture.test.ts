/** Whole pictures: of every figure of the library, of what no figure of ours has, and of anything at all. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bar,
  contour,
  embeddingMap,
  graph,
  heatmap,
  line,
  scatter,
  tree,
  treemap,
  type Figure,
} from "../../../kernel-helpers/plots/index.ts";
import { drawPicture } from "../../../kernel-helpers/plots/svg/picture.ts";
import { jupyterDisplay } from "../../../kernel-helpers/runtime/printable.ts";
import { Drawing, parseXml, pointsOf } from "./drawing.ts";

const vectors = [[0, 1, 2], [1, 0, 0], [3, 3, 1], [0, 4, 1]]; // prettier-ignore
const nodes = [{ id: "x", detail: "3", group: "given" }, { id: "square", label: '"×" <&>', detail: "9", group: "made", needs: ["x"] }]; // prettier-ignore

const figures: Record<string, Figure | Promise<Figure>> = {
  bar: bar({ a: 1, b: 2 }, { title: "T" }),
  line: line({ a: [1, 2], b: [2, 3] }, { title: "T" }),
  scatter: scatter({ a: [1, 2] }, { title: "T", log: "y" }),
  heatmap: heatmap([[1, 2]], { title: "T", rowLabels: ["r"], columnLabels: ["人工智能", "c"] }),
  contour: contour([[0, 1], [1, 2]], { x: [0, 1], y: [0, 1], title: "T", level: 1, points: { p: { x: [0.5], y: [0.5] } } }), // prettier-ignore
  graph: graph(nodes, { title: "T" }),
  tree: tree([{ id: "a" }, { id: "b", needs: ["a"] }], { title: "T" }),
  treemap: treemap({ a: 1, "b.c": 2, "b.d": 0 }, { title: "T" }),
  "embedding map": embeddingMap(vectors, { labels: ["a", "b", "c", "d"], title: "T" }),
};

describe("the picture of a figure", () => {
  test.each(Object.entries(figures))("%s is in its bundle, well-formed, with its title, and the same every time", async (_, made) => {
    const figure = await made;
    const svg = figure[jupyterDisplay]()["image/svg+xml"] as string;
    const root = parseXml(svg);
    expect(root).toMatchObject({ name: "svg", attributes: { xmlns: "http://www.w3.org/2000/svg", role: "img", "aria-label": "T" } });
    expect(root.text).toContain("T");
    expect(figure[jupyterDisplay]()["image/svg+xml"]).toBe(svg);
    expect(svg).not.toMatch(/ id=|url\(|<style|<script|NaN|undefined|Infinity/); // ids would meet those of other pictures on a page
  });

  test("a graph has its boxes with both lines, and its arrows", () => {
    const drawing = new Drawing(graph(nodes));
    expect(drawing.named("rect")).toHaveLength(2);
    expect(drawing.text('"×" <&>9').children.map(({ text }) => text)).toEqual(['"×" <&>', "9"]);
    const box = drawing.named("rect")[1]!.attributes;
    const end = pointsOf(drawing.named("path").find(({ attributes }) => attributes["fill"] === "#808080")!)[0]!;
    expect(end[1]).toBeLessThan(Number(box["y"]) + 4);
    expect(end[0]).toBeCloseTo(Number(box["x"]) + Number(box["width"]) / 2, -1);
  });

  test("a tree and a map have the texts of their points", async () => {
    expect(new Drawing(tree([{ id: "a" }, { id: "b", needs: ["a"] }])).texts).toEqual(["a", "b"]);
    expect(new Drawing(await figures["embedding map"]!).texts).toEqual(expect.arrayContaining(["a", "b", "c", "d"]));
  });
});

describe("axes", () => {
  const ticks = (layout: object, x: unknown[], y: unknown[]): string[] => new Drawing({ data: [{ mode: "markers", x, y }], layout }).texts;

  test.each([
    [
      [1, 1000],
      ["1", "2", "5", "10", "20", "50", "100", "200", "500", "1000"],
    ],
    [
      [1, 1e6],
      ["1", "10", "100", "1000", "10k", "100k", "1M"],
    ],
    [
      [1e-9, 1],
      ["10n", "1μ", "100μ", "0.01", "1"],
    ],
    [
      [20, 60],
      ["20", "25", "30", "35", "40", "45", "50", "55", "60"],
    ],
  ])("a logarithmic one over %j has ticks at %j", (values, expected) => {
    expect(ticks({ xaxis: { type: "log" }, yaxis: { visible: false } }, values, [1, 1])).toEqual(expected);
  });

  test("powers of ten are written as such where the figure wants them", () => {
    const layout = { xaxis: { type: "log", exponentformat: "power" }, yaxis: { visible: false } };
    expect(ticks(layout, [1e-5, 1e-4], [1, 1])).toEqual(["10−5", "2×10−5", "5×10−5", "10−4"]);
  });

  test.each([
    [
      [0, 50_000],
      ["0", "10k", "20k", "30k", "40k", "50k"],
    ],
    [
      [0, 5000],
      ["0", "1000", "2000", "3000", "4000", "5000"],
    ],
    [
      [0, 0.00005],
      ["0", "10μ", "20μ", "30μ", "40μ", "50μ"],
    ],
    [
      [-1, 1],
      ["−1", "−0.5", "0", "0.5", "1"],
    ],
    [
      [3, 3],
      ["2", "2.2", "2.4", "2.6", "2.8", "3", "3.2", "3.4", "3.6", "3.8", "4"],
    ],
    [
      ["8000", "16000"],
      ["8k", "9k", "10k", "11k", "12k", "13k", "14k", "15k", "16k"],
    ],
  ])("over %j the ticks are %j", (values, expected) => {
    expect(ticks({ yaxis: { visible: false } }, values, [1, 2])).toEqual(expected);
  });

  test("have categories for texts, and texts of their own at places of their own", () => {
    expect(ticks({ yaxis: { visible: false } }, ["a", "b", "a"], [1, 2, 3])).toEqual(["a", "b"]);
    expect(ticks({ yaxis: { visible: false }, xaxis: { tickvals: [1, 2], ticktext: ["one", 2] } }, [1, 2], [1, 2])).toEqual(["one", "2"]);
    expect(ticks({ yaxis: { visible: false }, xaxis: { tickformat: ".1%" } }, [0, 0.5], [1, 2])[1]).toBe("10.0%");
  });

  test("take a range that is given, also backwards", () => {
    const drawing = new Drawing({ data: [{ mode: "markers", x: [1], y: [1] }], layout: { yaxis: { range: [4, 0] } } });
    expect(drawing.pixel("y", 0, ["0", "4"])).toBeCloseTo(drawing.plot.top, 0);
  });
});

describe("what a layout adds", () => {
  const data = [{ mode: "markers", x: [0, 10], y: [0, 10] }];
  const layout = { xaxis: { range: [0, 10] }, yaxis: { range: [0, 10] } };

  test("a text at a place, with an arrow to it", () => {
    const annotations = [{ x: 5, y: 5, text: "here<br><b>!</b>", ax: 0, ay: -40, bgcolor: "#ffffff" }];
    const drawing = new Drawing({ data, layout: { ...layout, annotations } });
    const [x, y] = [drawing.pixel("x", 5, ["0", "10"]), drawing.pixel("y", 5, ["0", "10"])];
    const box = drawing.named("rect").at(-1)!.attributes;
    expect(Number(box["x"]) + Number(box["width"]) / 2).toBeCloseTo(x, 0);
    expect(Number(box["y"]) + Number(box["height"]) / 2).toBeCloseTo(y - 40, 0);
    expect(drawing.named("path").at(-1)!.attributes["transform"]).toBe(`translate(${Math.round(x)} ${Math.round(y)}) rotate(90)`);
    expect(drawing.text("here!").children[1]!.children[0]!.attributes).toEqual({ "font-weight": "bold" });
  });

  test("lines, rectangles and circles; of others that they are left out", () => {
    const shapes = [
      { type: "line", x0: 0, x1: 10, y0: 5, y1: 5, line: { color: "red", dash: "dot" } },
      { type: "rect", xref: "paper", x0: 0, x1: 0.5, y0: 0, y1: 10, fillcolor: "rgba(0,0,0,0.1)", layer: "below" },
      { type: "circle", x0: 2, x1: 4, y0: 2, y1: 4 },
      { type: "path", path: "M0,0L1,1" },
    ];
    const drawing = new Drawing({ data, layout: { ...layout, shapes } });
    const { left, right } = drawing.plot;
    expect(drawing.named("path").find(({ attributes }) => attributes["stroke"] === "red")!.attributes).toMatchObject({
      "stroke-dasharray": "2 3",
    });
    expect(drawing.named("rect").at(-1)!.attributes).toMatchObject({ "fill-opacity": "0.1" });
    expect(Number(drawing.named("rect").at(-1)!.attributes["width"])).toBeCloseTo((right - left) / 2, 0);
    expect(Number(drawing.named("ellipse")[0]!.attributes["cx"])).toBeCloseTo(drawing.pixel("x", 3, ["0", "10"]), 0);
    expect(drawing.texts.at(-1)).toBe('A shape of the kind "path" is left out.');
  });

  test("a background, if it has a colour", () => {
    expect(new Drawing({ data, layout }).named("rect")[0]!.attributes["fill"]).toBe("#ffffff");
    expect(new Drawing({ data, layout: { paper_bgcolor: "rgba(0,0,0,0)" } }).named("rect")).toEqual([]);
  });

  test("a legend of many names wraps, and counts those that it has no place for", () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ name: `series ${index}`, y: [index] }));
    const drawing = new Drawing({ data: many });
    expect(drawing.texts).toContain("series 39");
    expect(drawing.texts.at(-1)).toBe("The legend has 40 of 60 names.");
    const rows = new Set(
      drawing
        .named("text")
        .filter(({ text }) => text.startsWith("series"))
        .map(({ attributes }) => attributes["y"]),
    );
    expect(rows.size).toBeGreaterThan(3);
  });
});

describe("what is not drawn is said", () => {
  const note = (figure: object): string | undefined => new Drawing(figure).texts.at(-1);

  test.each([
    [{ type: "pie", values: [1] }, 'A trace of the kind "pie" is not drawn here; the interactive figure has it.'],
    [{ type: "constructor" }, 'A trace of the kind "constructor" is not drawn here; the interactive figure has it.'],
    [{ y: [1], xaxis: "x2" }, "Subplots beside the first are not drawn here; the interactive figure has them."],
    [{ y: [1], error_y: { array: [1] } }, "Error bars are not drawn here; the interactive figure has them."],
    [{ y: [1, 2], fill: "tozeroy" }, "Filled areas are not drawn here; the interactive figure has them."],
  ])("%j", (trace, sentence) => {
    expect(note({ data: [trace] })).toBe(sentence);
  });

  test("beside a trace that is", () => {
    const drawing = new Drawing({ data: [{ type: "pie" }, { mode: "markers", y: [1, 2] }], layout: { title: { text: "T" } } });
    expect(drawing.texts).toContain("T");
    expect(drawing.named("path").some(({ attributes }) => attributes["stroke-linecap"] === "round")).toBe(true);
  });
});

describe("anything at all", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("<b>", "&lt;", "]]>", "<br>", "&#0;", "&#xd800;", "<sup>", "a</b>"),
  );

  test("written in titles, names, ticks, labels and notes gives well-formed XML", () => {
    fc.assert(
      fc.property(text, (words) => {
        const figure = line({ [words]: [1, 2], other: [2, 1] }, { title: words, xTitle: words });
        Object.assign(figure.data[0]!, { text: [words, words], mode: "text" });
        Object.assign(figure.layout, { annotations: [{ x: 0, y: 1, text: words }], font: { family: words, color: words } });
        const pictures = [
          figure,
          bar({ [`x${words}`]: 1 }),
          { data: [{ type: words }], layout: { sliders: [{ steps: [{ label: words }] }] } },
        ];
        for (const picture of pictures) expect(parseXml(drawPicture(picture)).name).toBe("svg");
      }),
    );
  });

  test("stands in it as it was, where XML can hold it", () => {
    const plain = fc.string({ unit: "grapheme" }).filter((words) => words.trim() !== "" && !/[<&\n\r]/.test(words));
    fc.assert(
      fc.property(plain, (words) => {
        expect(new Drawing({ data: [], layout: { title: { text: words } } }).texts).toEqual([words]);
      }),
    );
  });

  test("in the place of a figure gives a picture", () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, 1e300, -1e300, 5e-324));
    const value = fc.oneof(
      { depthSize: "small" },
      fc.jsonValue({ maxDepth: 2 }),
      number,
      text,
      fc.array(number),
      fc.array(fc.array(number)),
    );
    const keys = fc.constantFrom(
      ..."x y z text mode name marker line size color colorscale zmin zmax orientation visible showlegend texttemplate contours start end coloring width symbol textposition opacity fill error_x".split(
        " ",
      ),
    );
    const bag = fc.dictionary(keys, value);
    const trace = fc
      .tuple(fc.constantFrom("scatter", "bar", "heatmap", "contour", undefined), bag, bag)
      .map(([type, own, inner]) => ({ ...own, type, marker: inner, line: inner, contours: inner }));
    const axis = fc.record({ type: fc.constantFrom("log", "linear", "category", undefined), range: value, tickvals: value, ticktext: value, title: value, scaleanchor: fc.constantFrom("x", undefined), tickformat: text, autorange: fc.constantFrom("reversed", true) }, { requiredKeys: [] }); // prettier-ignore
    const layout = fc.record({ xaxis: axis, yaxis: axis, title: value, height: value, width: value, font: value, margin: value, legend: value, annotations: fc.array(fc.dictionary(fc.constantFrom("x", "y", "text", "xref", "ax"), value)), shapes: fc.array(fc.dictionary(fc.constantFrom("type", "x0", "y0", "x1", "y1", "line"), value)), sliders: value, barmode: fc.constantFrom("stack", "overlay", "group"), colorway: value }, { requiredKeys: [] }); // prettier-ignore
    fc.assert(
      fc.property(fc.oneof(value, fc.array(trace, { maxLength: 3 })), fc.oneof(value, layout), (data, own) => {
        const svg = drawPicture({ data, layout: own });
        expect(parseXml(svg).name).toBe("svg");
        expect(svg).not.toMatch(/ (?:[xydr]|c[xy]|width|height|transform|viewBox|font-size)="[^"]*(?:NaN|Infinity)/);
      }),
      { numRuns: 500 },
    );
  });
});
