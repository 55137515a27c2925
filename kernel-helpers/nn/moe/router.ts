import { ArgumentError } from "../../errors.ts";
import { checkBoolean, checkChoice, checkInteger, checkNumber, checkObject, checkOptions } from "../../runtime/check.ts";
import { arange, parameter, where, zeros, type Parameter, type Tensor } from "../../tensor/index.ts";
import { checkInput, checkParameter, checkSize } from "../check-layer.ts";
import { randomOf, uniformParameter, type RandomOptions } from "../initial.ts";
import { Module } from "../module.ts";
import type { Routing } from "./routing.ts";

export interface RouterOptions extends RandomOptions {
  /** How many experts there are to choose from, E. */
  experts: number;
  /** How many each token goes to, k. */
  topK: number;
  /**
   * How logits become scores: "softmax", as in Switch, Mixtral and Qwen, or each by itself with "sigmoid", as in DeepSeek-V3. @default "softmax"
   */
  gate?: "softmax" | "sigmoid";
  /**
   * Whether the k weights of a token are scaled to add up to 1. Where k is 1 the router would not learn from what the model is for then. @default k > 1
   */
  normalize?: boolean;
  /** What the weights are multiplied by. @default 1 */
  scale?: number;
  /** Tokens go to experts of the best groups only. @default all experts are one group */
  groups?: ExpertGroups;
  /**
   * How far an expert's bias moves in a training step, down where it has more than its share and up where less; about 0.001. The bias takes part in
   * choosing and not in the weights, so it balances without a loss: Wang et al. 2024 (arXiv:2408.15664). @default no bias
   */
  biasUpdateRate?: number;
  /** A weight that is there already, (E, inputs). @default one that is drawn */
  weight?: Parameter;
}

export interface ExpertGroups {
  /** A divisor of the experts: groups are neighbours. */
  count: number;
  /** In how many groups a token's experts may be. */
  chosen: number;
}

const optionNames = ["experts", "topK", "gate", "normalize", "scale", "groups", "biasUpdateRate", "weight", "seed", "random"];

/**
 * Chooses k of E experts for each token, by the largest of scores that are a linear map of the token — Shazeer et al. 2017 (arXiv:1701.06538). k = 1
 * is Switch's (Fedus et al. 2021, arXiv:2101.03961); sigmoid, groups and bias are those of DeepSeek-V3 (DeepSeek-AI 2024, arXiv:2412.19437, eq. 12 to 16).
 *
 * @throws {ArgumentError} A size or an option is out of range, or there is no seed.
 */
export class Router extends Module {
  readonly weight: Parameter;
  /** How many steps up each expert's bias is, (E), int64: not learnt, but part of the state. */
  readonly biasSteps: Parameter | undefined;
  readonly topK: number;
  readonly #gate: "softmax" | "sigmoid";
  readonly #normalize: boolean;
  readonly #scale: number;
  readonly #groups: ExpertGroups | undefined;
  readonly #biasUpdateRate: number;

  constructor(inputs: number, options: RouterOptions) {
    super();
    checkSize("inputs", inputs);
    checkOptions("Router", checkObject("options", options, { hint: "pass { experts: 8, topK: 2, seed: 1 }" }), optionNames);
    const { experts, topK, gate = "softmax", normalize = topK > 1, scale = 1, groups, biasUpdateRate = 0, weight } = options;
    checkSize("experts", experts);
    this.topK = checkInteger("topK", topK, { min: 1, max: experts, hint: `a token can go to 1 to ${experts} experts` });
    this.#gate = checkChoice("gate", gate, ["softmax", "sigmoid"]);
    this.#normalize = checkBoolean("normalize", normalize);
    this.#scale = checkNumber("scale", scale, { above: 0 });
    this.#groups = groups && checkGroups(groups, experts, topK);
    this.#biasUpdateRate = checkNumber("biasUpdateRate", biasUpdateRate, { min: 0 });
    this.weight = weight
      ? checkParameter("weight", weight, [experts, inputs])
      : uniformParameter([experts, inputs], 1 / Math.sqrt(inputs), randomOf("Router", options));
    this.biasSteps = biasUpdateRate > 0 ? parameter(zeros([experts], { dtype: "int64" })) : undefined;
  }

  get experts(): number {
    return this.weight.shape[0]!;
  }

  /** What is added to each expert's score when experts are chosen, (E). */
  get bias(): Tensor | undefined {
    return this.biasSteps?.to("float32").mul(this.#biasUpdateRate);
  }

  /**
   * Tokens (N, inputs) → which experts they go to. In training the biases move on.
   *
   * @throws {ShapeError} The last axis is not of that size.
   */
  forward(x: Tensor): Routing {
    const [experts, inputs] = this.weight.shape as [number, number];
    const tokens = checkInput(`Router(${inputs}, ${experts} experts)`, x, inputs, this.weight).reshape([-1, inputs]);
    const logits = tokens.matmul(this.weight.T);
    const scores = this.#gate === "softmax" ? logits.softmax() : logits.sigmoid();
    const { bias } = this;
    const indices = this.#withinGroups((bias ? scores.add(bias) : scores).detach()).topK(this.topK).indices;
    const chosen = scores.gather(1, indices);
    const weights = this.#normalize ? chosen.div(chosen.sum(1, { keepDims: true }).add(1e-20)) : chosen;
    const load = indices.reshape([-1, 1]).equal(arange(experts)).to("int64").sum(0);
    if (this.training && this.biasSteps) this.#balance(this.biasSteps, load);
    return {
      logits,
      probabilities: this.#gate === "softmax" ? scores : scores.div(scores.sum(1, { keepDims: true }).add(1e-20)),
      indices,
      weights: this.#scale === 1 ? weights : weights.mul(this.#scale),
      load,
    };
  }

  /** bᵢ += rate · sign(mean load − loadᵢ). */
  #balance(steps: Parameter, load: Tensor): void {
    const missing = load.sum().sub(load.mul(this.experts)); // E times as much, in whole numbers
    steps.assign(steps.add(missing.sign()));
  }

  /** −∞ for experts outside the token's best groups, those whose two best experts have the largest sum (DeepSeek-AI 2024, §2.1.2). */
  #withinGroups(scores: Tensor): Tensor {
    if (!this.#groups) return scores;
    const { count, chosen } = this.#groups;
    const size = this.experts / count;
    const grouped = scores.reshape([-1, count, size]);
    const best = grouped.topK(Math.min(2, size)).values.sum(2).topK(chosen).indices; // (N, chosen)
    const isBest = best.unsqueeze(2).equal(arange(count)).to("int64").sum(1).greater(0); // (N, count)
    return where(isBest.unsqueeze(2), grouped, -Infinity).reshape([-1, this.experts]);
  }

  override details(): string {
    const [experts, inputs] = this.weight.shape;
    return `${inputs}, ${this.topK} of ${experts} experts${this.biasSteps ? ", balanced by biases" : ""}`;
  }
}

function checkGroups(groups: ExpertGroups, experts: number, topK: number): ExpertGroups {
  checkOptions("groups", checkObject("groups", groups, { hint: "pass { count: 8, chosen: 4 }" }), ["count", "chosen"]);
  const { count, chosen } = groups;
  checkInteger("groups.count", count, { min: 1, max: experts });
  checkInteger("groups.chosen", chosen, { min: 1, max: count });
  if (experts % count === 0 && (experts / count) * chosen >= topK) return groups;
  throw new ArgumentError(`${chosen} of ${count} groups of ${experts} experts do not have ${topK} experts each token can go to`, {
    hint: "groups must be of equal size, and those that are chosen must have topK experts together",
    facts: { argument: "groups", value: groups, experts, topK },
  });
}
