/** Figures are plain Plotly JSON with a table beside it; what cannot be drawn is refused with its values. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { bar, embeddingMap, heatmap, line, scatter, tree, type Figure } from "../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../kernel-helpers/runtime/printable.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";

const html = (figure: Figure): string => figure[jupyterDisplay]()["text/vnd.cairn.table.v1+html"] as string;

describe("heatmap", () => {
  const matrix = { rows: 2, cols: 2, data: Float32Array.of(1, 0.5, 0.5, 1) };

  test("draws a matrix and nested arrays alike, Chinese labels included", () => {
    const labels = ["AI工程师", "前端开发"];
    const figure = heatmap(matrix, { labels, title: "相似度", valueTitle: "cosine" });
    expect(figure.data).toEqual(
      heatmap(
        [
          [1, 0.5],
          [0.5, 1],
        ],
        { labels, title: "相似度", valueTitle: "cosine" },
      ).data,
    );
    expect(figure.data[0]).toMatchObject({ type: "heatmap", z: [[1, 0.5], [0.5, 1]], text: [["AI工程师 · AI工程师", "AI工程师 · 前端开发"], ["前端开发 · AI工程师", "前端开发 · 前端开发"]] }); // prettier-ignore
    expect(figure.layout).toMatchObject({ title: { text: "相似度" }, yaxis: { ticktext: labels, autorange: "reversed" } });
    expect(html(figure)).toContain("<td style=\"text-align:left\">前端开发</td><td style=\"text-align:right\">0.5</td>"); // prettier-ignore
  });

  test("keeps rows apart whose labels are equal", () => {
    expect(heatmap(matrix, { labels: ["same", "same"] }).layout["xaxis"]).toMatchObject({ tickvals: [0, 1], ticktext: ["same", "same"] });
  });

  test.each([
    [() => heatmap([[1, Number.NaN]]), "values[0][1] is NaN\n  hint: a figure needs finite numbers; leave the point out"],
    [() => heatmap([[1, 2], [3]]), "1 values for 2 columns in row 1 of values\n  hint: give one of values for each of columns in row 1 of values, in the same order"], // prettier-ignore
    [() => heatmap([]), "values has no rows\n  hint: pass at least one row of numbers"],
    [() => heatmap(matrix, { labels: ["one"] }), "1 row labels for 2 rows\n  hint: give one of row labels for each of rows, in the same order"], // prettier-ignore
  ])("refuses what cannot be drawn (%#)", (draw, message) => {
    expect(draw).toThrow(expect.objectContaining({ name: "ArgumentError", message }));
  });
});

describe("line, scatter and bar", () => {
  test("series share the x of the options or bring their own", () => {
    const figure = line(
      { ours: [1, 2], theirs: { x: [5, 6], y: [3, 4], labels: ["a", "b"] } },
      { x: [8, 16], xTitle: "vocabulary", yTitle: "s" },
    );
    expect(figure.data).toMatchObject([
      { name: "ours", x: [8, 16], y: [1, 2] },
      { name: "theirs", x: [5, 6], y: [3, 4], text: ["a", "b"] },
    ]);
    expect(figure.layout).toMatchObject({ xaxis: { title: { text: "vocabulary" } }, yaxis: { title: { text: "s" } }, showlegend: true });
    expect(figure[jupyterDisplay]()["text/plain"]).toBe("[line] line: 4 rows of series, label, vocabulary, s");
  });

  test("a logarithmic axis is passed on, and refuses zero", () => {
    expect(scatter({ a: [1, 10] }, { log: "y" }).layout["yaxis"]).toMatchObject({ type: "log" });
    expect(() => scatter({ a: [1, 0] }, { log: "y" })).toThrow(
      expect.objectContaining({ message: '"a" has y = 0 on a logarithmic axis\n  hint: leave that axis linear or the point out' }),
    );
  });

  test.each([
    [() => line({ a: [1, 2, 3] }, { x: [1, 2] }), '2 x values for 3 y values of "a"\n  hint: give one of x values for each of y values of "a", in the same order'], // prettier-ignore
    [() => line({ a: [Number.POSITIVE_INFINITY] }), '"a"[0] is Infinity\n  hint: a figure needs finite numbers; leave the point out'],
    [() => line({}), "there is no series to draw\n  hint: pass { name: [numbers] }"],
    [() => bar({}), "there is no bar to draw\n  hint: pass { name: number }"],
    [() => bar({ zh: [1, 2] }, { labels: ["one"] }), '2 values for 1 labels in "zh"\n  hint: give one of values for each of labels in "zh", in the same order'], // prettier-ignore
  ])("refuses what cannot be drawn (%#)", (draw, message) => {
    expect(draw).toThrow(expect.objectContaining({ name: "ArgumentError", message }));
  });

  test("one number a name, or groups of bars", () => {
    expect(bar({ "GPT-2": 0.516, ours: 1.2 }).data).toMatchObject([{ x: ["GPT-2", "ours"], y: [0.516, 1.2], text: ["0.52", "1.20"] }]);
    const grouped = bar({ zh: [1, 2], en: [3, 4] }, { labels: ["GPT-2", "ours"] });
    expect(grouped.data.map(({ name, y }) => [name, y])).toEqual([
      ["zh", [1, 2]],
      ["en", [3, 4]],
    ]);
    expect(html(grouped)).toContain(">zh</th>");
  });
});

describe("embeddingMap", () => {
  const random = createRandom(7);
  // Two clouds far apart along a diagonal, in 8 dimensions.
  const vectors = Array.from({ length: 30 }, (_, row) => Array.from({ length: 8 }, () => (row < 15 ? 0 : 9) + random.normal()));
  const labels = vectors.map((_, row) => `text ${row}`);
  const groups = vectors.map((_, row) => (row < 15 ? "zh" : "en"));

  test.each(["pca", "umap"] as const)("%s keeps two clouds apart, and is the same for the same seed", async (method) => {
    const figure = await embeddingMap(vectors, { labels, groups, method });
    const centre = (index: number): number[] =>
      ["x", "y"].map((direction) => (figure.data[index]![direction] as number[]).reduce((sum, value) => sum + value, 0) / 15);
    const spread = (index: number): number =>
      Math.max(...(figure.data[index]!["x"] as number[]).map((x, point) => Math.hypot(x - centre(index)[0]!, (figure.data[index]!["y"] as number[])[point]! - centre(index)[1]!))); // prettier-ignore
    const distance = Math.hypot(centre(0)[0]! - centre(1)[0]!, centre(0)[1]! - centre(1)[1]!);
    expect(figure.data.map(({ name }) => name)).toEqual(["zh", "en"]);
    expect(distance).toBeGreaterThan(2 * Math.max(spread(0), spread(1)));
    expect((await embeddingMap(vectors, { labels, groups, method })).data).toEqual(figure.data);
  });

  test("refuses labels that do not match and methods that it does not know", async () => {
    await expect(embeddingMap(vectors, { labels: ["one"] })).rejects.toThrow(
      "1 labels for 30 vectors\n  hint: give one of labels for each of vectors, in the same order",
    );
    await expect(embeddingMap(vectors, { labels, method: "tsne" as never })).rejects.toThrow(
      'unknown method "tsne"\n  hint: use "pca" or "umap"',
    );
  });
});

describe("tree", () => {
  test("a node stands one level above the highest node that it needs", () => {
    const figure = tree([
      { id: "tokens", group: "foundation" },
      { id: "transformer", group: "core", needs: ["tokens"] },
      { id: "rag", label: "RAG", group: "application", needs: ["tokens", "transformer"] },
    ]);
    expect(figure.data.slice(1).map(({ text, y }) => [text, y])).toEqual([
      [["tokens"], [0]],
      [["transformer"], [1]],
      [["RAG"], [2]],
    ]);
    expect(figure.data[0]!["y"]).toEqual([0, 1, null, 0, 2, null, 1, 2, null]);
  });

  test.each([
    [[{ id: "a", needs: ["b"] }], '"a" needs "b", which is no node\n  hint: nodes are a'],
    [
      [
        { id: "a", needs: ["b"] },
        { id: "b", needs: ["a"] },
      ],
      "a circle: a → b → a\n  hint: take one of these needs out",
    ],
    [[], "a tree of no nodes\n  hint: pass at least one { id }"],
  ])("refuses %j", (nodes, message) => {
    expect(() => tree(nodes)).toThrow(expect.objectContaining({ name: "ArgumentError", message }));
  });
});

test("names of bars are names, also where they look like numbers or dates", () => {
  expect(bar({ "8000": 1, "2024-01-01": 2 }).layout["xaxis"]).toMatchObject({ type: "category" });
});

test("a figure is plain JSON that shows itself", () => {
  const figure = bar({ a: 1 }, { title: "One <bar>" });
  expect(Object.keys(figure)).toEqual(["data", "layout"]);
  const bundle = figure[jupyterDisplay]();
  expect(bundle["application/vnd.plotly.v1+json"]).toEqual(JSON.parse(JSON.stringify(figure)));
  expect(bundle["text/vnd.cairn.table.v1+html"]).toContain("<caption>One &lt;bar&gt;</caption>");
  expect(inspect(figure)).toBe("[bar] One <bar>: 1 rows of , value");
});
