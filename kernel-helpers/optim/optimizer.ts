/** What optimizers have in common: the parameters, how many steps were taken, the learning rate, and that all of a step happens at once. */
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import {
  argumentError,
  checkBoolean,
  checkFunction,
  checkInstance,
  checkNumber,
  checkObject,
  checkOptions,
  shown,
} from "../runtime/check.ts";
import { after, assignAll, isCompiling, parameter, Parameter, stopUnless, Tensor, tensor, where, zeros } from "../tensor/index.ts";
import { FlatOptimizer, type Decay } from "./flat.ts";
import { checkRate, type Schedule } from "./schedules.ts";

/** NamedParameters by name, as a module's .parameters() returns them. */
export type NamedParameters = Readonly<Record<string, Parameter>>;

/** A parameter and its new value. */
export type Update = readonly [Parameter, Tensor];

/** Whether weight decay applies to a parameter. */
export type DecayRule = (name: string, parameter: Parameter) => boolean;

/** Matrices and larger decay, biases and the gains of norms do not: the usual choice for transformers. */
export const matricesDecay: DecayRule = (_name, { rank }) => rank >= 2;

export interface OptimizerOptions {
  /** A number ≥ 0, or a function of the step: see constant, linear and warmupCosine. */
  learningRate: number | Schedule;
  /** How much of a weight is taken off at each step, times the learning rate; ≥ 0. */
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

/** Base of the optimizers. A step belongs in the function given to jit, after the gradients: the update becomes part of the graph. */
export abstract class Optimizer {
  readonly #parameters: NamedParameters;
  readonly #names: ReadonlySet<string>;
  readonly #options: OptimizerOptions;
  readonly #steps: Parameter = parameter(tensor(0, { dtype: "int64" }));

  /**
   * @param parameters What is trained. A parameter that is there under several names (tied weights) counts once, under its first.
   * @param ownOptions The options that the subclass has besides OptimizerOptions.
   * @throws {ArgumentError} There are no parameters, something is not a parameter, or an option is unknown or out of range.
   */
  constructor(parameters: NamedParameters, options: OptimizerOptions, ownOptions: readonly string[] = []) {
    this.#parameters = checkParameters(new.target.name, parameters);
    this.#names = new Set(Object.keys(parameters));
    checkOptions(new.target.name, options, ["learningRate", "weightDecay", "decay", ...ownOptions]);
    const { learningRate, weightDecay = 0, decay = matricesDecay } = options;
    if (typeof learningRate !== "function") checkRate("learningRate", learningRate);
    checkRate("weightDecay", weightDecay);
    checkFunction("decay", decay, { hint: 'pass a function such as (name, parameter) => name === "weight"' });
    this.#options = { learningRate, weightDecay, decay };
  }

  /** What is trained, by name. */
  get parameters(): NamedParameters {
    return this.#parameters;
  }

  /**
   * Updates all parameters by their gradients, in one run when outside of jit.
   *
   * @throws {ArgumentError} The gradients are not those of the optimizer's parameters, or the learning rate of this step is not finite; nothing is
   *   changed then. A compiled step stops instead, on devices that can: see stopUnless.
   */
  step(gradients: Readonly<Record<string, Tensor>>): void {
    const names = Object.keys(this.#parameters);
    checkGradients(this.#parameters, this.#names, gradients);
    const learningRate = this.learningRate().to("float64");
    if (!isCompiling()) checkValue(learningRate, this.#steps);
    const finite = isCompiling() ? learningRate.mul(stopUnless(learningRate.abs().less(Infinity)).to("float64")) : learningRate;
    // Waiting for all gradients lets a compiled step write the new weights over the old: by then nothing reads those any more.
    const rate = after(finite, Object.values(gradients));
    const context = { step: this.#steps.add(1).to("float64"), rate };
    const updates = names.flatMap((name) => this.update(name, this.#parameters[name]!, gradients[name]!, context));
    assignAll([...updates, [this.#steps, this.#steps.add(1)]]);
  }

  /**
   * The rate that the next step takes: a scalar of float32.
   *
   * @throws {ArgumentError} The schedule does not return a scalar.
   */
  learningRate(): Tensor {
    const { learningRate } = this.#options;
    if (typeof learningRate === "number") return tensor(learningRate);
    const rate: unknown = learningRate(this.#steps.to("float32"));
    if (rate instanceof Tensor && rate.rank === 0 && rate.dtype.startsWith("float")) return rate;
    throw argumentError("the learning rate's schedule", "a function that returns a scalar tensor of floats", rate, {
      hint: "compute with the step, a tensor, such as (step) => step.mul(-0.001).add(0.1).maximum(0); for one number pass the number",
    });
  }

  /** How far a step can go for gradients of this norm: finite as long as it is safe to take. A scalar of float32. */
  reach(gradientNorm: Tensor): Tensor {
    checkInstance("gradientNorm", gradientNorm, Tensor, { hint: "pass what globalNorm returns" });
    return this.learningRate()
      .to("float32")
      .mul(1 + (this.#options.weightDecay ?? 0))
      .mul(gradientNorm.to("float32").add(1));
  }

  /** All that a checkpoint needs to go on exactly: "step", and each parameter's moments after its name, such as "h.0.mlp.c_fc.weight.exp_avg". */
  state(): Record<string, Parameter> {
    return { step: this.#steps, ...Object.fromEntries(Object.keys(this.#parameters).flatMap((name) => this.moments(name))) };
  }

  /**
   * The same optimizer over one long vector in the place of its parameters; undefined where a number's update depends on more than that number, its
   * gradient and its moments.
   *
   * @internal
   */
  flat(): FlatOptimizer | undefined {
    if (!this.updateAll || ownerOf(this, "update") !== ownerOf(this, "updateAll")) return undefined; // a subclass has an update of its own
    return new FlatOptimizer({
      parameters: this.#parameters,
      steps: this.#steps,
      learningRate: () => this.learningRate(),
      reach: (gradientNorm) => this.reach(gradientNorm),
      decayOf: (name, target) => this.decayOf(name, target),
      moments: (name) => this.moments(name),
      update: (...given) => this.updateAll!(...given),
    });
  }

  /** The update of several parameters that lie one behind the other, moments in the order of `moments`, where an optimizer can do that. */
  protected updateAll?(
    target: Parameter,
    gradient: Tensor,
    moments: readonly Parameter[],
    decay: Decay,
    context: StepContext,
  ): readonly Update[];

  /** New values of the parameter and of its moments. */
  protected abstract update(name: string, parameter: Parameter, gradient: Tensor, context: StepContext): readonly Update[];

  /** The moments of one parameter, by their names in the state. */
  protected abstract moments(name: string): readonly (readonly [string, Parameter])[];

  /** How much of the parameter is taken off at each step, times the learning rate. */
  protected decayOf(name: string, target: Parameter): number {
    const { weightDecay = 0, decay = matricesDecay } = this.#options;
    return checkBoolean(`what decay returns for ${name}`, decay(name, target)) ? weightDecay : 0;
  }
}

/** The class that a method is written in. */
function ownerOf(object: object, name: string): object | null {
  let owner: object | null = object;
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner;
}

/** The parameter after decoupled weight decay: θ · (1 − rate · decay). */
export function decayed(target: Parameter, rate: Tensor, decay: number | Decay): Tensor {
  const { amount, where: some } = typeof decay === "number" ? { amount: decay, where: undefined } : decay;
  if (amount === 0) return target;
  const factor = rate.mul(-amount).add(1).to(target.dtype);
  return target.mul(some ? where(some, factor, 1) : factor);
}

/** A moment for each parameter, zero at first. */
export const zeroMoments = (parameters: NamedParameters): Map<string, Parameter> =>
  new Map(Object.entries(parameters).map(([name, { shape, dtype }]) => [name, parameter(zeros(shape, { dtype }))]));

/** Options as they were given, an object at least: of anything else none would be read, and all would be the default. */
export const checkBag = <T extends object>(options: T): T =>
  checkObject("options", options, { hint: "pass an object, such as { learningRate: 0.001 }" }) as T;

/** A share of what was before that is kept, such as a momentum: in [0, 1). */
export const checkShare = (argument: string, share: unknown): number => checkNumber(argument, share, { min: 0, below: 1 });

/** The parameters, each once. */
function checkParameters(optimizer: string, given: NamedParameters): NamedParameters {
  const hint = `pass them by name, as a model has them: new ${optimizer}(model.parameters(), …)`;
  if (typeof (given as { parameters?: unknown } | null | undefined)?.parameters === "function") {
    throw argumentError("parameters", "parameters by name, not the module that has them", given, { hint });
  }
  const entries = Object.entries(checkObject("parameters", given, { hint }));
  if (entries.length === 0) throw new ArgumentError(`${optimizer} was given no parameters`, { hint: "pass at least one to train" });
  const once = new Map<Parameter, string>();
  for (const [name, found] of entries) {
    if (!(found instanceof Parameter)) throw argumentError(`parameters["${name}"]`, "a Parameter", found, { hint });
    if (!found.dtype.startsWith("float")) {
      throw new DTypeError(`parameters["${name}"] is ${found.dtype}, which has no gradient`, {
        hint: "pass model.parameters(), which leaves counters out, not model.state()",
        facts: { argument: "parameters", name, dtype: found.dtype },
      });
    }
    if (!once.has(found)) once.set(found, name);
  }
  return Object.fromEntries([...once].map(([found, name]) => [name, found]));
}

/** One gradient for each parameter, of its shape and type; those under the other names of a tied one are let pass. */
function checkGradients(
  parameters: NamedParameters,
  known: ReadonlySet<string>,
  gradients: Readonly<Record<string, Tensor>>,
): asserts gradients is Readonly<Record<string, Tensor>> {
  const hint = "take them of the same record: valueAndGrad(loss)(optimizer.parameters)";
  checkObject("gradients", gradients, { hint });
  const missing = Object.keys(parameters).filter((name) => !Object.hasOwn(gradients, name));
  const unexpected = Object.keys(gradients).filter((name) => !known.has(name));
  if (missing.length + unexpected.length > 0) {
    const problems = [...missing.map((name) => `none for ${name}`), ...unexpected.map((name) => `one for ${name}, which is not optimized`)];
    throw new ArgumentError(`the gradients are not those of the parameters: ${problems.slice(0, 3).join(", ")}`, { hint });
  }
  for (const [name, { shape, dtype }] of Object.entries(parameters)) {
    const gradient: unknown = gradients[name];
    if (!(gradient instanceof Tensor)) throw argumentError(`gradients["${name}"]`, "a Tensor", gradient, { hint });
    if (gradient.dtype === dtype && gradient.shape.join() === shape.join()) continue;
    throw new ShapeError(`the gradient of ${name}, ${dtype} (${shape.join(", ")}), is ${gradient.dtype} (${gradient.shape.join(", ")})`, {
      hint,
      facts: { name, expected: shape, value: gradient.shape },
    });
  }
}

function checkValue(rate: Tensor, steps: Parameter): void {
  const value = rate.item();
  if (Number.isFinite(value)) return;
  throw new ArgumentError(`the learning rate of step ${steps.item() + 1} is ${shown(value)}`, {
    hint: "nothing was changed; look at the schedule, which has to be finite at every step",
    facts: { argument: "learningRate", value, step: steps.item() + 1 },
  });
}
