/** Learning rates as functions of the step, computed within the graph. A step is a scalar: 0 at the first. */
import { checkInstance, checkNumber, checkOptions } from "../runtime/check.ts";
import { full, Tensor } from "../tensor/index.ts";

/** The learning rate of a step; both are scalars of float32. */
export type Schedule = (step: Tensor) => Tensor;

/** A number ≥ 0 that is finite in float32, too, in which steps are computed. */
export const checkRate = (argument: string, rate: unknown): number =>
  checkNumber(argument, checkNumber(argument, rate, { min: 0 }), { max: (2 - 2 ** -23) * 2 ** 127 });

/** The same rate at every step. @throws {ArgumentError} The rate is not a finite number ≥ 0. */
export function constant(rate: number): Schedule {
  checkRate("rate", rate);
  return (step) => {
    checkStep(step);
    return full([], rate);
  };
}

export interface LinearOptions {
  /** The rate after the warm-up, ≥ 0. */
  from: number;
  /** The rate at the end, ≥ 0. @default 0 */
  to?: number;
  /** After this many steps the rate is `to`, and stays there. */
  steps: number;
  /** Steps over which the rate rises to `from` first; no more than `steps`. @default 0 */
  warmup?: number;
}

/** Along a straight line, after a warm-up. @throws {ArgumentError} An option is missing or out of range. */
export function linear(options: LinearOptions): Schedule {
  checkOptions("linear", options, ["from", "to", "steps", "warmup"]);
  const { from, to = 0, steps, warmup = 0 } = options ?? ({} as LinearOptions);
  checkRate("from", from);
  checkRate("to", to);
  checkSteps(steps, warmup);
  return (given) => {
    const step = checkStep(given);
    const line = progress(step, warmup, steps)
      .mul(to - from)
      .add(from);
    return rising(step, warmup).mul(line);
  };
}

export interface WarmupCosineOptions {
  /** The highest rate, reached after the warm-up; ≥ 0. */
  peak: number;
  /** Where the rate ends, and stays; from 0 to the peak. @default a tenth of the peak */
  floor?: number;
  /** Steps over which the rate rises, (step + 1) / (warmup + 1) of the peak; no more than `steps`. */
  warmup: number;
  /** The step at which the rate has come down to the floor. */
  steps: number;
}

/**
 * Up along a line, down along half a cosine — Loshchilov & Hutter 2017 (arXiv:1608.03983), with the warm-up as nanoGPT has it.
 *
 * @throws {ArgumentError} An option is missing or out of range.
 */
export function warmupCosine(options: WarmupCosineOptions): Schedule {
  checkOptions("warmupCosine", options, ["peak", "floor", "warmup", "steps"]);
  const { peak, warmup, steps, floor = peak / 10 } = options ?? ({} as WarmupCosineOptions);
  checkRate("peak", peak);
  checkNumber("floor", floor, { min: 0, max: peak });
  checkSteps(steps, warmup);
  return (given) => {
    const step = checkStep(given);
    const cosine = progress(step, warmup, steps).mul(Math.PI).cos(); // 1 at the end of the warm-up, -1 at the last step
    return rising(step, warmup).mul(
      cosine
        .add(1)
        .mul((peak - floor) / 2)
        .add(floor),
    );
  };
}

function checkSteps(steps: unknown, warmup: unknown): void {
  const most = checkNumber("steps", steps, { above: 0, hint: "pass the number of steps of the whole run, such as { steps: 1000 }" });
  checkNumber("warmup", warmup, { min: 0, max: most, hint: "pass fewer steps of warm-up than the run has" });
}

/** The step as the float32 in which rates are computed. */
const checkStep = (step: Tensor): Tensor =>
  checkInstance("step", step, Tensor, {
    expected: "a tensor",
    hint: "a schedule takes the step as a scalar tensor: schedule(tensor(10)).item()",
  }).to("float32");

const rising = (step: Tensor, warmup: number): Tensor =>
  step
    .add(1)
    .div(warmup + 1)
    .minimum(1);

/** From 0 at the end of the warm-up to 1 at the last step. */
const progress = (step: Tensor, warmup: number, steps: number): Tensor =>
  step
    .sub(warmup)
    .div(Math.max(1, steps - warmup))
    .clip(0, 1);
