/** A function of the plane as colours, once or as a film. */
import { describe, expect, test } from "vitest";
import { contour } from "../../kernel-helpers/plots/index.ts";
import { jupyterDisplay } from "../../kernel-helpers/runtime/printable.ts";

const grid = [
  [0, 0.12345],
  [0.5, 1],
];
const square = { x: [-1, 1], y: [0, 2] } as const;

describe("contour", () => {
  test("spreads the grid over the ranges, and rounds to a thousandth of the values' range", () => {
    expect(contour(grid, square).data).toMatchObject([{ x: [-1, 1], y: [0, 2], z: [[0, 0.123], [0.5, 1]], zmin: 0, zmax: 1 }]); // prettier-ignore
    expect(contour(grid.map((row) => row.map((value) => value * 1e-6)), square).data[0]!["z"]).toEqual([[0, 1.23e-7], [5e-7, 1e-6]]); // prettier-ignore
  });

  test("takes a matrix, too", () => {
    const matrix = { rows: 2, cols: 2, data: Float32Array.of(0, 0.25, 0.5, 1) };
    expect(contour(matrix, square).data[0]!["z"]).toEqual([[0, 0.25], [0.5, 1]]); // prettier-ignore
  });

  test("draws a line at the level, and points in the colours of low and high", () => {
    const { data } = contour(grid, { ...square, level: 0.5, points: { low: { x: [0], y: [1] }, high: { x: [1], y: [1] } } });
    expect(data).toMatchObject([
      { contours: { start: 0.5, end: 0.5, showlines: true } },
      { name: "low", marker: { color: "#0072B2" } },
      { name: "high", marker: { color: "#E69F00" } },
    ]);
  });

  test("several grids make a slider that exchanges the values, on one scale, and begins with the last", () => {
    const { data, layout } = contour({ before: [[0, 0]], after: [[1, 4]] }, square);
    expect(data[0]).toMatchObject({ z: [[1, 4]], zmin: 0, zmax: 4 });
    const steps = [{ label: "before", method: "restyle", args: [{ z: [[[0, 0]]] }, [0]] }, { label: "after" }];
    expect(layout["sliders"]).toMatchObject([{ active: 1, steps }]);
  });

  test("its table has at most ten rows and columns, the highest y first", () => {
    const large = Array.from({ length: 50 }, (_row, y) => Array.from({ length: 50 }, (_column, x) => x + 100 * y));
    const html = contour(large, square)[jupyterDisplay]()["text/vnd.cairn.table.v1+html"] as string;
    expect(html.match(/<tr>/g)).toHaveLength(11);
    expect(html).toMatch(/2\.00<\/td>.*4900.*0\.00<\/td>/s);
  });

  test.each([
    [
      () => contour([], square),
      "values must be an array with at least one row of numbers, got []\n  hint: pass an array with at least one row of numbers",
    ],
    [
      () => contour({}, square),
      "values must be a grid, or an object with at least one, got {}\n  hint: pass rows of numbers, or { name: rows }",
    ],
    [
      () => contour(grid, { ...square, x: [1, 1] }),
      "x must be [from, to] with from < to, got [1, 1]\n  hint: pass the ends of the x axis, such as [-1, 1]",
    ],
    [
      () => contour({ first: [[1]], last: [[1, 2]] }, square),
      'values["first"][0] must have 2 items, one for each column of values["last"], got 1\n  hint: give one for each column of values["last"], in the same order',
    ],
    [
      () => contour(grid, {} as never),
      "x must be [from, to] with from < to, got undefined\n  hint: pass the ends of the x axis, such as [-1, 1]",
    ],
    [() => contour(grid, { ...square, max: Number.NaN }), "max must be a finite number, got NaN\n  hint: pass a finite number"],
    [
      () => contour(grid, { ...square, points: { low: [1] as never } }),
      '"low" must be points { x, y }, got an array of 1\n  hint: pass { x, y }',
    ],
  ])("refuses what cannot be drawn (%#)", (draw, message) => {
    expect(draw).toThrow(expect.objectContaining({ name: "ArgumentError", message }));
  });
});
