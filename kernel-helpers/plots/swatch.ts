/** A line of the legend for what is not a trace of its own. */
import type { Trace } from "./figure.ts";

export const swatch = (name: string, color: string, symbol: "square" | "square-open" = "square-open"): Trace => ({
  type: "scatter",
  mode: "markers",
  name,
  x: [null],
  y: [null],
  marker: { symbol, size: 12, color, line: { width: 2 } },
});
