/** How often the nearest is the right one. */
import { ArgumentError } from "../../errors.ts";
import { checkArray, checkInstance, checkInteger } from "../../runtime/check.ts";

/**
 * Share of queries whose own candidate, the one of the same number, is among the k with the largest dot products; of equals the own one comes last.
 *
 * @throws {ArgumentError} There are not as many candidates as queries, or k is out of range.
 */
export function recallAt(k: number, queries: readonly Float32Array[], candidates: readonly Float32Array[]): number {
  checkInteger("k", k, { min: 1 });
  for (const [name, list] of Object.entries({ queries, candidates }))
    checkArray(name, list, (item, vector) => checkInstance(item, vector, Float32Array), { allowEmpty: false });
  if (candidates.length < queries.length) {
    throw new ArgumentError(`${queries.length} queries need as many candidates, got ${candidates.length}`, {
      hint: "give each query its own, in the same order",
    });
  }
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, each, index) => sum + each * b[index]!, 0);
  const found = queries.filter((query, own) => {
    const score = dot(query, candidates[own]!);
    return candidates.filter((candidate, index) => index !== own && dot(query, candidate) >= score).length < k;
  });
  return found.length / queries.length;
}
