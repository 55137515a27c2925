/** A matrix as colours, with the numbers written in while they fit. */
import { createFigure, type Figure, type FigureOptions } from "./figure.ts";
import { axis, colorScale } from "./theme.ts";
import { checkLength, toRows, type Rows } from "./values.ts";

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
  const { valueTitle = "value", digits = 2 } = options;
  const z = toRows(values, "values");
  const columns = z[0]!.length;
  const rowLabels = options.rowLabels ?? options.labels ?? z.map((_, row) => String(row));
  const columnLabels = options.columnLabels ?? options.labels ?? z[0]!.map((_, column) => String(column));
  checkLength("row labels", rowLabels.length, "rows", z.length);
  checkLength("column labels", columnLabels.length, "columns", columns);
  const trace = {
    type: "heatmap",
    z,
    // Positions, not labels, are the coordinates: two equal labels would fall into one row.
    hovertemplate: `%{text}<br>${valueTitle} %{z:.${digits}f}<extra></extra>`,
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
