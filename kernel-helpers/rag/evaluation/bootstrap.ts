/** How sure a mean is that was measured on few questions: the percentile bootstrap (Efron and Tibshirani 1993, chapter 13). */
import { ArgumentError } from "../../errors.ts";
import { checkArray, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";

export interface Estimate {
  mean: number;
  /** The interval. */
  low: number;
  high: number;
}

export interface BootstrapOptions {
  /** @default 0.95 */
  confidence?: number;
  /** How often questions are drawn. @default 2000 */
  samples?: number;
  /** @default 1 */
  seed?: number;
}

/** The mean of one value for each question, with its interval. */
export function bootstrap(values: readonly number[], options: BootstrapOptions = {}): Estimate {
  checkArray("values", values, checkNumber, { allowEmpty: false });
  checkOptions("options", options, ["confidence", "samples", "seed"]);
  const confidence = checkNumber("confidence", options.confidence ?? 0.95, { above: 0, below: 1 });
  const samples = checkInteger("samples", options.samples ?? 2000, { min: 1 });
  const random = createRandom(checkInteger("seed", options.seed ?? 1));
  const count = values.length;
  const means = Float64Array.from({ length: samples }, () => {
    let sum = 0;
    for (let draw = 0; draw < count; draw++) sum += values[random.integer(count)]!;
    return sum / count;
  }).sort();
  const at = (share: number): number => means[Math.min(samples - 1, Math.max(0, Math.round(share * (samples - 1))))]!;
  return { mean: values.reduce((sum, value) => sum + value, 0) / count, low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}

/**
 * How much better one system does than another on the same questions. Where the interval does not hold 0, the difference is not chance at this confidence.
 *
 * @param values One for each question; `others` in the same order.
 */
export function bootstrapDifference(values: readonly number[], others: readonly number[], options: BootstrapOptions = {}): Estimate {
  checkArray("values", values, checkNumber);
  checkArray("others", others, checkNumber);
  if (values.length !== others.length) {
    throw new ArgumentError(`values and others must be of the same questions, got ${values.length} and ${others.length}`, {
      hint: "pass one value for each question, in the same order",
      facts: { argument: "others", expected: values.length, value: others.length },
    });
  }
  return bootstrap(
    values.map((value, index) => value - others[index]!),
    options,
  );
}
