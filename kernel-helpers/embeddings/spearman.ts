/** Spearman's rank correlation: do two lists of numbers put things into the same order? It is how encoders are compared with people's judgements. */
import { ArgumentError } from "../errors.ts";
import { argumentError, checkNumber } from "../runtime/check.ts";

type Numbers = readonly number[] | Float32Array | Float64Array;

/**
 * Spearman's ρ: the Pearson correlation of the ranks, where equal numbers share the average of their ranks (Spearman 1904; the same as
 * `scipy.stats.spearmanr`). 1 for the same order, −1 for the reverse, near 0 for orders that have nothing to do with each other. Only the order
 * counts: cosines that all lie above 0.8 are no worse for it.
 *
 * @param a One number for each thing, at least two.
 * @param b Another number for each, in the same order.
 * @throws {ArgumentError} The lists differ in length, a number is not finite, or all of a list are equal, which leaves nothing to correlate.
 * @example
 * spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) // 0.8207826816681233
 */
export function spearman(a: Numbers, b: Numbers): number {
  const [x, y] = [centredRanks("a", a), centredRanks("b", b)];
  if (x.length !== y.length) {
    throw new ArgumentError(`a and b must be of the same length, got ${x.length} and ${y.length}`, {
      hint: "pass two numbers for each thing that is compared, in the same order",
      facts: { argument: "b", expected: x.length, value: y.length },
    });
  }
  const rho = dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  return Math.max(-1, Math.min(1, rho));
}

/** Each number's rank, less the mean of all ranks. The smallest has rank 1; equal numbers have the average of the ranks that they take up. */
function centredRanks(argument: string, given: Numbers): Float64Array {
  const isList = Array.isArray(given) || given instanceof Float32Array || given instanceof Float64Array;
  if (!isList || given.length < 2) throw argumentError(argument, "an array of at least two numbers", given);
  for (let at = 0; at < given.length; at++) checkNumber(`${argument}[${at}]`, given[at]);
  const order = Array.from(given, (_, at) => at).toSorted((one, other) => given[one]! - given[other]!);
  const ranks = new Float64Array(given.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && given[order[end]!] === given[order[start]!]) end++;
    for (let at = start; at < end; at++) ranks[order[at]!] = (start + 1 + end) / 2 - (order.length + 1) / 2;
  }
  if (ranks.every((rank) => rank === 0)) {
    throw argumentError(argument, "numbers that are not all equal", given, { hint: "equal numbers have no order to compare" });
  }
  return ranks;
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < x.length; at++) sum += x[at]! * y[at]!;
  return sum;
}
