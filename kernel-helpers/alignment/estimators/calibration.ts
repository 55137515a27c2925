import { argumentError, checkArray, checkBoolean, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";

export interface CalibrationOptions {
  /** Into how many bins of one width the probabilities are put. @default 10 */
  bins?: number;
}

export interface CalibrationBin {
  /** Mean of the probabilities in the bin. */
  predicted: number;
  /** How often it came so. */
  observed: number;
  count: number;
}

export interface Calibration {
  /** Expected calibration error: how far predicted and observed are apart, a mean over all predictions. */
  ece: number;
  /** Those that are not empty, from 0 to 1: the points of a reliability diagram. */
  bins: CalibrationBin[];
}

/**
 * Whether probabilities mean what they say: of what was given 70 %, 70 % should come (Guo et al. 2017, arXiv:1706.04599). A perfect model, too, has an error above 0 on few outcomes.
 *
 * @param probabilities From 0 to 1, one for each prediction.
 * @param outcomes Whether it came so.
 */
export function calibration(probabilities: readonly number[], outcomes: readonly boolean[], options: CalibrationOptions = {}): Calibration {
  checkArray("probabilities", probabilities, (name, value) => checkNumber(name, value, { min: 0, max: 1 }), { allowEmpty: false });
  checkArray("outcomes", outcomes, checkBoolean);
  if (outcomes.length !== probabilities.length) {
    throw argumentError("outcomes", `one for each of the ${probabilities.length} probabilities`, outcomes);
  }
  checkOptions("options", options, ["bins"]);
  const { bins: count = 10 } = options;
  checkInteger("bins", count, { min: 1 });
  const bins = Array.from({ length: count }, () => ({ predicted: 0, observed: 0, count: 0 }));
  probabilities.forEach((probability, at) => {
    const bin = bins[Math.min(count - 1, Math.floor(probability * count))]!;
    bin.predicted += probability;
    bin.observed += Number(outcomes[at]);
    bin.count += 1;
  });
  const ece = bins.reduce((sum, { predicted, observed }) => sum + Math.abs(predicted - observed), 0) / probabilities.length;
  return {
    ece,
    bins: bins
      .filter((bin) => bin.count > 0)
      .map((bin) => ({ predicted: bin.predicted / bin.count, observed: bin.observed / bin.count, count: bin.count })),
  };
}
