import { where, type Parameter, type Tensor } from "../tensor/index.ts";
import { ArgumentError } from "../errors.ts";
import { checkBoolean } from "../runtime/check.ts";
import type { Decay } from "./flat.ts";
import {
  checkBag,
  checkShare,
  Optimizer,
  zeroMoments,
  type OptimizerOptions,
  type NamedParameters,
  type StepContext,
  type Update,
} from "./optimizer.ts";

export interface SGDOptions extends OptimizerOptions {
  /** How much of the last step is kept, in [0, 1). @default 0 */
  momentum?: number;
  /** Looks ahead by the momentum — Nesterov 1983, in the form of Sutskever et al. 2013. @default false */
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent with momentum — Polyak 1964. As in torch.optim.SGD the weight decay is part of the gradient (an L2 penalty), but
 * only matrices decay unless `decay` says otherwise.
 */
export class SGD extends Optimizer {
  readonly #momentum: number;
  readonly #nesterov: boolean;
  readonly #velocities: ReadonlyMap<string, Parameter>;

  constructor(parameters: NamedParameters, options: SGDOptions) {
    super(parameters, checkBag(options), ["momentum", "nesterov"]);
    const { momentum = 0, nesterov = false } = options;
    this.#momentum = checkShare("momentum", momentum);
    this.#nesterov = checkBoolean("nesterov", nesterov);
    if (nesterov && momentum === 0) {
      throw new ArgumentError("nesterov needs a momentum, got 0", { hint: "pass { momentum: 0.9, nesterov: true }, for example" });
    }
    this.#velocities = zeroMoments(momentum > 0 ? this.parameters : {});
  }

  protected override update(name: string, target: Parameter, gradient: Tensor, { rate }: StepContext): readonly Update[] {
    const decay = this.decayOf(name, target);
    return this.#moved(target, decay > 0 ? gradient.add(target.mul(decay)) : gradient, this.#velocities.get(name), rate);
  }

  protected override updateAll(
    target: Parameter,
    gradient: Tensor,
    [velocity]: readonly Parameter[],
    { amount, where: some }: Decay,
    { rate }: StepContext,
  ): readonly Update[] {
    const slope = amount > 0 ? gradient.add(some ? where(some, target.mul(amount), 0) : target.mul(amount)) : gradient;
    return this.#moved(target, slope, velocity, rate);
  }

  #moved(target: Parameter, slope: Tensor, before: Parameter | undefined, rate: Tensor): readonly Update[] {
    const velocity = before ? before.mul(this.#momentum).add(slope) : slope;
    const direction = this.#nesterov ? slope.add(velocity.mul(this.#momentum)) : velocity;
    const moved: Update = [target, target.sub(direction.mul(rate.to(target.dtype)))];
    return before ? [moved, [before, velocity]] : [moved];
  }

  protected override moments(name: string): readonly (readonly [string, Parameter])[] {
    const velocity = this.#velocities.get(name);
    return velocity ? [[`${name}.momentum_buffer`, velocity]] : [];
  }
}
