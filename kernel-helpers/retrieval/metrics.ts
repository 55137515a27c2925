/**
 * How good rankings are, as trec_eval and BEIR define it; every value lies between 0 and 1. Each function takes one ranking and what is relevant
 * for each query. An id that a ranking repeats counts once, where it comes first, and its repetitions take up their places for nothing; trec_eval
 * refuses such a ranking. An empty ranking scores 0.
 */
import { ArgumentError } from "../errors.ts";
import { argumentError, checkArray, checkBoolean, checkInteger, checkNumber, checkText, isPlainObject } from "../runtime/check.ts";

/** Ids found for each query, best first. */
export type Rankings = readonly (readonly string[])[];
/** For each query the ids to find, or a grade for each id: relevant above 0, and worth as much to nDCG. */
export type Relevant = readonly (readonly string[] | Readonly<Record<string, number>>)[];

type Score = (ranking: readonly string[], gains: ReadonlyMap<string, number>) => number;

function mean(rankings: Rankings, relevant: Relevant, score: Score): number {
  checkArray("rankings", rankings, (name, ranking) => checkArray(name, ranking, checkText));
  checkArray("relevant", relevant, () => undefined);
  if (rankings.length !== relevant.length || rankings.length === 0) {
    throw new ArgumentError(
      `rankings must be as many as queries in relevant, at least one, got ${rankings.length} and ${relevant.length}`,
      {
        hint: "pass one of each for every query",
        facts: { argument: "relevant", expected: rankings.length, value: relevant.length },
      },
    );
  }
  const gains = Array.from(relevant, (judged, query) => gainsOf(`relevant[${query}]`, judged));
  return rankings.reduce((sum, ranking, query) => sum + score(ranking, gains[query]!), 0) / rankings.length;
}

/** The relevant ids with what each is worth. */
function gainsOf(argument: string, judged: unknown): Map<string, number> {
  const gains = new Map<string, number>();
  if (isPlainObject(judged)) {
    for (const [id, grade] of Object.entries(judged)) {
      if (checkNumber(`${argument}.${id}`, grade, { min: 0, max: 1e6 }) > 0) gains.set(id, grade as number);
    }
  } else {
    checkArray(argument, judged, (name, id) => gains.set(checkText(name, id), 1), {
      hint: "pass the relevant ids, or a grade for each id",
    });
  }
  if (gains.size > 0) return gains;
  throw argumentError(argument, "at least one relevant id", judged, { hint: "leave out queries that have no answer" });
}

/** The first k places, with undefined where an id is repeated. */
function firstOf(ranking: readonly string[], k = ranking.length): (string | undefined)[] {
  const seen = new Set<string>();
  return ranking.slice(0, k).map((id) => (seen.size === seen.add(id).size ? undefined : id));
}

const hitsIn = (ranking: readonly string[], gains: ReadonlyMap<string, number>, k: number): number =>
  firstOf(ranking, k).filter((id) => id !== undefined && gains.has(id)).length;

const checkK = (k: unknown): number => checkInteger("k", k, { min: 1 });

/** Share of queries with something relevant among the first k. */
export function hitAtK(rankings: Rankings, relevant: Relevant, k: number): number {
  checkK(k);
  return mean(rankings, relevant, (ranking, gains) => (hitsIn(ranking, gains, k) > 0 ? 1 : 0));
}

/** Share of the first k that is relevant, averaged over queries; a ranking shorter than k counts as filled up with misses. */
export function precisionAtK(rankings: Rankings, relevant: Relevant, k: number): number {
  checkK(k);
  return mean(rankings, relevant, (ranking, gains) => hitsIn(ranking, gains, k) / k);
}

/** Share of what is relevant that is among the first k, averaged over queries. */
export function recallAtK(rankings: Rankings, relevant: Relevant, k: number): number {
  checkK(k);
  return mean(rankings, relevant, (ranking, gains) => hitsIn(ranking, gains, k) / gains.size);
}

/** Mean reciprocal rank of the first relevant id; 0 where there is none. */
export function mrr(rankings: Rankings, relevant: Relevant): number {
  return mean(rankings, relevant, (ranking, gains) => {
    const rank = ranking.findIndex((id) => gains.has(id));
    return rank < 0 ? 0 : 1 / (rank + 1);
  });
}

/** MAP: the precision at each relevant id that was found, averaged over all that are relevant, then over queries. */
export function meanAveragePrecision(rankings: Rankings, relevant: Relevant): number {
  return mean(rankings, relevant, (ranking, gains) => {
    let found = 0;
    let sum = 0;
    for (const [rank, id] of firstOf(ranking).entries()) if (id !== undefined && gains.has(id)) sum += ++found / (rank + 1);
    return sum / gains.size;
  });
}

/**
 * Normalised discounted cumulative gain of the first k — Järvelin and Kekäläinen 2002, with trec_eval's discount log₂(rank + 1) and gain equal to
 * the grade: 1 where the most relevant come first.
 */
export function ndcgAtK(rankings: Rankings, relevant: Relevant, k: number): number {
  checkK(k);
  const discounted = (gains: readonly number[]): number => gains.reduce((sum, gain, rank) => sum + gain / Math.log2(rank + 2), 0);
  return mean(rankings, relevant, (ranking, gains) => {
    const best = [...gains.values()].sort((one, other) => other - one).slice(0, k);
    const found = firstOf(ranking, k).map((id) => (id === undefined ? 0 : (gains.get(id) ?? 0)));
    return Math.min(1, discounted(found) / discounted(best)); // rounding: the same gains, equal ones in another order
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
 * @param scores One finite score for each candidate.
 * @param labels Whether each is truly positive.
 * @param positives How many positives there are in all, where the candidates are only some. @default those among the labels
 * @throws {ArgumentError} Lengths differ, a score is not finite, no label is true, or fewer positives than labels that are true.
 */
export function precisionRecallCurve(scores: readonly number[], labels: readonly boolean[], positives?: number): OperatingPoint[] {
  checkArray("scores", scores, checkNumber);
  checkArray("labels", labels, checkBoolean);
  if (scores.length !== labels.length) {
    throw new ArgumentError(`labels must be as many as scores, got ${labels.length} labels for ${scores.length} scores`, {
      hint: "pass one label for each score",
      facts: { argument: "labels", expected: scores.length, value: labels.length },
    });
  }
  const labelled = labels.filter(Boolean).length;
  const all = positives === undefined ? labelled : checkInteger("positives", positives, { min: labelled });
  if (all === 0) throw argumentError("labels", "true at least once", labels, { hint: "recall needs at least one positive" });
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
