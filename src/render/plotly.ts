/** Which of Plotly's bundles draws the figures of a page: the smallest that knows all their traces, packed. */
import { packedScript } from "./packed.ts";

/** Traces of plotly.js's "cartesian" bundle: 1.5 MB where the whole library has 5. */
const cartesian = new Set(
  "bar box contour heatmap histogram histogram2d histogram2dcontour image pie scatter scatterternary violin".split(" "),
);

const bundles = {
  cartesian: "plotly.js-cartesian-dist-min/plotly-cartesian.min.js",
  whole: "plotly.js-dist-min/plotly.min.js",
};

/** Types of the traces of one figure. A trace without a type is a scatter. */
export function traceTypes(figure: unknown): string[] {
  const data = (figure as { data?: unknown } | null)?.data;
  return Array.isArray(data)
    ? data.map((trace: { type?: unknown } | null) => (typeof trace?.type === "string" ? trace.type : "scatter"))
    : [];
}

/** Plotly's script, packed. */
export const plotlyScript = (types: readonly string[]): Promise<string> =>
  packedScript(types.every((type) => cartesian.has(type)) ? bundles.cartesian : bundles.whole);
