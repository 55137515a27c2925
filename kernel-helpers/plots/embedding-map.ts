/** Vectors of many dimensions on a plane: PCA keeps distances as well as two directions can, UMAP keeps neighbourhoods. */
import { argumentError, checkBoolean, checkChoice, checkInteger } from "../runtime/check.ts";
import { createRandom } from "../runtime/random.ts";
import { checkFigureOptions, createFigure, type Figure, type FigureOptions } from "./figure.ts";
import { markerOf } from "./theme.ts";
import { checkLabels, toRows, type Rows } from "./values.ts";

export interface EmbeddingMapOptions extends FigureOptions {
  /** The text behind each vector. */
  labels: readonly string[];
  /** @default "pca" */
  method?: "pca" | "umap";
  /** The group of each vector, shown as a colour. */
  groups?: readonly string[];
  /** Seed of UMAP's random numbers. @default 1 */
  seed?: number;
  /** Write the labels beside the points. @default up to 40 points */
  writeLabels?: boolean;
}

interface Projection {
  points: number[][];
  axes: [string, string];
}

async function byPca(rows: number[][]): Promise<Projection> {
  const { PCA } = await import("ml-pca");
  const pca = new PCA(rows);
  const share = pca.getExplainedVariance().map((part) => (Number.isFinite(part) ? `, ${(100 * part).toFixed(0)} % of the variance` : "")); // where all points are one, there is none
  const points = pca.predict(rows, { nComponents: 2 }).to2DArray();
  return { points, axes: [`component 1${share[0]}`, `component 2${share[1]}`] };
}

async function byUmap(rows: number[][], seed: number): Promise<Projection> {
  const random = createRandom(seed);
  const { UMAP } = await import("umap-js");
  const umap = new UMAP({ nNeighbors: Math.min(15, rows.length - 1), random: () => random.next() });
  return { points: await umap.fitAsync(rows), axes: ["UMAP 1, no unit", "UMAP 2, no unit"] };
}

/**
 * @example
 * show(await embeddingMap(vectors, { labels: texts, groups: languages, title: 'Job titles in two languages' }))
 */
export async function embeddingMap(vectors: Rows, options: EmbeddingMapOptions): Promise<Figure> {
  checkFigureOptions(options, ["labels", "method", "groups", "seed", "writeLabels"]);
  const seed = checkInteger("seed", options.seed ?? 1);
  if (options.writeLabels !== undefined) checkBoolean("writeLabels", options.writeLabels);
  const method = checkChoice("method", options.method ?? "pca", ["pca", "umap"]);
  const rows = toRows("vectors", vectors);
  const labels = checkLabels("labels", options.labels, "vector", rows.length);
  const groups = checkLabels("groups", options.groups ?? labels.map(() => "all"), "vector", rows.length);
  if (rows.length < 3) throw argumentError("vectors", "an array of at least 3 vectors", vectors);
  if (rows[0]!.length < 2)
    throw argumentError("vectors[0]", "a vector of at least 2 numbers", vectors, { hint: "numbers alone are drawn with scatter" });
  const { points, axes } = method === "umap" ? await byUmap(rows, seed) : await byPca(rows);
  const data = [...new Set(groups)].map((group, order) => {
    const members = points.flatMap((_, index) => (groups[index] === group ? [index] : []));
    return {
      type: "scatter",
      name: group,
      mode: (options.writeLabels ?? rows.length <= 40) ? "markers+text" : "markers",
      x: members.map((index) => points[index]![0]),
      y: members.map((index) => points[index]![1]),
      text: members.map((index) => labels[index]),
      textposition: "top center",
      hovertemplate: "%{text}",
      marker: { size: rows.length > 500 ? 4 : 8, ...markerOf(order) },
    };
  });
  const table = { columns: ["label", "group", ...axes], rows: points.map((point, index) => [labels[index], groups[index], ...point]) };
  const shown = { xTitle: axes[0], yTitle: axes[1], height: 520, ...options };
  return createFigure("embedding map", data, { showlegend: data.length > 1 }, shown, table);
}
