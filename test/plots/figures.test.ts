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
    [() => heatmap([[1, Number.NaN]]), "values[0][1] must be a finite number, got NaN\n  hint: leave out the points that cannot be drawn"],
    [() => heatmap([[1, 2], [3]]), "values[1] must have 2 items, one for each column, got 1\n  hint: give one for each column, in the same order"], // prettier-ignore
    [
      () => heatmap([]),
      "values must be an array with at least one row of numbers, got []\n  hint: pass an array with at least one row of numbers",
    ],
    [() => heatmap(matrix, { labels: ["one"] }), "labels must have 2 items, one for each row, got 1\n  hint: give one for each row, in the same order"], // prettier-ignore
    [() => heatmap("rows" as never), 'values must be an array of rows, or a matrix { rows, cols, data }, got "rows"\n  hint: pass an array of rows, or a matrix { rows, cols, data }'], // prettier-ignore
    [() => heatmap([null] as never), "values[0] must be an array of numbers, got null\n  hint: pass an array of numbers"],
    [() => heatmap({ ...matrix, cols: 3 }), "values must hold rows × cols = 2 × 3 numbers, got a Float32Array of 4\n  hint: pass { rows, cols, data }, with the numbers row by row"], // prettier-ignore
    [() => heatmap(matrix, { label: ["a", "b"] } as never), 'options has no option "label"\n  hint: did you mean "labels"?'],
    [() => heatmap(matrix, { columnLabels: ["a", 2] as never }), "columnLabels[1] must be a string, got 2\n  hint: pass a string"],
    [() => heatmap(matrix, { min: 1, max: 1 }), "max must be > 1, got 1\n  hint: pass a number > 1"],
    [() => heatmap(matrix, { digits: -1 }), "digits must be an integer ≥ 0 and ≤ 20, got -1\n  hint: pass an integer ≥ 0 and ≤ 20"],
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
      expect.objectContaining({
        message: '"a".y[1] must be > 0 on a logarithmic axis, got 0\n  hint: leave out the point, or make that axis linear',
      }),
    );
  });

  test.each([
    [() => line({ a: [1, 2, 3] }, { x: [1, 2] }), '"a".x must have 3 items, one for each y value, got 2\n  hint: give one for each y value, in the same order'], // prettier-ignore
    [
      () => line({ a: [Number.POSITIVE_INFINITY] }),
      '"a".y[0] must be a finite number, got Infinity\n  hint: leave out the points that cannot be drawn',
    ],
    [() => line({}), "series must be an object with at least one name, got {}\n  hint: pass { name: [numbers] } or { name: { x, y } }"],
    [
      () => bar({}),
      "values must be an object with at least one name, got {}\n  hint: pass { name: number }, or { name: [numbers] } with labels",
    ],
    [() => bar({ zh: [1, 2] }, { labels: ["one"] }), 'labels must have 2 items, one for each number in values["zh"], got 1\n  hint: give one for each number in values["zh"], in the same order'], // prettier-ignore
    [() => line(null as never), "series must be a plain object, got null\n  hint: pass { name: [numbers] } or { name: { x, y } }"],
    [() => line({ a: 3 as never }), '"a" must be points { x, y }, got 3\n  hint: pass { name: [numbers] } or { name: { x, y } }'],
    [() => line({ a: [1, "2" as never] }), '"a".y[1] must be a finite number, got "2"\n  hint: leave out the points that cannot be drawn'],
    [() => line({ a: [1] }, { log: "z" as never }), 'log must be one of "x", "y", "xy", got "z"\n  hint: use one of "x", "y", "xy"'],
    [() => line({ a: [1] }, { height: 0 }), "height must be ≥ 1, got 0\n  hint: pass a number ≥ 1"],
    [() => line({ a: [1] }, { title: 3 as never }), "title must be a string, got 3\n  hint: pass a string"],
    [() => line({ a: { x: [1], y: [1], labels: "a" as never } }), '"a".labels must be an array, got "a"\n  hint: pass an array'],
    [() => bar({ a: Number.NaN }), 'values["a"] must be a finite number, got NaN\n  hint: pass a finite number'],
    [() => bar({ a: 1, b: [2] } as never), 'values["b"] must be a finite number, got an array of 1\n  hint: pass a finite number'],
    [() => bar({ a: [1, 2] }), "labels must be an array of 2 names, one for each number of a series, got undefined\n  hint: pass an array of 2 names, one for each number of a series"], // prettier-ignore
    [() => bar({ zh: [1, 2], en: [1] }, { labels: ["a", "b"] }), 'values["en"] must have 2 items, one for each label, got 1\n  hint: give one for each label, in the same order'], // prettier-ignore
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
      "labels must have 30 items, one for each vector, got 1\n  hint: give one for each vector, in the same order",
    );
    await expect(embeddingMap(vectors, { labels, method: "tsne" as never })).rejects.toThrow(
      'method must be one of "pca", "umap", got "tsne"\n  hint: use one of "pca", "umap"',
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
    const levels = (figure.data[0]!["y"] as (number | null)[]).join(" ").split("  ");
    expect(levels.map((path) => path.trim().split(" ").map(Number)).map((path) => [path[0], path.at(-1)])).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
  });

  test.each([
    [[{ id: "a", needs: ["b"] }], '"a" needs "b", which is not among the nodes\n  hint: the nodes are a'],
    [
      [{ id: "tokens" }, { id: "rag", needs: ["token"] }],
      '"rag" needs "token", which is not among the nodes\n  hint: did you mean "tokens"?',
    ],
    [[{ id: "a" }, { id: "a" }], 'two nodes have the id "a"\n  hint: give each node an id of its own, and a label for what is shown'],
    [[{ id: "a", name: "A" }], 'nodes[0] has no option "name"\n  hint: the options are id, label, group, needs'],
    [[{ id: 1 }], "nodes[0].id must be a string, got 1\n  hint: pass a string"],
    [
      [
        { id: "a", needs: ["b"] },
        { id: "b", needs: ["a"] },
      ],
      "dependency cycle among a, b\n  hint: take one of their needs out",
    ],
    [[], "nodes must be an array that is not empty, got []\n  hint: pass an array such as [{ id: 'a' }, { id: 'b', needs: ['a'] }]"],
  ])("refuses %j", (nodes, message) => {
    expect(() => tree(nodes as never)).toThrow(expect.objectContaining({ name: "ArgumentError", message }));
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
