/** Which number went wrong first: when a step is refused, its batch is gone through once more, module by module, with the parameters as they still are. */
import { HelperError, type HelperErrorOptions } from "../errors.ts";
import type { Module } from "../nn/index.ts";
import { jit, Tensor, valueAndGrad, type Parameter } from "../tensor/index.ts";
import { tensorsByName, type Batch } from "./batches.ts";
import type { Loss } from "./step.ts";

/** A loss, activation or gradient that is not finite any more. The parameters are those from before the step. */
export class TrainingError extends HelperError {
  /** Which tensor was the first, such as "the output of h.0.mlp". */
  readonly tensor: string;
  readonly step: number;
  readonly learningRate: number;

  constructor(message: string, options: HelperErrorOptions & { tensor: string; step: number; learningRate: number }) {
    super(message, options);
    this.tensor = options.tensor;
    this.step = options.step;
    this.learningRate = options.learningRate;
  }
}

/** What a tensor that is not finite is called, what is wrong with it, and what can be done. */
export interface Finding {
  tensor: string;
  problem: string;
  hint: string;
}

const hints = {
  parameter: "it was so before this step: look at how it begins, or at the checkpoint that it comes from",
  batch: "look at the data: a missing value or a division by zero, perhaps",
  activation:
    "lower the learning rate, clip the gradients with { clip: 1 }, or warm up more slowly; the model itself may divide by zero or take the logarithm of 0",
  gradient: "lower the learning rate or warm up more slowly; a root, a division or a norm of zeros has no gradient either",
};

/**
 * The first tensor that is not finite: of the parameters, the batch, the modules' inputs and outputs in the order they are computed, the loss, the gradients
 * from the loss backwards. Nothing of the model is changed but its random counters.
 */
export function findNotFinite<M extends Module, B extends Batch>(model: M, loss: Loss<M, B>, batch: B): Finding | undefined {
  const parameters = model.parameters();
  return (
    firstIn(parameters, (name) => `the parameter ${name}`, hints.parameter) ??
    firstIn(tensorsByName(batch), (name) => `the batch's ${name}`, hints.batch) ??
    firstActivation(model, () => loss(model, batch)) ??
    firstGradient(parameters, () => loss(model, batch))
  );
}

function firstIn(tensors: Readonly<Record<string, Tensor>>, title: (name: string) => string, hint: string): Finding | undefined {
  for (const [name, found] of Object.entries(tensors)) {
    const problem = problemOf(found);
    if (problem) return { tensor: title(name), problem, hint };
  }
  return undefined;
}

/** Runs forward with what goes into and comes out of each module computed and looked at as soon as it is there. */
function firstActivation(model: Module, forward: () => Tensor): Finding | undefined {
  let first: Finding | undefined;
  const look = (title: string, tensors: readonly unknown[]): void => {
    for (const found of tensors.flat()) {
      const problem = !first && found instanceof Tensor ? problemOf(found) : undefined;
      if (problem) first = { tensor: title, problem, hint: hints.activation };
    }
  };
  const undo = Object.entries({ "": model, ...model.modules() }).map(([name, module]) => {
    const title = name === "" ? "the model" : `${name} (${module.constructor.name})`;
    return watchForward(module, (end, tensors) => look(`the ${end} of ${title}`, tensors));
  });
  try {
    look("the loss", [forward()]);
  } finally {
    for (const restore of undo) restore();
  }
  return first;
}

/** Has what goes into and comes out of a module seen; gives what ends it. */
function watchForward(module: Module, see: (end: "input" | "output", tensors: readonly unknown[]) => void): () => void {
  const { forward } = module as { forward?: (...given: unknown[]) => unknown };
  if (!forward) return () => {};
  const value = (...given: unknown[]): unknown => {
    see("input", given);
    const output = forward.apply(module, given);
    see("output", [output]);
    return output;
  };
  Object.defineProperty(module, "forward", { value, configurable: true }); // on the object itself, before its class's method
  return () => void Reflect.deleteProperty(module, "forward");
}

/** Gradients are computed from the last parameters to the first, so the last of those that are not finite is where it began. */
function firstGradient(parameters: Record<string, Parameter>, forward: () => Tensor): Finding | undefined {
  const gradientsOf = jit(() => valueAndGrad(forward)(parameters)[1]);
  try {
    const gradients: Record<string, Tensor> = gradientsOf();
    const backwards = Object.fromEntries(Object.entries(gradients).toReversed());
    return firstIn(backwards, (name) => `the gradient of ${name}`, hints.gradient) ?? largestOf(gradients);
  } finally {
    gradientsOf.close();
  }
}

/** All numbers may be finite, but not the sum of their squares. */
function largestOf(gradients: Readonly<Record<string, Tensor>>): Finding | undefined {
  const largest = Object.entries(gradients).map(([name, gradient]) => ({ name, size: gradient.abs().max().item() }));
  const [first] = largest.toSorted((a, b) => b.size - a.size);
  if (!first || first.size < 1e15) return undefined;
  return {
    tensor: `the gradient of ${first.name}`,
    problem: `reaches ${first.size.toExponential(1)}, whose square is too large`,
    hint: hints.gradient,
  };
}

/** Such as "has 3 of 10 numbers that are NaN or infinite", or nothing when all is well. */
function problemOf(tensor: Tensor): string | undefined {
  if (!tensor.dtype.startsWith("float")) return undefined;
  const data = (tensor.dtype === "float16" ? tensor.to("float32") : tensor).data as Float32Array | Float64Array;
  const [nan, infinite] = [data.filter(Number.isNaN).length, data.filter((number) => Math.abs(number) === Infinity).length];
  if (nan + infinite === 0) return undefined;
  if (data.length === 1) return `is ${data[0]}`;
  const kinds = [
    ...(nan > 0 ? [`${nan.toLocaleString("en")} NaN`] : []),
    ...(infinite > 0 ? [`${infinite.toLocaleString("en")} infinite`] : []),
  ];
  return `has ${kinds.join(" and ")} among ${data.length.toLocaleString("en")} numbers`;
}

/** The error of a step that was refused. */
export function trainingError(finding: Finding | undefined, step: number, learningRate: number): TrainingError {
  const { tensor, problem, hint } = finding ?? {
    tensor: "the gradients' norm",
    problem: "is not finite in the compiled step, but is when computed operation by operation",
    hint: hints.gradient,
  };
  return new TrainingError(`step ${step}, at a learning rate of ${Number(learningRate.toPrecision(3))}: ${tensor} ${problem}`, {
    hint: `the parameters are as before this step; ${hint}`,
    tensor,
    step,
    learningRate,
  });
}
