/** Vectors of many dimensions on a plane: PCA keeps distances as well as two directions can, UMAP keeps neighbourhoods. */
import { ArgumentError } from "../errors.ts";
import { createRandom } from "../runtime/random.ts";
import { createFigure, type Figure, type FigureOptions } from "./figure.ts";
import { checkLength, toRows, type Rows } from "./values.ts";

export interface EmbeddingMapOptions extends FigureOptions {
  /** The text behind each vector. */
  labels: readonly string[];
  /** @default "pca" */
  method?: "pca" | "umap";
  /** The group of each vector, shown as a colour. */
  groups?: readonly string[];
  /** Of UMAP's random numbers. @default 1 */
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
  const share = pca.getExplainedVariance().map((part) => `${(100 * part).toFixed(0)} % of the variance`);
  const points = pca.predict(rows, { nComponents: 2 }).to2DArray();
  return { points, axes: [`component 1, ${share[0]}`, `component 2, ${share[1]}`] };
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
  const { labels, method = "pca", groups = labels.map(() => "all"), seed = 1 } = options;
  const rows = toRows(vectors, "vectors");
  checkLength("labels", labels.length, "vectors", rows.length);
  checkLength("groups", groups.length, "vectors", rows.length);
  if (rows.length < 3) throw new ArgumentError(`a map of ${rows.length} vectors`, { hint: "give at least 3 vectors" });
  if (method !== "pca" && method !== "umap") {
    throw new ArgumentError(`unknown method "${String(method)}"`, { hint: 'use "pca" or "umap"' });
  }
  const { points, axes } = method === "umap" ? await byUmap(rows, seed) : await byPca(rows);
  const data = [...new Set(groups)].map((group) => {
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
      marker: { size: rows.length > 500 ? 4 : 8 },
    };
  });
  const table = { columns: ["label", "group", ...axes], rows: points.map((point, index) => [labels[index], groups[index], ...point]) };
  const shown = { xTitle: axes[0], yTitle: axes[1], height: 520, ...options };
  return createFigure("embedding map", data, { showlegend: data.length > 1 }, shown, table);
}
