/**
 * From counts to probabilities. Every smoothing here has one form: what a context h gives to the symbol w is
 *
 *   p(w | h) = (count(h w) − discount) / total(h) + weight(h) · p(w | h without its first symbol)
 *
 * and below the single symbols is the uniform distribution. They differ in the discount and in where total and weight come from.
 * Chen & Goodman 1998, An Empirical Study of Smoothing Techniques for Language Modeling, describes all of them.
 */
import type { GramTable } from "./gram-table.ts";

/**
 * - `kneser-ney`: interpolated Kneser–Ney; the lower orders count in how many contexts a symbol occurs, not how often.
 * - `witten-bell`: the more kinds of symbols have followed a context, the more room is left for new ones.
 * - `add-one`: every symbol is counted once more than it was seen (Laplace); not mixed with lower orders.
 * - `none`: relative frequencies, so what was never seen is impossible.
 */
export type Smoothing = "kneser-ney" | "witten-bell" | "add-one" | "none";

export const smoothings: readonly Smoothing[] = ["kneser-ney", "witten-bell", "add-one", "none"];

/** What is taken off a count of 1, of 2, and of 3 or more. */
export type Discounts = readonly [one: number, two: number, more: number];

/** The grams of one length with what their contexts make of them. */
export interface Level {
  grams: GramTable;
  discounts: Discounts;
  /** By context: what its discounted counts are divided by; 0 where the context decides nothing. */
  totals: Float64Array;
  /** By context: the share that goes to the context without its first symbol. */
  weights: Float64Array;
}

/** KenLM's choice where a text is too small, or its symbols too few, for an estimate. */
const fallback: Discounts = [0.5, 1, 1.5];

/**
 * Modified Kneser–Ney's three discounts, from how many grams have the counts 1 to 4 (Chen & Goodman 1998, equation 26). Where one of these is
 * missing, or a discount comes out below 0 or above its count: 0.5, 1 and 1.5.
 */
export function estimateDiscounts(counts: Uint32Array): Discounts {
  const grams = [0, 0, 0, 0, 0];
  for (const count of counts) if (count < 5) grams[count]!++;
  const [, n1, n2, n3, n4] = grams as [number, number, number, number, number];
  const y = n1 / (n1 + 2 * n2);
  const discounts: Discounts = [1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3];
  return n4 > 0 && discounts.every((discount, index) => discount >= 0 && discount <= index + 1) ? discounts : fallback;
}

interface SmoothOptions {
  /** How many contexts there are: the grams of the length below. */
  contexts: number;
  smoothing: Smoothing;
  vocabularySize: number;
  /** One for all counts instead of three estimated ones. */
  discount: number | undefined;
}

/** What the contexts make of the grams that begin with them. */
export function smooth(grams: GramTable, { contexts, smoothing, vocabularySize, discount }: SmoothOptions): Level {
  const counts = grams.counts.subarray(0, grams.size);
  const fixed = smoothing === "kneser-ney" ? discount : 0;
  const discounts: Discounts = fixed === undefined ? estimateDiscounts(counts) : [fixed, fixed, fixed];
  const totals = new Float64Array(contexts);
  const weights = new Float64Array(contexts);
  for (let gram = 0; gram < counts.length; gram++) {
    const count = counts[gram]!;
    if (count === 0) continue; // the beginning of the text, which nothing comes before
    const context = grams.parents[gram]!;
    totals[context]! += count;
    weights[context]! += smoothing === "witten-bell" ? 1 : discounts[Math.min(count, 3) - 1]!;
  }
  for (let context = 0; context < contexts; context++) {
    if (totals[context] === 0) {
      weights[context] = 1;
      continue;
    }
    if (smoothing === "witten-bell") totals[context]! += weights[context]!;
    if (smoothing === "add-one") {
      totals[context]! += vocabularySize;
      weights[context] = vocabularySize;
    }
    weights[context]! /= totals[context]!;
  }
  return { grams, discounts, totals, weights };
}

/** A level whose contexts decide nothing: it only leads to longer ones. */
export function silent(grams: GramTable, contexts: number): Level {
  return { grams, discounts: [0, 0, 0], totals: new Float64Array(contexts), weights: new Float64Array(contexts).fill(1) };
}
