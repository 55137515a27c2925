/** A matrix as colours, with the numbers written in while they fit. */
import { checkInteger, checkNumber, checkText } from "../runtime/check.ts";
import { checkFigureOptions, createFigure, type Figure, type FigureOptions } from "./figure.ts";
import { escapeTemplate } from "./plotly-text.ts";
import { axis, colorScale } from "./theme.ts";
import { checkLabels, toRows, type Rows } from "./values.ts";

export interface HeatmapOptions extends FigureOptions {
  /** Names of rows and columns alike, for a similarity matrix. */
  labels?: readonly string[];
  /** Names of the rows, where they differ from the columns'. */
  rowLabels?: readonly string[];
  /** Names of the columns, where they differ from the rows'. */
  columnLabels?: readonly string[];
  /** What the colour means, with its unit. @default "value" */
  valueTitle?: string;
  /** Decimals of the numbers in the cells. @default 2 */
  digits?: number;
  /** The value of the darkest colour. @default the smallest value */
  min?: number;
  /** The value of the lightest colour. @default the largest value */
  max?: number;
}

/** Above this many columns, numbers in cells overlap. */
const writtenColumns = 14;

/**
 * @example
 * show(heatmap(cosineSimilarity(vectors, vectors), { labels, title: 'Similarity of job titles', valueTitle: 'cosine' }))
 */
export function heatmap(values: Rows, options: HeatmapOptions = {}): Figure {
  checkFigureOptions(options, ["labels", "rowLabels", "columnLabels", "valueTitle", "digits", "min", "max"]);
  const valueTitle = checkText("valueTitle", options.valueTitle ?? "value", { allowEmpty: true });
  const digits = checkInteger("digits", options.digits ?? 2, { min: 0, max: 20 });
  if (options.min !== undefined) checkNumber("min", options.min);
  if (options.max !== undefined) checkNumber("max", options.max, options.min === undefined ? {} : { above: options.min });
  const z = toRows("values", values);
  const columns = z[0]!.length;
  const labelsOf = (name: "rowLabels" | "columnLabels", of: string, count: number): readonly string[] => {
    const given = options[name] ?? options.labels;
    if (given === undefined) return Array.from({ length: count }, (_, index) => String(index));
    return checkLabels(options[name] === undefined ? "labels" : name, given, of, count);
  };
  const [rowLabels, columnLabels] = [labelsOf("rowLabels", "row", z.length), labelsOf("columnLabels", "column", columns)];
  const trace = {
    type: "heatmap",
    z,
    // Positions, not labels, are the coordinates: two equal labels would fall into one row.
    hovertemplate: `%{text}<br>${escapeTemplate(valueTitle)} %{z:.${digits}f}<extra></extra>`,
    text: z.map((row, r) => row.map((_, c) => `${rowLabels[r]} · ${columnLabels[c]}`)),
    ...(columns <= writtenColumns && { texttemplate: `%{z:.${digits}f}` }),
    colorscale: colorScale,
    zmin: options.min,
    zmax: options.max,
    colorbar: { title: { text: valueTitle, side: "right" } },
  };
  const layout = {
    height: options.height ?? Math.min(900, 180 + 34 * z.length),
    xaxis: axis(options.xTitle, { tickvals: columnLabels.map((_, index) => index), ticktext: columnLabels, showgrid: false }),
    yaxis: axis(options.yTitle, {
      tickvals: rowLabels.map((_, index) => index),
      ticktext: rowLabels,
      autorange: "reversed",
      showgrid: false,
    }),
  };
  const rows = z.map((row, index) => [rowLabels[index], ...row]);
  return createFigure("heatmap", [trace], layout, options, { columns: ["", ...columnLabels], rows });
}
