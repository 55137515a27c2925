/** Learning rates as functions of the step, computed within the graph. A step is a scalar: 0 at the first. */
import { full, type Tensor } from "../tensor/index.ts";

/** The learning rate of a step; both are scalars of float32. */
export type Schedule = (step: Tensor) => Tensor;

/** The same rate at every step. */
export const constant =
  (rate: number): Schedule =>
  () =>
    full([], rate);

export interface LinearOptions {
  from: number;
  /** @default 0 */
  to?: number;
  /** After so many steps the rate is `to`, and stays there. */
  steps: number;
  /** Steps on which the rate rises to `from` first. @default 0 */
  warmup?: number;
}

/** Along a straight line, after a warm-up. */
export function linear({ from, to = 0, steps, warmup = 0 }: LinearOptions): Schedule {
  return (step) =>
    rising(step, warmup).mul(
      progress(step, warmup, steps)
        .mul(to - from)
        .add(from),
    );
}

export interface WarmupCosineOptions {
  /** The highest rate, reached after the warm-up. */
  peak: number;
  /** Where the rate ends, and stays. @default a tenth of the peak */
  floor?: number;
  /** Steps on which the rate rises, (step + 1) / (warmup + 1) of the peak. */
  warmup: number;
  /** The step at which the rate has come down to the floor. */
  steps: number;
}

/** Up along a line, down along half a cosine — Loshchilov & Hutter 2017 (arXiv:1608.03983), with the warm-up as nanoGPT has it. */
export function warmupCosine({ peak, floor = peak / 10, warmup, steps }: WarmupCosineOptions): Schedule {
  return (step) => {
    const cosine = progress(step, warmup, steps).mul(Math.PI).cos(); // 1 at the end of the warm-up, -1 at the last step
    return rising(step, warmup).mul(
      cosine
        .add(1)
        .mul((peak - floor) / 2)
        .add(floor),
    );
  };
}

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
