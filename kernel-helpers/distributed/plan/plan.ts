import { checkInteger } from "../../runtime/check.ts";
import { stepCost, type Cluster, type StepCost, type Work } from "./cost.ts";

/**
 * All ways to cut the work for so many GPUs, by powers of two, the fastest that fits into their memory first; those that do not fit come last.
 *
 * @throws {ArgumentError} The number of GPUs is not a power of two, or a size does not go with the others.
 * @example
 * planParallelism({ model: deepSeekV3, sequences: 15_360, length: 4096 }, h800, 2048)[0]
 */
export function planParallelism(work: Work, cluster: Cluster, gpus: number): StepCost[] {
  checkInteger("gpus", gpus, { min: 1, max: 2 ** 20 });
  if (!Number.isInteger(Math.log2(gpus)))
    checkInteger("gpus", gpus, { max: 2 ** Math.floor(Math.log2(gpus)), hint: "pass a power of two" });
  const powers = Array.from({ length: Math.log2(gpus) + 1 }, (_, exponent) => 2 ** exponent);
  const plans = powers.flatMap((pipeline) =>
    powers.flatMap((tensor) => {
      const data = gpus / pipeline / tensor;
      const isPossible = data >= 1 && data <= work.sequences && pipeline <= work.model.layers && tensor <= cluster.perNode;
      if (!isPossible) return [];
      const experts = powers.filter((expert) => expert <= data && expert <= (work.model.experts?.count ?? 1));
      return experts.map((expert) => stepCost(work, cluster, { data, tensor, pipeline, expert }));
    }),
  );
  return plans.toSorted((one, other) => Number(other.fits) - Number(one.fits) || one.seconds - other.seconds);
}
