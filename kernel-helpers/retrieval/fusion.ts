/**
 * Several rankings made one: reciprocal rank fusion — Cormack, Clarke and Büttcher 2009. Scores of different searches cannot be added, ranks
 * can: each ranking adds 1 / (k + rank) to the score of what it found.
 */
import { checkArray, checkNumber, checkOptions, checkText } from "../runtime/check.ts";

export interface Fused {
  id: string;
  score: number;
}

/**
 * Returns every id found, highest score first; equal scores in the order in which they were first met. An id that a ranking repeats counts there
 * once, at its first place.
 *
 * @param rankings Ids, best first, one array for each search.
 * @param options.k ≥ 0: the larger, the less the first ranks stand out. @default 60, as in the paper
 * @throws {ArgumentError} A ranking that is not an array of strings, or k out of range.
 * @example
 * reciprocalRankFusion([['a', 'b'], ['b', 'c']])[0].id // 'b'
 */
export function reciprocalRankFusion(rankings: readonly (readonly string[])[], options: { k?: number } = {}): Fused[] {
  checkArray("rankings", rankings, (name, ranking) => checkArray(name, ranking, checkText));
  checkOptions("options", options, ["k"]);
  const k = checkNumber("k", options.k ?? 60, { min: 0, hint: "60 is usual" });
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    const seen = new Set<string>();
    for (const [rank, id] of ranking.entries()) {
      if (seen.has(id)) continue;
      seen.add(id);
      scores.set(id, (scores.get(id) ?? 0) + 1 / (k + rank + 1));
    }
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((one, other) => other.score - one.score);
}
