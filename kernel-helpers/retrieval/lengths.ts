/** Lengths of vectors, for stores that compute in float32: squares of long vectors overflow there, and those of short ones vanish. */
import { ArgumentError } from "../errors.ts";
import type { Metric } from "./store.ts";

export function lengthOf(vector: Float32Array): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.sqrt(squares);
}

/** The vector at length 1, which changes no cosine. */
export function unit(vector: Float32Array): Float32Array {
  const length = lengthOf(vector);
  return vector.map((value) => value / length);
}

/**
 * That squares of the length neither overflow nor, where they are divided by, vanish.
 *
 * @param store Who squares, such as "LanceDB".
 * @throws {ArgumentError} The vector is too long or too short.
 */
export function checkLength(argument: string, vector: Float32Array, metric: Metric, store: string): void {
  const length = lengthOf(vector);
  const [min, max] = [metric === "cosine" ? 1e-18 : 0, metric === "dot" ? Infinity : 1e18];
  if (length >= min && length <= max) return;
  throw new ArgumentError(`${argument} must have a length ≥ ${min} and ≤ ${max}, got ${length.toPrecision(3)}`, {
    hint: `${store} squares it in float32: scale your vectors, or use the store in memory`,
    facts: { argument, min, max, value: length },
  });
}
