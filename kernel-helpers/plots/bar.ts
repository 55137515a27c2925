/** Bars from zero: one number for each name, or groups of bars. */
import { ArgumentError } from "../errors.ts";
import { createFigure, type Figure, type FigureOptions } from "./figure.ts";
import { axis } from "./theme.ts";
import { checkFinite, checkLength, type Values } from "./values.ts";

export interface BarOptions extends FigureOptions {
  /** Names of the groups, where each series has several numbers. */
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
  const { digits = 2 } = options;
  const entries = Object.entries(values);
  if (entries.length === 0) throw new ArgumentError("there is no bar to draw", { hint: "pass { name: number }" });
  const single = entries.every((entry): entry is [string, number] => typeof entry[1] === "number");
  const groups = single ? entries.map(([name]) => name) : (options.labels ?? []);
  const series = single
    ? [
        {
          name: options.yTitle ?? "value",
          y: checkFinite(
            entries.map(([, value]) => value),
            "values",
          ),
        },
      ]
    : (entries as [string, Values][]).map(([name, y]) => ({ name, y: checkFinite(y, `"${name}"`) }));
  for (const { name, y } of series) checkLength("values", y.length, `labels in "${name}"`, groups.length);
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
