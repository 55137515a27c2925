/** A function of the plane as colours, with the points that it is about: what a classifier says everywhere. */
import { ArgumentError } from "../errors.ts";
import { createFigure, type Figure, type FigureOptions, type Trace } from "./figure.ts";
import { checkPoints, type Points } from "./series.ts";
import { axis, palette } from "./theme.ts";
import { checkLength, toRows, type Rows } from "./values.ts";

export interface ContourOptions extends FigureOptions {
  /** Where the columns begin and end. */
  x: readonly [from: number, to: number];
  /** Where the rows begin and end, the first row lowest. */
  y: readonly [from: number, to: number];
  /** Drawn on top, the first group in the colour of low values, the second in that of high ones. */
  points?: Record<string, Points>;
  /** The value along which a line is drawn. */
  level?: number;
  /** What the colour means, with its unit. @default "value" */
  valueTitle?: string;
  /** @default the smallest value */
  min?: number;
  /** @default the largest value */
  max?: number;
}

/** Low is blue, high is orange, and in between the page shines through. */
const [low, high] = [palette[0]!, palette[1]!];
const colourScale = [
  [0, "rgba(0,114,178,0.6)"],
  [0.5, "rgba(128,128,128,0.05)"],
  [1, "rgba(230,159,0,0.6)"],
];

/** More rows and columns than these are thinned out in the table. */
const tableSize = 10;

/**
 * Values on a grid, row after row from the lowest y; or several such grids by name, between which the reader chooses with a slider.
 *
 * @example
 * show(contour(probabilities, { x: [-1, 1], y: [-1, 1], level: 0.5, points: { red: { x, y } } }))
 */
export function contour(values: Rows | Record<string, Rows>, options: ContourOptions): Figure {
  const { valueTitle = "value", points = {}, level } = options;
  const named = isRows(values) ? { "": values } : values;
  const names = Object.keys(named);
  if (names.length === 0) throw new ArgumentError("there is no grid to draw", { hint: "pass rows of values, or { name: rows }" });
  const grids = names.map((name) => toRows(named[name]!, name === "" ? "values" : `"${name}"`));
  const last = grids.at(-1)!;
  const [x, y] = [ticks(options.x, last[0]!.length), ticks(options.y, last.length)];
  for (const [index, grid] of grids.entries()) {
    checkLength("rows", grid.length, `rows of "${names.at(-1)}" in "${names[index]}"`, y.length);
    checkLength("columns", grid[0]!.length, `columns of "${names.at(-1)}" in "${names[index]}"`, x.length);
  }
  const extremes = grids.map((grid) => grid.map((row) => [Math.min(...row), Math.max(...row)] as const));
  const zmin = options.min ?? Math.min(...extremes.flat().map(([smallest]) => smallest));
  const zmax = options.max ?? Math.max(...extremes.flat().map(([, largest]) => largest));
  const z = grids.map((grid) => grid.map((row) => rounded(row, zmax - zmin)));
  const colours = {
    type: "contour",
    x,
    y,
    z: z.at(-1),
    zmin,
    zmax,
    colorscale: colourScale,
    contours: { start: level ?? zmin, end: level ?? zmin, size: zmax - zmin || 1, coloring: "heatmap", showlines: level !== undefined },
    line: { width: 2, color: "#767676" },
    hovertemplate: `(%{x:.2f}, %{y:.2f})<br>${valueTitle} %{z:.2f}<extra></extra>`,
    colorbar: { title: { text: valueTitle, side: "right" } },
  };
  const layout = {
    height: options.height ?? 480,
    xaxis: axis(options.xTitle, { range: options.x, constrain: "domain", showgrid: false, zeroline: false }),
    yaxis: axis(options.yTitle, { range: options.y, showgrid: false, zeroline: false, constrain: "domain", scaleanchor: "x" }),
    showlegend: Object.keys(points).length > 0,
    ...(grids.length > 1 && {
      sliders: [slider(names, z)],
      margin: { l: 60, r: 20, t: 56, b: 110 },
      legend: legendAbove,
    }),
  };
  const dots = Object.entries(points).map(([name, group], index) => scatterOf(name, group, [low, high][index] ?? palette[index]!));
  return createFigure("contour", [colours, ...dots], layout, options, thinned(last, x, y));
}

/** To a thousandth of the range: more than a colour can show, and a fifth of the size on a page. */
function rounded(row: readonly number[], range: number): number[] {
  const factor = 10 ** (3 - Math.floor(Math.log10(range || 1)));
  return row.map((value) => Math.round(value * factor) / factor);
}

const isRows = (values: Rows | Record<string, Rows>): values is Rows =>
  Array.isArray(values) || ("data" in values && ArrayBuffer.isView(values.data));

const legendAbove = { orientation: "h", y: 1.02, yanchor: "bottom", x: 1, xanchor: "right" };

function ticks([from, to]: readonly [number, number], count: number): number[] {
  if (!(from < to)) throw new ArgumentError(`an axis from ${from} to ${to}`, { hint: "give [from, to] with from below to" });
  return Array.from({ length: count }, (_, index) => from + ((to - from) * index) / Math.max(1, count - 1));
}

function scatterOf(group: string, points: Points, color: string): Trace {
  const { name, x, y, labels } = checkPoints(group, points);
  const marker = { size: 6, color, line: { color: "#fff", width: 0.7 } };
  return {
    type: "scatter",
    mode: "markers",
    name,
    x,
    y,
    ...(labels && { text: labels, hovertemplate: "%{text}" }),
    marker,
  };
}

/** Exchanges the values of the first trace. */
function slider(names: readonly string[], grids: readonly number[][][]): Record<string, unknown> {
  const steps = names.map((label, index) => ({ label, method: "restyle", args: [{ z: [grids[index]] }, [0]] }));
  return { active: names.length - 1, steps, pad: { t: 50 }, currentvalue: { visible: false } };
}

/** Some of the rows and columns, the highest y first, as on the figure. */
function thinned(z: number[][], x: readonly number[], y: readonly number[]): { columns: string[]; rows: (string | number)[][] } {
  const some = (count: number): number[] =>
    Array.from({ length: Math.min(count, tableSize) }, (_, index) =>
      Math.round((index * (count - 1)) / Math.max(1, Math.min(count, tableSize) - 1)),
    );
  const columns = some(x.length);
  const rows = some(y.length).toReversed();
  return {
    columns: ["y \\ x", ...columns.map((column) => x[column]!.toFixed(2))],
    rows: rows.map((row) => [y[row]!.toFixed(2), ...columns.map((column) => Number(z[row]![column]!.toPrecision(3)))]),
  };
}
