import type { Module } from "../nn/index.ts";
import { capabilitiesOf, ones, type Parameter } from "../tensor/index.ts";
import type { Batch } from "./batches.ts";
import { numbersOf, restoring } from "./guarded-step.ts";
import { findNotFinite, trainingError } from "./not-finite.ts";
import type { TrainOptions } from "./options.ts";
import { Pace } from "../runtime/pace.ts";
import { makeSteps } from "./step.ts";
import type { Stepper } from "./stepper.ts";

/**
 * Many training steps in one run of the device: parameters and moments stay there from one step to the next, batches go there together, and losses come back
 * together.
 *
 * @param count Steps in a run; "auto" takes as many as a second or two have room for.
 */
export function makeLoopedStep<M extends Module, B extends Batch>(options: TrainOptions<M, B>, count: number | "auto"): Stepper<B> {
  const { model, optimizer } = options;
  const counters = Object.values(model.state()).filter(({ dtype }) => dtype === "int64");
  const flat = capabilitiesOf(options.device ?? "cpu").device === "webgpu" ? undefined : optimizer.flat(); // WebGPU splits into few parts at most
  const { steps, goesOn } = makeSteps(options, flat, counters);
  const pace = new Pace();
  return {
    get wanted() {
      return count === "auto" ? pace.steps : count;
    },
    take(batches, first) {
      goesOn.assign(ones([], { dtype: "bool" }));
      flat?.gather();
      const start = performance.now();
      const results = steps(batches);
      pace.see(batches.length, (performance.now() - start) / 1000);
      flat?.scatter();
      const refused = results.findIndex(({ isTaken }) => isTaken.item() !== 1);
      if (refused < 0) return { taken: results.map(numbersOf) };
      const restore = restoring(counters as readonly Parameter[]);
      const learningRate = optimizer.learningRate().item();
      const finding = findNotFinite(options, batches[refused]!);
      restore(); // the search may have drawn masks
      return { taken: results.slice(0, refused).map(numbersOf), refused: trainingError(finding, first + refused, learningRate) };
    },
    close() {
      steps.close();
      flat?.release();
    },
  };
}
