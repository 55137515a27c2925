/** Lines and points over numeric axes: named series of y values, or of x and y. */
import { argumentError, checkChoice, checkObject, checkOptions, isPlainObject } from "../runtime/check.ts";
import { checkFigureOptions, createFigure, type Figure, type FigureOptions, type Trace } from "./figure.ts";
import { axis } from "./theme.ts";
import { checkFinite, checkLabels, checkLength, isValues, type Values } from "./values.ts";

/** One series with its own x values. */
export interface Points {
  x: Values;
  y: Values;
  /** What a reader sees on pointing at each point. */
  labels?: readonly string[];
}

/** Name → y values over the shared `x` of the options, or points with an x of their own. */
export type SeriesByName = Record<string, Values | Points>;

export interface SeriesOptions extends FigureOptions {
  /** The x of all series without x of their own. @default 0, 1, 2, … */
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
  const hint = "pass { name: [numbers] } or { name: { x, y } }";
  const entries = Object.entries(checkObject("series", series, { hint }));
  if (entries.length === 0) throw argumentError("series", "an object with at least one name", series, { hint });
  return entries.map(([name, given]) => {
    if (!isValues(given)) return checkPoints(name, given, hint);
    return checkPoints(name, { x: shared ?? Array.from(given, (_, index) => index), y: given }, hint);
  });
}

/** @throws {ArgumentError} The lengths differ, or a number cannot be drawn. */
export function checkPoints(name: string, points: unknown, hint = "pass { x, y }"): NamedPoints {
  if (!isPlainObject(points) || !("x" in points && "y" in points)) throw argumentError(`"${name}"`, "points { x, y }", points, { hint });
  checkOptions(`"${name}"`, points, ["x", "y", "labels"]);
  const [x, y] = [checkFinite(`"${name}".x`, points["x"]), checkFinite(`"${name}".y`, points["y"])];
  checkLength(`"${name}".x`, x.length, "y value", y.length);
  const labels = points["labels"] === undefined ? undefined : checkLabels(`"${name}".labels`, points["labels"], "point", y.length);
  return { name, x, y, labels };
}

function checkLog(points: readonly NamedPoints[], log: string): void {
  for (const { name, ...values } of points) {
    for (const direction of ["x", "y"] as const) {
      const wrong = log.includes(direction) ? values[direction].find((value) => value <= 0) : undefined;
      if (wrong === undefined) continue;
      throw argumentError(`"${name}".${direction}[${values[direction].indexOf(wrong)}]`, "> 0 on a logarithmic axis", wrong, {
        hint: "leave out the point, or make that axis linear",
      });
    }
  }
}

/** Whole numbers also between the powers of ten, where Plotly writes a bare 2 and 5; below a thousandth in powers: few read its 100p and 1n. */
const logarithmic = (values: readonly number[]): Trace => ({
  type: "log",
  minorloglabels: "complete",
  ...(values.some((value) => value < 1e-3) && { exponentformat: "power" }),
});

function seriesFigure(kind: string, style: Trace, series: SeriesByName, options: SeriesOptions): Figure {
  checkFigureOptions(options, ["x", "log"]);
  const log = options.log === undefined ? "" : checkChoice("log", options.log, ["x", "y", "xy"]);
  if (options.x !== undefined) checkFinite("x", options.x);
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
