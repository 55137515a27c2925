/**
 * Several rankings made one: reciprocal rank fusion — Cormack, Clarke and Büttcher 2009. Scores of different searches cannot be added, ranks
 * can: each ranking gives 1 / (k + rank) to what it found.
 */
import { ArgumentError } from "../errors.ts";

export interface Fused {
  id: string;
  score: number;
}

/**
 * @param rankings Ids, best first, one list for each search.
 * @param options.k How little the first ranks stand out; the paper's 60 by default.
 * @example
 * reciprocalRankFusion([['a', 'b'], ['b', 'c']])[0].id // 'b'
 */
export function reciprocalRankFusion(rankings: readonly (readonly string[])[], { k = 60 }: { k?: number } = {}): Fused[] {
  if (!(k >= 0)) throw new ArgumentError(`k is ${k}`, { hint: "k is 0 or more; 60 is usual" });
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    for (const [rank, id] of ranking.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (k + rank + 1));
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((one, other) => other.score - one.score);
}
