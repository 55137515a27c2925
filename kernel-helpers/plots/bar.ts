/** Bars from zero: one number for each name, or groups of bars. */
import { argumentError, checkInteger, checkNumber, checkObject } from "../runtime/check.ts";
import { checkFigureOptions, createFigure, type Figure, type FigureOptions } from "./figure.ts";
import { axis } from "./theme.ts";
import { checkFinite, checkLabels, checkLength, type Values } from "./values.ts";

export interface BarOptions extends FigureOptions {
  /** Names of the groups, one for each number of a series, where each series has several. */
  labels?: readonly string[];
  /** Decimals of the numbers above the bars. @default 2 */
  digits?: number;
}

/**
 * @example
 * show(bar({ 'GPT-2': 0.52, 'ours, 8k': 1.2 }, { title: 'Chinese', yTitle: 'characters per token' }))
 * show(bar({ zh: [0.5, 1.2], en: [3.3, 2.9] }, { labels: ['GPT-2', 'ours'], yTitle: 'characters per token' }))
 */
export function bar(values: Record<string, number> | Record<string, Values>, options: BarOptions = {}): Figure {
  checkFigureOptions(options, ["labels", "digits"]);
  const digits = checkInteger("digits", options.digits ?? 2, { min: 0, max: 100 });
  const hint = "pass { name: number }, or { name: [numbers] } with labels";
  const entries = Object.entries(checkObject("values", values, { hint }));
  if (entries.length === 0) throw argumentError("values", "an object with at least one name", values, { hint });
  const isSingle = typeof entries[0]![1] === "number";
  if (isSingle && options.labels !== undefined) {
    throw argumentError("labels", "left out where each name has one number", options.labels, { hint: "the names are the labels" });
  }
  const groups = isSingle ? entries.map(([name]) => name) : checkGroups(options.labels, entries);
  const series = isSingle
    ? [{ name: options.yTitle ?? "value", y: entries.map(([name, value]) => checkNumber(`values["${name}"]`, value)) }]
    : entries.map(([name, y]) => ({ name, y: checkFinite(`values["${name}"]`, y) }));
  for (const [index, { y }] of series.entries()) checkLength(`values["${entries[index]![0]}"]`, y.length, "label", groups.length);
  const data = series.map(({ name, y }) => ({
    type: "bar",
    name,
    x: groups,
    y,
    text: y.map((value) => (Number.isInteger(value) ? String(value) : value.toFixed(digits))),
    textposition: "auto",
  }));
  const rows = groups.map((group, index) => [group, ...series.map(({ y }) => y[index])]);
  // Names that look like numbers or dates are names still.
  const layout = { barmode: "group", showlegend: series.length > 1, xaxis: axis(options.xTitle, { type: "category" }) };
  return createFigure("bar", data, layout, options, { columns: [options.xTitle ?? "", ...series.map(({ name }) => name)], rows });
}

function checkGroups(labels: unknown, [first]: readonly (readonly [string, unknown])[]): readonly string[] {
  const [name, values] = first!;
  const count = checkFinite(`values["${name}"]`, values).length;
  if (labels === undefined) {
    throw argumentError("labels", `an array of ${count} names, one for each number of a series`, labels);
  }
  return checkLabels("labels", labels, `number in values["${name}"]`, count);
}
