/** What optimizers have in common: the parameters, how many steps were taken, the learning rate, and that all of a step happens at once. */
import { ArgumentError } from "../errors.ts";
import { after, assignAll, parameter, tensor, zeros, type Parameter, type Tensor } from "../tensor/index.ts";
import type { Schedule } from "./schedules.ts";

/** Parameters by name, as a module's .parameters() gives them. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** A parameter and the value that it gets. */
export type Update = readonly [Parameter, Tensor];

/** Whether weight decay applies to a parameter. */
export type DecayRule = (name: string, parameter: Parameter) => boolean;

/** Matrices and larger decay, biases and the gains of norms do not: the usual choice for transformers. */
export const matricesDecay: DecayRule = (_name, { rank }) => rank >= 2;

export interface OptimizerOptions {
  /** A number, or a function of the step: see constant, linear and warmupCosine. */
  learningRate: number | Schedule;
  /** How much of a weight is taken off at each step, times the learning rate. */
  weightDecay?: number;
  /** Which parameters decay. @default those of two axes or more */
  decay?: DecayRule;
}

/** What the update of every parameter shares. */
export interface StepContext {
  /** The number of this step, counted from 1: a scalar of float64, for powers of numbers close to 1. */
  readonly step: Tensor;
  /** A scalar of float64. */
  readonly rate: Tensor;
}

/** Base of the optimizers. A step belongs into the function given to jit, behind the gradients: the update becomes part of the graph. */
export abstract class Optimizer {
  readonly #parameters: Parameters;
  readonly #options: OptimizerOptions;
  readonly #steps: Parameter = parameter(tensor(0, { dtype: "int64" }));

  constructor(parameters: Parameters, options: OptimizerOptions) {
    if (typeof options.learningRate === "number" && !(options.learningRate >= 0))
      throw outOfRange("learningRate", options.learningRate, "≥ 0");
    if (!((options.weightDecay ?? 0) >= 0)) throw outOfRange("weightDecay", options.weightDecay!, "≥ 0");
    this.#parameters = parameters;
    this.#options = options;
  }

  /**
   * Updates all parameters by their gradients, in one run when outside of jit.
   *
   * @throws {ArgumentError} The gradients are not those of the optimizer's parameters.
   */
  step(gradients: Readonly<Record<string, Tensor>>): void {
    const names = Object.keys(this.#parameters);
    checkNames(names, gradients);
    // Waiting for all gradients lets a compiled step write the new weights over the old: by then nobody reads those any more.
    const rate = after(this.learningRate().to("float64"), Object.values(gradients));
    const context = { step: this.#steps.add(1).to("float64"), rate };
    const updates = names.flatMap((name) => this.update(name, this.#parameters[name]!, gradients[name]!, context));
    assignAll([...updates, [this.#steps, this.#steps.add(1)]]);
  }

  /** The rate that the next step takes: a scalar of float32. */
  learningRate(): Tensor {
    const { learningRate } = this.#options;
    return typeof learningRate === "number" ? tensor(learningRate) : learningRate(this.#steps.to("float32"));
  }

  /** All that a checkpoint needs to go on exactly: "step", and each parameter's moments after its name, such as "h.0.mlp.c_fc.weight.exp_avg". */
  state(): Record<string, Parameter> {
    return { step: this.#steps, ...Object.fromEntries(Object.keys(this.#parameters).flatMap((name) => this.moments(name))) };
  }

  /** New values of the parameter and of its moments. */
  protected abstract update(name: string, parameter: Parameter, gradient: Tensor, context: StepContext): readonly Update[];

  /** The moments of one parameter, by their names in the state. */
  protected abstract moments(name: string): readonly (readonly [string, Parameter])[];

  /** How much of the parameter is taken off at each step, times the learning rate. */
  protected decayOf(name: string, target: Parameter): number {
    const { weightDecay = 0, decay = matricesDecay } = this.#options;
    return decay(name, target) ? weightDecay : 0;
  }
}

/** The parameter after decoupled weight decay: θ · (1 − rate · decay). */
export const decayed = (target: Parameter, rate: Tensor, decay: number): Tensor =>
  decay === 0 ? target : target.mul(rate.mul(-decay).add(1).to(target.dtype));

/** A moment for each parameter, zero at first. */
export const zeroMoments = (parameters: Parameters): Map<string, Parameter> =>
  new Map(Object.entries(parameters).map(([name, { shape, dtype }]) => [name, parameter(zeros(shape, { dtype }))]));

function checkNames(names: readonly string[], gradients: Readonly<Record<string, Tensor>>): void {
  const missing = names.filter((name) => !(name in gradients));
  const unexpected = Object.keys(gradients).filter((name) => !names.includes(name));
  if (missing.length + unexpected.length === 0) return;
  const problems = [...missing.map((name) => `none for ${name}`), ...unexpected.map((name) => `one for ${name}, which is not optimized`)];
  throw new ArgumentError(`the gradients are not those of the parameters: ${problems.slice(0, 3).join(", ")}`, {
    hint: "take them of the same record: valueAndGrad(loss)(parameters), new AdamW(parameters, …)",
  });
}

export function outOfRange(name: string, value: number, range: string): ArgumentError {
  return new ArgumentError(`${name} is ${value}`, { hint: `it must be ${range}` });
}
