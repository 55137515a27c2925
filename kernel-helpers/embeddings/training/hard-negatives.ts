/** Texts that look like an answer and are none: what an encoder learns most from, once it knows the easy ones. */
import { ArgumentError } from "../../errors.ts";
import { checkArray, checkIndices, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import type { MatrixLike } from "../matrix.ts";
import { cosineSimilarity } from "../similarity.ts";

export interface HardNegativesOptions {
  /** How many for each query. @default 1 */
  count?: number;
  /** A negative's cosine must be below the best positive's by this much: nearer ones may be answers that nobody marked. @default none: any cosine */
  margin?: number;
}

/**
 * For each query, the documents nearest to it that are not among its positives, nearest first — Karpukhin et al. 2020 (arXiv:2004.04906) take them
 * from BM25, Xiong et al. 2020 (arXiv:2007.00808) from the encoder itself, as here. With `margin` there may be fewer than `count`.
 *
 * @param queries (Q, D).
 * @param documents (N, D).
 * @param positives For each query the rows of its answers.
 * @returns For each query rows of documents.
 * @throws {ArgumentError} There is not one list of positives, with at least one row, for each query.
 * @throws {OutOfRangeError} A positive is not a row of the documents.
 */
export function mineHardNegatives(
  queries: MatrixLike,
  documents: MatrixLike,
  positives: readonly (readonly number[])[],
  options: HardNegativesOptions = {},
): number[][] {
  checkOptions("options", options, ["count", "margin"]);
  const { count = 1, margin } = options;
  checkInteger("count", count, { min: 1 });
  if (margin !== undefined) checkNumber("margin", margin);
  const cosines = cosineSimilarity(queries, documents);
  checkArray("positives", positives, (name, rows) => {
    if (checkIndices(name, rows, documents.rows).length > 0) return;
    throw new ArgumentError(`${name} is empty`, { hint: "leave out queries that have no answer", facts: { argument: name, value: rows } });
  });
  if (positives.length !== queries.rows) {
    throw new ArgumentError(`positives must be one list for each of the ${queries.rows} queries, got ${positives.length}`, {
      hint: "pass the rows of the documents that answer each query",
      facts: { argument: "positives", expected: queries.rows, value: positives.length },
    });
  }
  return positives.map((own, query) => {
    const row = cosines.row(query);
    const limit = margin === undefined ? Infinity : Math.max(...own.map((document) => row[document]!)) - margin;
    return Array.from(row.keys())
      .filter((document) => !own.includes(document) && row[document]! < limit)
      .sort((one, other) => row[other]! - row[one]!)
      .slice(0, count);
  });
}
