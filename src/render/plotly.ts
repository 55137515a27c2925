/** Which of Plotly's bundles draws the figures of a page: the smallest that knows all their traces, packed. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** Traces of plotly.js's "cartesian" bundle: 1.5 MB where the whole library has 5. */
const cartesian = new Set(
  "bar box contour heatmap histogram histogram2d histogram2dcontour image pie scatter scatterternary violin".split(" "),
);

const bundles = {
  cartesian: "plotly.js-cartesian-dist-min/plotly-cartesian.min.js",
  whole: "plotly.js-dist-min/plotly.min.js",
};

const packed = new Map<string, Promise<string>>();

async function pack(file: string): Promise<string> {
  const source = await readFile(createRequire(import.meta.url).resolve(file));
  return (await promisify(gzip)(source, { level: 9 })).toString("base64");
}

/** Types of the traces of one figure. A trace without a type is a scatter. */
export function traceTypes(figure: unknown): string[] {
  const data = (figure as { data?: unknown } | null)?.data;
  return Array.isArray(data)
    ? data.map((trace: { type?: unknown } | null) => (typeof trace?.type === "string" ? trace.type : "scatter"))
    : [];
}

/** Plotly's script, gzipped, in base64: the browser unpacks it (DecompressionStream), and the page stays a third of its size. */
export function plotlyScript(types: readonly string[]): Promise<string> {
  const file = types.every((type) => cartesian.has(type)) ? bundles.cartesian : bundles.whole;
  let script = packed.get(file);
  if (!script) packed.set(file, (script = pack(file)));
  return script;
}
