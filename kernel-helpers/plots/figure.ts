/**
 * A figure is plain Plotly JSON, `{ data, layout }`, that shows itself. Beside the interactive figure it always carries a picture, for everything
 * that runs no scripts (GitHub, nbconvert), its numbers as an HTML table, for screen readers of exported pages, and one line of text.
 */
import { checkNumber, checkObject, checkOptions, checkText } from "../runtime/check.ts";
import { displayable, type Displayable } from "../runtime/printable.ts";
import { htmlTable, type Cell } from "./html-table.ts";
import { escapeTexts } from "./plotly-text.ts";
import { drawPicture } from "./svg/picture.ts";
import { baseLayout } from "./theme.ts";

/** One Plotly trace, as https://plotly.com/javascript/reference/ describes it. */
export type Trace = Record<string, unknown>;

export interface Figure extends Displayable {
  /** Plotly traces. */
  data: Trace[];
  /** Plotly layout. */
  layout: Record<string, unknown>;
}

/** What every figure takes. Axis titles carry their unit: "time (ms)". */
export interface FigureOptions {
  title?: string;
  /** Title of the horizontal axis, with its unit. */
  xTitle?: string;
  /** Title of the vertical axis, with its unit. */
  yTitle?: string;
  /** Height in pixels; the width is the page's. @default 420 */
  height?: number;
}

/** The options that every figure takes, and those of its own; any other key is an error. */
export function checkFigureOptions(options: FigureOptions, own: readonly string[] = []): void {
  const known = ["title", "xTitle", "yTitle", "height", ...own];
  checkOptions("options", checkObject("options", options, { hint: `pass an object with ${known.join(", ")}` }), known);
  for (const name of ["title", "xTitle", "yTitle"] as const) {
    if (options[name] !== undefined) checkText(name, options[name], { allowEmpty: true });
  }
  if (options.height !== undefined) checkNumber("height", options.height, { min: 1 });
}

/** The numbers of a figure, for its table. */
export interface FigureTable {
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

/**
 * The table has a type of its own, which only our pages show: as text/html it would stand where the picture should, since most programs take HTML
 * for richer than a picture.
 */
const tableType = "text/vnd.cairn.table.v1+html";

/** Figures have thousands of points; their fallback table stops here and says so. */
const tableRowLimit = 200;

/** A figure of traces and a layout whose texts are plain text: here they become Plotly's markup. */
export function createFigure(
  kind: string,
  data: Trace[],
  layout: Record<string, unknown>,
  options: FigureOptions,
  table: FigureTable,
): Figure {
  const figure = { data: data.map(escapeTexts), layout: escapeTexts({ ...baseLayout(options), ...layout }) };
  const title = options.title ?? kind;
  return displayable(figure, () => ({
    "application/vnd.plotly.v1+json": figure,
    "image/svg+xml": drawPicture(figure),
    [tableType]: htmlTable(table.columns, table.rows, { caption: title, maxRows: tableRowLimit }),
    "text/plain": `[${kind}] ${title}: ${table.rows.length} rows of ${table.columns.join(", ")}`,
  }));
}
