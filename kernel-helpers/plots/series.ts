/** Lines and points over numeric axes: named series of y values, or of x and y. */
import { ArgumentError } from "../errors.ts";
import { createFigure, type Figure, type FigureOptions, type Trace } from "./figure.ts";
import { axis } from "./theme.ts";
import { checkFinite, checkLength, type Values } from "./values.ts";

/** One series with x values of its own. */
export interface Points {
  x: Values;
  y: Values;
  /** What a reader sees on pointing at each point. */
  labels?: readonly string[];
}

/** Name → y values over the shared `x` of the options, or points with x of their own. */
export type SeriesByName = Record<string, Values | Points>;

export interface SeriesOptions extends FigureOptions {
  /** The x of all series that bring none. @default 0, 1, 2, … */
  x?: Values;
  /** Axes on a logarithmic scale. @default none */
  log?: "x" | "y" | "xy";
}

interface NamedPoints {
  name: string;
  x: number[];
  y: number[];
  labels: readonly string[] | undefined;
}

function toPoints(series: SeriesByName, shared: Values | undefined): NamedPoints[] {
  const names = Object.keys(series);
  if (names.length === 0) throw new ArgumentError("there is no series to draw", { hint: "pass { name: [numbers] }" });
  return names.map((name) => {
    const given = series[name]!;
    return checkPoints(name, "y" in given ? given : { x: shared ?? Array.from(given, (_, index) => index), y: given });
  });
}

/** @throws {ArgumentError} There are more of the one than of the other, or a number that cannot be drawn. */
export function checkPoints(name: string, { x, y, labels }: Points): NamedPoints {
  checkLength("x values", x.length, `y values of "${name}"`, y.length);
  if (labels) checkLength("labels", labels.length, `points of "${name}"`, y.length);
  return { name, x: checkFinite(x, `x of "${name}"`), y: checkFinite(y, `"${name}"`), labels };
}

function checkLog(points: readonly NamedPoints[], log: string): void {
  for (const { name, ...values } of points) {
    for (const direction of ["x", "y"] as const) {
      const wrong = log.includes(direction) ? values[direction].find((value) => value <= 0) : undefined;
      if (wrong === undefined) continue;
      throw new ArgumentError(`"${name}" has ${direction} = ${wrong} on a logarithmic axis`, {
        hint: "leave that axis linear or the point out",
      });
    }
  }
}

/** Below a thousandth in powers of ten: Plotly's own 100p and 1n are read by few. */
const logarithmic = (values: readonly number[]): Trace => ({
  type: "log",
  ...(values.some((value) => value < 1e-3) && { exponentformat: "power" }),
});

function seriesFigure(kind: string, style: Trace, series: SeriesByName, options: SeriesOptions): Figure {
  const { log = "" } = options;
  const points = toPoints(series, options.x);
  checkLog(points, log);
  const data = points.map(({ name, x, y, labels }) => ({
    type: "scatter",
    name,
    x,
    y,
    ...(labels && { text: labels, hovertemplate: "%{text}<br>(%{x}, %{y})" }),
    ...style,
  }));
  const layout = {
    xaxis: axis(options.xTitle, log.includes("x") ? logarithmic(points.flatMap(({ x }) => x)) : {}),
    yaxis: axis(options.yTitle, log.includes("y") ? logarithmic(points.flatMap(({ y }) => y)) : {}),
    showlegend: points.length > 1,
  };
  const rows = points.flatMap(({ name, x, y, labels }) => x.map((value, index) => [name, labels?.[index] ?? "", value, y[index]]));
  const columns = ["series", "label", options.xTitle ?? "x", options.yTitle ?? "y"];
  return createFigure(kind, data, layout, options, { columns, rows });
}

/**
 * @example
 * show(line({ 'GPT-2': [0.5, 0.5], 'ours': [1.0, 1.3] }, { x: [8000, 16000], xTitle: 'vocabulary size', yTitle: 'characters per token' }))
 */
export function line(series: SeriesByName, options: SeriesOptions = {}): Figure {
  return seriesFigure("line", { mode: "lines+markers" }, series, options);
}

/**
 * @example
 * show(scatter({ hnsw: { x: recalls, y: queriesPerSecond } }, { xTitle: 'recall@10', yTitle: 'queries per second', log: 'y' }))
 */
export function scatter(series: SeriesByName, options: SeriesOptions = {}): Figure {
  return seriesFigure("scatter", { mode: "markers", marker: { size: 8 } }, series, options);
}
