/**
 * Exact search: one matrix product of ONNX Runtime gives the dot products of the query with all rows, in float32. What their rounding leaves open
 * is decided in double precision: every row that could be among the nearest, by a bound on the error, is scored again.
 */
import { TopK } from "../top-k.ts";
import type { PreparedQuery, Rows } from "./rows.ts";

/** Writes the dot products of a query with the rows of a matrix to `out`. */
type Products = (query: Float32Array, matrix: Float32Array, out: Float32Array) => void;

/** Half the distance from 1 to the next float32: what one operation rounds by, at most. */
const unitRoundoff = 2 ** -24;
/** The least normal float32: what is smaller may be taken as 0. */
const leastNormal = 2 ** -126;

/** Numbers up to which a matrix product is not worth its call. */
const fewNumbers = 2 ** 15;

let loaded: Promise<Products> | undefined;

/** The product, on a graph that all stores of the process share. */
export function loadProducts(): Promise<Products> {
  loaded ??= import("../../onnx/index.ts").then(({ GraphBuilder, openSession, value }) => {
    const graph = new GraphBuilder("dot products");
    const query = graph.input("query", "float32", [1, "dimension"]);
    const matrix = graph.input("matrix", "float32", ["rows", "dimension"]);
    graph.output("products", graph.node("Gemm", [query, matrix], { attributes: { transB: 1 } }), "float32", [1, "rows"]);
    const session = openSession(graph.encode());
    return (vector, rows, out) => {
      const feeds = { query: value(vector, [1, vector.length]), matrix: value(rows, [out.length, vector.length]) };
      session.runSync(feeds, { products: value(out, [1, out.length]) });
    };
  });
  return loaded;
}

/**
 * The slots of the nearest rows, and of those as near as the last of them; in no order.
 *
 * @param slots Only these rows. @default all
 * @param accepts Which rows count.
 */
export function scan(
  rows: Rows,
  query: PreparedQuery,
  topK: number,
  multiply: Products,
  accepts: (slot: number) => boolean,
  slots?: readonly number[],
): number[] {
  const count = slots?.length ?? rows.length;
  // A listed row costs about ten times as much in double precision as any row costs in a matrix product.
  if (count * rows.dimension <= fewNumbers || (slots && 10 * slots.length < rows.length)) {
    return scoreEach(rows, query, topK, accepts, slots ?? Array.from({ length: count }, (_, slot) => slot));
  }
  const isListed = slots && new Uint8Array(rows.length);
  for (const slot of slots ?? []) isListed![slot] = 1;

  // Of length at most 1 / (2 √dimension), so that no product overflows; by a power of two, so that nothing is rounded.
  const scale = query.norm === 0 ? 1 : 2 ** -Math.ceil(Math.log2(2 * query.norm * Math.sqrt(rows.dimension)));
  const scaled = query.vector.map((value) => value * scale);
  const norm = query.norm * scale;
  const rounding = (rows.dimension + 4) * unitRoundoff * norm; // times the row's length
  const vanishing = rows.dimension * leastNormal * (1 + norm);

  const { metric, norms } = rows;
  const best = new TopK(topK);
  const possible: { slot: number; most: number }[] = [];
  const out = new Float32Array(Math.min(rows.blockRows, rows.length));
  for (let first = 0, block = 0; first < rows.length; first += rows.blockRows, block++) {
    const products = out.subarray(0, Math.min(rows.blockRows, rows.length - first));
    multiply(scaled, rows.block(block), products);
    for (let index = 0; index < products.length; index++) {
      const slot = first + index;
      const length = norms[slot]!;
      let key = products[index]!;
      let error = rounding * length + vanishing;
      if (metric === "cosine") {
        const inverse = 1 / (length * norm);
        key *= inverse;
        error *= inverse;
      } else if (metric === "euclidean") {
        key = 2 * key - length * length * scale; // −‖q − r‖² is this and a constant of the query
        error = 2 * error + 4 * Number.EPSILON * length * length * scale;
      }
      if (!(key + error >= best.threshold) || (isListed && isListed[slot] === 0) || !accepts(slot)) continue;
      possible.push({ slot, most: key + error });
      best.offer(key - error, slot);
    }
  }
  return scoreEach(
    rows,
    query,
    topK,
    accepts,
    possible.filter(({ most }) => most >= best.threshold).map(({ slot }) => slot),
  );
}

function scoreEach(rows: Rows, query: PreparedQuery, topK: number, accepts: (slot: number) => boolean, slots: readonly number[]): number[] {
  const best = new TopK(topK);
  const scored: { slot: number; score: number }[] = [];
  for (const slot of slots) {
    if (!accepts(slot)) continue;
    const score = rows.score(slot, query);
    if (score < best.threshold) continue;
    scored.push({ slot, score });
    best.offer(score, slot);
  }
  return scored.filter(({ score }) => score >= best.threshold).map(({ slot }) => slot);
}
