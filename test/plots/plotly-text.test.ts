/**
 * What is given is what is shown: any text, as a title, a label, a name or a category, comes out of a figure as it went in. Plotly's reading of text
 * is written here once more after `convertToTspans`, `convertEntities` and `hovertemplateString` of plotly.js 4.1.1.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bar, contour, embeddingMap, graph, heatmap, line, scatter, tree, type Figure } from "../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../kernel-helpers/runtime/printable.ts";
import { Drawing } from "./svg/drawing.ts";

const known = new Set(["sup", "sub", "s", "u", "b", "i", "em", "strong", "span", "a"]);
const entities: Record<string, string> = { mu: "μ", amp: "&", lt: "<", gt: ">", nbsp: "\u00a0", times: "×", plusmn: "±", deg: "°" };

/** What a reader sees of a text in Plotly's JSON, with line breaks as \n. */
function readByPlotly(markup: string): string {
  if (/[$]+[^$]*[$]+/.test(markup)) throw new Error("MathJax would typeset this");
  const parts = markup.replace(/\r\n?|\n/g, " ").split(/(<[^<>]*>)/);
  return parts
    .map((part) => {
      const tag = /<(\/?)([^ >]*)(\s+(.*))?>/i.exec(part)?.[2]?.toLowerCase();
      if (tag === "br") return "\n";
      if (tag !== undefined && known.has(tag)) return "";
      return part.replace(/&(#\d+|#x[\da-fA-F]+|[a-z]+);/g, (whole, name: string) => {
        if (!name.startsWith("#")) return entities[name] ?? whole;
        return String.fromCodePoint(name[1] === "x" ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
      });
    })
    .join("");
}

/** A template as Plotly fills it in. */
const fill = (template: string, values: Record<string, string>): string =>
  template.replace(/%{([^\s%{}:]*)([:|][^}]*)?}/g, (_, name: string) => values[name] ?? "").replace(/<extra>[^]*<\/extra>/, "");

const odd = ["<s>", "</s>", "<br>", "<b>bold</b>", "a < b > c & d", "&lt;", "&amp;amp;", "&#60;", "&quot;", "$x^2$ and $5", "%{z}", "100 %", "<extra>", " the", "a  b", "<|endoftext|>", "<a href='javascript:alert(1)'>x</a>", '"', "\\"]; // prettier-ignore
const anyText = fc.oneof(fc.constantFrom(...odd), fc.string({ unit: "binary" }), fc.stringMatching(/^[<>&"'$%{}\\/=;#a-z0-9 \n\r]{0,20}$/));
const lines = (text: string): string => text.replace(/\r\n?/g, "\n");

const matrix = [[1, 2], [3, 4]]; // prettier-ignore
const at = (figure: Figure, path: string): string =>
  path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], figure) as string;

/** Figures with the text in every place that takes one, and where in their JSON it is to be found. */
const places: Record<string, (text: string) => [Figure, ...string[]]> = {
  bar: (text) => [
    bar({ [`·${text}`]: [1, 2], b: [3, 4] }, { labels: [`·${text}`, "b"], title: text, xTitle: text, yTitle: text }),
    "data.0.name",
    "data.0.x.0",
    "layout.title.text",
    "layout.xaxis.title.text",
    "layout.yaxis.title.text", // prettier-ignore
  ],
  line: (text) => [line({ [text]: { x: [1], y: [1], labels: [text] }, "another one": [1] }), "data.0.name", "data.0.text.0"],
  scatter: (text) => [scatter({ [text]: [1], other: [1] }), "data.0.name"],
  heatmap: (text) => [
    heatmap(matrix, { rowLabels: [text, "b"], columnLabels: [text, "b"], valueTitle: text }),
    "layout.xaxis.ticktext.0",
    "layout.yaxis.ticktext.0",
    "data.0.colorbar.title.text", // prettier-ignore
  ],
  contour: (text) => [
    contour(
      { [text]: matrix, "another one": matrix },
      { x: [0, 1], y: [0, 1], valueTitle: text, points: { [text]: { x: [0], y: [0], labels: [text] } } },
    ),
    "layout.sliders.0.steps.0.label",
    "data.0.colorbar.title.text",
    "data.1.name",
    "data.1.text.0", // prettier-ignore
  ],
  graph: (text) => [graph([{ id: "a", label: text, group: text }, { id: "b" }]), "layout.annotations.0.text", "data.2.name"],
  tree: (text) => [tree([{ id: "a", label: text, group: text }, { id: "b" }]), "data.1.text.0", "data.1.name"],
};

describe("Plotly reads what was given", () => {
  test.each(Object.entries(places))("in every text of %s", (_, make) => {
    fc.assert(
      fc.property(anyText, (text) => {
        const [figure, ...paths] = make(text);
        for (const path of paths) expect([lines(text), `·${lines(text)}`]).toContain(readByPlotly(at(figure, path)));
      }),
    );
  });

  test("in the texts of a map", async () => {
    const vectors = [[0, 1, 2], [1, 0, 0], [3, 3, 1]]; // prettier-ignore
    const figure = await embeddingMap(vectors, { labels: ["<s>", "b", "c"], groups: ["<unk>", "x", "x"] });
    expect(["data.0.text.0", "data.0.name"].map((path) => readByPlotly(at(figure, path)))).toEqual(["<s>", "<unk>"]);
  });

  test("and in the hover texts that quote the title of the values", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const of = (figure: Figure): string =>
          readByPlotly(fill(at(figure, "data.0.hovertemplate"), { z: "1", x: "0", y: "0", text: "T" }));
        expect(of(heatmap(matrix, { valueTitle: text }))).toBe(`T\n${lines(text)} 1`);
        expect(of(contour(matrix, { x: [0, 1], y: [0, 1], valueTitle: text }))).toBe(`(0, 0)\n${lines(text)} 1`);
      }),
    );
  });

  test("names are not cut in the box beside the pointer", () => {
    expect(bar({ a: 1 }).layout["hoverlabel"]).toEqual({ namelength: -1 });
  });
});

describe("the picture writes what was given", () => {
  // What XML has no place for, and the space in which Plotly shows nothing.
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const possible = anyText.filter((text) => text.trim() !== "" && !/[\u0000-\u001f\ud800-\udfff\ufffe\uffff]/.test(text));

  test.each(["bar", "line", "heatmap", "contour", "graph", "tree"])("in %s", (kind) => {
    fc.assert(
      fc.property(possible, (text) => {
        const [figure] = places[kind]!(text);
        const { texts } = new Drawing(figure);
        expect(texts.some((each) => each.includes(text))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("a title of several lines has them, and its spaces", () => {
    const drawing = new Drawing(bar({ a: 1 }, { title: "a  <b>\nc" }));
    expect(drawing.text("a  <b>c").children.map(({ text }) => text)).toEqual(["a  <b>", "c"]);
    expect(drawing.root.attributes).toMatchObject({ "xml:space": "preserve", "aria-label": "a  <b> c" });
  });

  test("a slider's note quotes its steps as they were given", () => {
    const figure = contour({ "<s>": matrix, "a & b": matrix }, { x: [0, 1], y: [0, 1] });
    expect(new Drawing(figure).texts.at(-1)).toBe(
      'Shown is "a & b", one of 2 pictures of the interactive figure\'s slider, "<s>" to "a & b".',
    );
  });
});

test("figures inside HTML and on their own say the same in their tables", () => {
  const [figure] = places["heatmap"]!("<s>");
  expect(figure[jupyterDisplay]()["text/vnd.cairn.table.v1+html"]).toContain('<th scope="col">&lt;s&gt;</th>');
});
