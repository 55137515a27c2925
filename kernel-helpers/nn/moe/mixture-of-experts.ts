import { ArgumentError } from "../../errors.ts";
import { checkInstance, checkNumber, checkOptions } from "../../runtime/check.ts";
import { Tensor } from "../../tensor/index.ts";
import { checkInput } from "../check-layer.ts";
import { Module } from "../module.ts";
import type { Projection } from "../projection.ts";
import { dispatch } from "./dispatch.ts";
import { Experts } from "./experts.ts";
import { Router } from "./router.ts";
import type { Routing } from "./routing.ts";

export interface MixtureOfExpertsOptions {
  /** A network that all tokens go through as well: Dai et al. 2024, "DeepSeekMoE" (arXiv:2401.06066). @default none */
  shared?: Module & { forward(x: Tensor): Tensor };
  /** What the shared network's output is multiplied by, through a sigmoid, (…, width) → (…, 1), as in Qwen2-MoE. @default 1 */
  sharedGate?: Projection;
  /**
   * How many times its even share of the rows an expert computes at most in training; rows beyond it are dropped: nothing but the shared network and
   * the residual stream carries such a token on. In evaluation none is dropped. @default as many as come
   */
  capacityFactor?: number;
}

/** What went through a mixture of experts. */
export interface Mixed {
  /** (…, width). */
  y: Tensor;
  routing: Routing;
  /** How many choices were dropped for want of capacity, a scalar, int64. */
  dropped: Tensor;
}

/**
 * A feed-forward layer of many networks, of which each token goes through few: Σ weightᵢ · expertᵢ(x) over the experts that the router chooses —
 * Shazeer et al. 2017 (arXiv:1701.06538), Fedus et al. 2021 (arXiv:2101.03961). Only chosen experts compute. Names as on the hub: gate, experts,
 * shared_expert, shared_expert_gate.
 *
 * @throws {ArgumentError} Router and experts are not of one size, or an option is out of range.
 * @example
 * const random = createRandom(1);
 * const layer = new MixtureOfExperts(new Router(64, { experts: 8, topK: 2, random }), new Experts(8, 64, 128, { random }));
 * layer.forward(zeros([2, 16, 64])).shape // [ 2, 16, 64 ]
 */
export class MixtureOfExperts extends Module {
  readonly gate: Router;
  readonly experts: Experts;
  readonly shared_expert: MixtureOfExpertsOptions["shared"];
  readonly shared_expert_gate: Projection | undefined;
  readonly #capacityFactor: number | undefined;

  constructor(router: Router, experts: Experts, options: MixtureOfExpertsOptions = {}) {
    super();
    this.gate = checkInstance("router", router, Router);
    this.experts = checkInstance("experts", experts, Experts);
    checkOptions("MixtureOfExperts", options, ["shared", "sharedGate", "capacityFactor"]);
    const { shared, sharedGate, capacityFactor } = options;
    const [count, width] = router.weight.shape as [number, number];
    if (count !== experts.count || width !== experts.width) {
      throw new ArgumentError(`a router of ${count} experts of width ${width} does not fit ${experts.count} experts of ${experts.width}`, {
        hint: "make both with the same number of experts and the same width",
        facts: { argument: "experts", expected: [count, width], value: [experts.count, experts.width] },
      });
    }
    if (shared !== undefined) checkInstance("shared", shared, Module);
    if (sharedGate !== undefined) checkInstance("sharedGate", sharedGate, Module);
    this.shared_expert = shared;
    this.shared_expert_gate = sharedGate;
    this.#capacityFactor = capacityFactor === undefined ? undefined : checkNumber("capacityFactor", capacityFactor, { above: 0 });
  }

  /** (…, width) → (…, width). */
  forward(x: Tensor): Tensor {
    return this.mix(x).y;
  }

  /** As forward, with what the router decided. */
  mix(x: Tensor): Mixed {
    checkInstance("x", x, Tensor);
    const { width } = this.experts;
    const tokens = checkInput("MixtureOfExperts", x, width, this.experts.up_proj).reshape([-1, width]); // (N, D)
    const routing = this.gate.forward(tokens);
    const plan = dispatch(routing.indices, routing.load, this.capacity(tokens.shape[0]!));
    const rows = this.experts.forward(tokens.take(plan.tokens), plan.groupSizes).take(plan.places); // (k, N, D)
    const y = rows.mul(routing.weights.T.unsqueeze(2)).sum(0).reshape(x.shape);
    return { y: this.#withShared(x, y), routing, dropped: routing.load.sub(plan.groupSizes).sum() };
  }

  /** How many of a number of tokens an expert takes at most now; undefined if as many as come. */
  capacity(tokens: number): number | undefined {
    if (this.#capacityFactor === undefined || !this.training) return undefined;
    return Math.ceil((this.#capacityFactor * tokens * this.gate.topK) / this.experts.count);
  }

  #withShared(x: Tensor, y: Tensor): Tensor {
    if (!this.shared_expert) return y;
    const shared = this.shared_expert.forward(x);
    return y.add(this.shared_expert_gate ? shared.mul(this.shared_expert_gate.forward(x).sigmoid()) : shared);
  }
}
