/** A function of the plane as colours, with the points that it is about: what a classifier predicts everywhere. */
import { ArgumentError } from "../errors.ts";
import { argumentError, checkNumber, checkObject, checkText, shown } from "../runtime/check.ts";
import { checkFigureOptions, createFigure, type Figure, type FigureOptions, type Trace } from "./figure.ts";
import { escapeTemplate } from "./plotly-text.ts";
import { checkPoints, type Points } from "./series.ts";
import { axis, palette } from "./theme.ts";
import { checkFinite, checkLength, isRows, isValues, toRows, type Rows } from "./values.ts";

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

const gridHint = "pass rows of numbers, or { name: rows }";

/** More rows and columns than these are thinned out in the table. */
const tableSize = 10;

/**
 * Values on a grid, row after row from the lowest y; or several such grids by name, between which the reader chooses with a slider.
 *
 * @example
 * show(contour(probabilities, { x: [-1, 1], y: [-1, 1], level: 0.5, points: { red: { x, y } } }))
 */
export function contour(values: Rows | Record<string, Rows>, options: ContourOptions): Figure {
  checkFigureOptions(options, ["x", "y", "points", "level", "valueTitle", "min", "max"]);
  const { level } = options;
  const points = checkObject("points", options.points ?? {}, { hint: "pass { name: { x, y } }" });
  const valueTitle = checkText("valueTitle", options.valueTitle ?? "value", { allowEmpty: true });
  if (level !== undefined) checkNumber("level", level);
  if (options.min !== undefined) checkNumber("min", options.min);
  if (options.max !== undefined) checkNumber("max", options.max, options.min === undefined ? {} : { above: options.min });
  const named: Record<string, unknown> = isRows(values) ? { "": values } : checkObject("values", values, { hint: gridHint });
  const names = Object.keys(named);
  if (names.length === 0) throw argumentError("values", "a grid, or an object with at least one", values, { hint: gridHint });
  const argumentOf = (name: string): string => (name === "" ? "values" : `values["${name}"]`);
  const grids = names.map((name) => toRows(argumentOf(name), named[name]));
  const last = grids.at(-1)!;
  const [x, y] = [ticks("x", options.x, last[0]!.length), ticks("y", options.y, last.length)];
  for (const [index, grid] of grids.entries()) {
    const [argument, other] = [argumentOf(names[index]!), argumentOf(names.at(-1)!)];
    checkLength(argument, grid.length, `row of ${other}`, y.length);
    checkLength(`${argument}[0]`, grid[0]!.length, `column of ${other}`, x.length);
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
    hovertemplate: `(%{x:.2f}, %{y:.2f})<br>${escapeTemplate(valueTitle)} %{z:.2f}<extra></extra>`,
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

const legendAbove = { orientation: "h", y: 1.02, yanchor: "bottom", x: 1, xanchor: "right" };

function ticks(argument: string, interval: unknown, count: number): number[] {
  const [from, to] = isValues(interval) && interval.length === 2 ? checkFinite(argument, interval) : [];
  if (from === undefined || to === undefined || from >= to) {
    const given = from === undefined ? shown(interval) : `[${from}, ${to}]`;
    throw new ArgumentError(`${argument} must be [from, to] with from < to, got ${given}`, {
      hint: `pass the ends of the ${argument} axis, such as [-1, 1]`,
      facts: { argument, value: interval },
    });
  }
  return Array.from({ length: count }, (_, index) => from + ((to - from) * index) / Math.max(1, count - 1));
}

function scatterOf(group: string, points: unknown, color: string): Trace {
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

/** Replaces the values of the first trace. */
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
