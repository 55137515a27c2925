/** How good rankings are, as trec_eval and BEIR define it. Every function takes one ranking and one set of relevant ids for each query. */
import { ArgumentError } from "../errors.ts";

/** Ids found for each query, best first. */
export type Rankings = readonly (readonly string[])[];
/** Ids to find for each query. */
export type Relevant = readonly (readonly string[])[];

function mean(
  rankings: Rankings,
  relevant: Relevant,
  score: (ranking: readonly string[], relevant: ReadonlySet<string>) => number,
): number {
  if (rankings.length !== relevant.length || rankings.length === 0) {
    throw new ArgumentError(`${rankings.length} rankings and ${relevant.length} lists of relevant ids`, {
      hint: "give one of each for every query, at least one",
    });
  }
  const empty = relevant.findIndex((ids) => ids.length === 0);
  if (empty >= 0) throw new ArgumentError(`query ${empty} has no relevant id`, { hint: "leave out queries that have no answer" });
  return rankings.reduce((sum, ranking, query) => sum + score(ranking, new Set(relevant[query])), 0) / rankings.length;
}

function checkK(k: number): void {
  if (!Number.isInteger(k) || k < 1) throw new ArgumentError(`k is ${k}`, { hint: "k is a whole number from 1" });
}

/** Share of queries with something relevant among the first k. */
export function hitAtK(rankings: Rankings, relevant: Relevant, k: number): number {
  checkK(k);
  return mean(rankings, relevant, (ranking, wanted) => (ranking.slice(0, k).some((id) => wanted.has(id)) ? 1 : 0));
}

/** Share of what is relevant that is among the first k, averaged over queries. */
export function recallAtK(rankings: Rankings, relevant: Relevant, k: number): number {
  checkK(k);
  return mean(rankings, relevant, (ranking, wanted) => new Set(ranking.slice(0, k).filter((id) => wanted.has(id))).size / wanted.size);
}

/** Mean reciprocal rank of the first relevant id; 0 where there is none. */
export function mrr(rankings: Rankings, relevant: Relevant): number {
  return mean(rankings, relevant, (ranking, wanted) => {
    const rank = ranking.findIndex((id) => wanted.has(id));
    return rank < 0 ? 0 : 1 / (rank + 1);
  });
}

/** Normalised discounted cumulative gain of the first k, each relevant id worth 1: 1 where all relevant ones come first. */
export function ndcgAtK(rankings: Rankings, relevant: Relevant, k: number): number {
  checkK(k);
  const discount = (rank: number): number => 1 / Math.log2(rank + 2);
  return mean(rankings, relevant, (ranking, wanted) => {
    const gain = ranking.slice(0, k).reduce((sum, id, rank) => sum + (wanted.has(id) ? discount(rank) : 0), 0);
    const ideal = Array.from({ length: Math.min(k, wanted.size) }, (_, rank) => discount(rank)).reduce((sum, part) => sum + part, 0);
    return gain / ideal;
  });
}

export interface OperatingPoint {
  /** Pairs with at least this score are taken as positive. */
  threshold: number;
  precision: number;
  recall: number;
  f1: number;
}

/**
 * Precision and recall at every threshold that changes them, from the highest score down.
 *
 * @param scores One score for each candidate.
 * @param labels Whether each is truly positive.
 * @param positives How many positives there are in all, where candidates are only some. @default those among the labels
 */
export function precisionRecallCurve(scores: readonly number[], labels: readonly boolean[], positives?: number): OperatingPoint[] {
  if (scores.length !== labels.length) {
    throw new ArgumentError(`${scores.length} scores for ${labels.length} labels`, { hint: "give one label for each score" });
  }
  const all = positives ?? labels.filter(Boolean).length;
  if (all === 0) throw new ArgumentError("no label is true", { hint: "recall needs at least one positive" });
  const order = scores.map((_, index) => index).sort((one, other) => scores[other]! - scores[one]!);
  const points: OperatingPoint[] = [];
  let hits = 0;
  for (const [rank, index] of order.entries()) {
    if (labels[index]) hits += 1;
    const threshold = scores[index]!;
    const isLastOfTies = rank + 1 === order.length || scores[order[rank + 1]!] !== threshold;
    if (!isLastOfTies) continue;
    const precision = hits / (rank + 1);
    const recall = hits / all;
    points.push({ threshold, precision, recall, f1: hits === 0 ? 0 : (2 * precision * recall) / (precision + recall) });
  }
  return points;
}
