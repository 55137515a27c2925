/** Which number went wrong first: a batch whose step was refused is computed once more, module by module, with the parameters as they still are. */
import { HelperError, type HelperErrorOptions } from "../errors.ts";
import type { Module } from "../nn/index.ts";
import { globalNorm } from "../optim/index.ts";
import { jit, Tensor, valueAndGrad } from "../tensor/index.ts";
import { tensorsByName, type Batch } from "./batches.ts";
import { measured } from "./loss.ts";
import type { StepOptions } from "./step.ts";

/** A learning rate, loss, activation or gradient that is not finite. The parameters are those from before the step. */
export class TrainingError extends HelperError {
  static override readonly code: string = "ERR_TRAINING";

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
  rate: "look at the optimizer's schedule, which has to be finite at every step",
  parameter: "it was so before this step: look at how it begins, or at the checkpoint that it comes from",
  batch: "look at the data: a missing value or a division by zero, perhaps",
  activation:
    "lower the learning rate, clip the gradients with { clip: 1 }, or warm up more slowly; the model itself may divide by zero or take the logarithm of 0",
  gradient: "lower the learning rate or warm up more slowly; a root, a division or a norm of zeros has no gradient either",
  step: "lower the learning rate or the weight decay, or clip the gradients with { clip: 1 }",
};

/**
 * The first tensor that is not finite: the learning rate, the parameters, the batch, the modules' inputs and outputs in the order they are computed,
 * the loss, the gradients from the loss backwards, the step that they make. Nothing of the model is changed but its random counters.
 */
export function findNotFinite<M extends Module, B extends Batch>(options: StepOptions<M, B>, batch: B): Finding | undefined {
  const { model, optimizer, loss } = options;
  return (
    firstIn({ rate: optimizer.learningRate() }, () => "the learning rate", hints.rate) ??
    firstIn(model.parameters(), (name) => `the parameter ${name}`, hints.parameter) ??
    firstIn(tensorsByName(batch), (name) => `the batch's ${name}`, hints.batch) ??
    firstActivation(model, () => measured(loss(model, batch)).loss) ??
    firstGradient(options, () => measured(loss(model, batch)).loss)
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

/** Has what goes into and comes out of a module seen; returns what ends it. */
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
function firstGradient<M extends Module, B extends Batch>(options: StepOptions<M, B>, forward: () => Tensor): Finding | undefined {
  const { optimizer, clip = Infinity } = options;
  const compute = jit(() => {
    const gradients = valueAndGrad(forward)(optimizer.parameters)[1];
    return { gradients, norm: globalNorm(gradients), largest: mapValues(gradients, (gradient) => gradient.abs().max()) };
  });
  try {
    const { gradients, norm, largest } = compute();
    const backwards = Object.fromEntries(Object.entries(gradients).toReversed());
    return (
      firstIn(backwards, (name) => `the gradient of ${name}`, hints.gradient) ??
      (Number.isFinite(norm.item()) ? undefined : tooSteep(largest)) ??
      firstIn({ reach: optimizer.reach(norm.minimum(clip)) }, () => "the learning rate times the gradients' norm", hints.step)
    );
  } finally {
    compute.close();
  }
}

/** All numbers are finite, but not the sum of their squares. */
function tooSteep(largest: Readonly<Record<string, Tensor>>): Finding | undefined {
  const [first] = Object.entries(largest)
    .map(([name, size]) => ({ name, size: size.item() }))
    .toSorted((a, b) => b.size - a.size);
  if (!first) return undefined;
  return {
    tensor: `the gradient of ${first.name}`,
    problem: `reaches ${first.size.toExponential(1)}, whose square is too large`,
    hint: hints.gradient,
  };
}

const mapValues = <A, B>(record: Readonly<Record<string, A>>, change: (item: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, item]) => [name, change(item)]));

/** Such as "has 3 NaN among 10 numbers", or nothing when all is well. */
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
    tensor: "the step",
    problem: "is not finite when compiled, but is when computed operation by operation",
    hint: hints.gradient,
  };
  const rate = Number.isFinite(learningRate) ? `, at a learning rate of ${Number(learningRate.toPrecision(3))}` : "";
  return new TrainingError(`step ${step}${rate}: ${tensor} ${problem}`, {
    hint: `the parameters are as before this step; ${hint}`,
    facts: { step, tensor, learningRate },
    tensor,
    step,
    learningRate,
  });
}
