import { tensor, type Parameter, type Tensor } from "../tensor/index.ts";
import { argumentError, checkNumber } from "../runtime/check.ts";
import type { Decay } from "./flat.ts";
import {
  checkBag,
  checkShare,
  decayed,
  Optimizer,
  zeroMoments,
  type OptimizerOptions,
  type NamedParameters,
  type StepContext,
  type Update,
} from "./optimizer.ts";

export interface AdamWOptions extends Partial<OptimizerOptions> {
  /** How slowly the mean of the gradients and the mean of their squares follow; each in [0, 1). @default [0.9, 0.999] */
  betas?: readonly [number, number];
  /** Added to the root of the mean square; at least 1e-30. @default 1e-8 */
  epsilon?: number;
}

/**
 * Adam with decoupled weight decay — Kingma & Ba 2015 (arXiv:1412.6980), Loshchilov & Hutter 2019 (arXiv:1711.05101); the formula and the
 * defaults are torch.optim.AdamW's, but that only matrices decay unless `decay` says otherwise. Without decay it is Adam.
 *
 * @example
 * const optimizer = new AdamW(model.parameters(), { learningRate: 3e-4, weightDecay: 0.1 });
 * const step = jit((x, y) => {
 *   const [loss, gradients] = valueAndGrad(() => model.loss(x, y))(model.parameters());
 *   optimizer.step(gradients);
 *   return loss;
 * });
 */
export class AdamW extends Optimizer {
  readonly #betas: readonly [number, number];
  readonly #epsilon: number;
  readonly #means: ReadonlyMap<string, Parameter>;
  readonly #squares: ReadonlyMap<string, Parameter>;

  constructor(parameters: NamedParameters, options: AdamWOptions = {}) {
    const { learningRate = 1e-3, weightDecay = 0.01, betas = [0.9, 0.999], epsilon = 1e-8 } = checkBag(options);
    super(parameters, { ...options, learningRate, weightDecay }, ["betas", "epsilon"]);
    this.#betas = checkBetas("betas", betas);
    this.#epsilon = checkEpsilon("epsilon", epsilon);
    this.#means = zeroMoments(this.parameters);
    this.#squares = zeroMoments(this.parameters);
  }

  protected override update(name: string, target: Parameter, gradient: Tensor, context: StepContext): readonly Update[] {
    const [m, v] = [this.#means.get(name)!, this.#squares.get(name)!];
    const decay = this.decayOf(name, target);
    return adam({ target, gradient, m, v, decay, betas: this.#betas, epsilon: this.#epsilon, ...context });
  }

  protected override updateAll(
    target: Parameter,
    gradient: Tensor,
    [m, v]: readonly Parameter[],
    decay: Decay,
    context: StepContext,
  ): readonly Update[] {
    return adam({ target, gradient, m: m!, v: v!, decay, betas: this.#betas, epsilon: this.#epsilon, ...context });
  }

  protected override moments(name: string): readonly (readonly [string, Parameter])[] {
    return [
      [`${name}.exp_avg`, this.#means.get(name)!],
      [`${name}.exp_avg_sq`, this.#squares.get(name)!],
    ];
  }
}

export function checkBetas(argument: string, betas: unknown): readonly [number, number] {
  if (!Array.isArray(betas) || betas.length !== 2)
    throw argumentError(argument, "two numbers", betas, { hint: "pass [0.9, 0.999], for example" });
  betas.forEach((beta, index) => checkShare(`${argument}[${index}]`, beta));
  return betas as unknown as readonly [number, number];
}

/** Above 0 also in float32 and after the bias correction: a gradient that was always 0 would be divided by 0. */
export const checkEpsilon = (argument: string, epsilon: unknown): number => checkNumber(argument, epsilon, { min: 1e-30, max: 1e30 });

/** What one parameter's update takes. */
interface AdamUpdate extends StepContext {
  target: Parameter;
  gradient: Tensor;
  /** Mean of the gradients so far. */
  m: Parameter;
  /** Mean of their squares. */
  v: Parameter;
  decay: number | Decay;
  betas: readonly [number, number];
  epsilon: number;
}

/**
 * θ ← (1 − rate · decay)·θ − rate · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ). What is the same for all elements is gathered in two
 * scalars, since each operation on a whole parameter costs a pass through memory.
 */
export function adam({ target, gradient, m, v, decay, betas: [beta1, beta2], epsilon, step, rate }: AdamUpdate): readonly Update[] {
  const { dtype } = target;
  const mean = m.mul(beta1).add(gradient.mul(1 - beta1));
  const square = v.mul(beta2).add(gradient.square().mul(1 - beta2));
  const rootCorrection = power(beta2, step).neg().add(1).sqrt(); // √(1 − β₂ᵗ)
  const size = rate.mul(rootCorrection).div(power(beta1, step).neg().add(1)).to(dtype);
  const change = mean.mul(size).div(square.sqrt().add(rootCorrection.mul(epsilon).to(dtype)));
  return [
    [target, decayed(target, rate, decay).sub(change)],
    [m, mean],
    [v, square],
  ];
}

const power = (base: number, exponent: Tensor): Tensor => tensor(base, { dtype: "float64" }).pow(exponent);
