/** Which layers of a GPT are mixtures of experts, and what they add to its loss. */
import { checkInteger, checkNumber, checkObject, checkOptions } from "../../runtime/check.ts";
import type { Random } from "../../runtime/random.ts";
import {
  Experts,
  loadBalancingLoss,
  loadEntropy,
  MixtureOfExperts,
  Module,
  normalParameter,
  Router,
  routerZLoss,
  type Mixed,
  type RouterOptions,
} from "../../nn/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { Conv1D, residualStd } from "./parts.ts";

type Routed = Pick<RouterOptions, "topK" | "gate" | "normalize" | "groups" | "biasUpdateRate">;

export interface GPTExperts extends Routed {
  /** How many experts a layer has. */
  count: number;
  /** Every how manyth layer has experts: 1 for all, 2 for the second, the fourth and so on. @default 1 */
  every?: number;
  /** Numbers in an expert's hidden layer. @default 4 · width / topK: a token costs what the dense MLP costs */
  hidden?: number;
  /** Numbers in the hidden layer of a network that all tokens go through as well; 0 for none. @default 0 */
  sharedHidden?: number;
  /** See MixtureOfExperts. @default none is dropped */
  capacityFactor?: number;
  /** What the experts' weights are multiplied by. @default k where they add up to 1, else `count`: so a token begins with as much as from the dense MLP */
  scale?: number;
  /** Factor of the balancing loss in `loss`. @default 0.01, or 0 with biases that balance */
  balanceLoss?: number;
  /** Factor of the routers' z-loss in `loss`. @default 0.001 */
  zLoss?: number;
}

type Filled = "every" | "hidden" | "sharedHidden" | "scale" | "balanceLoss" | "zLoss";
export type GPTExpertsConfig = Omit<GPTExperts, Filled> & Required<Pick<GPTExperts, Filled>>;

const optionNames = ["count", "every", "hidden", "sharedHidden", "capacityFactor", "balanceLoss", "zLoss"];
const routerNames = ["topK", "gate", "normalize", "scale", "groups", "biasUpdateRate"];

/** What a router or a mixture does not check itself, and what is left out. */
export function checkExperts(experts: GPTExperts, { width, layers }: { width: number; layers: number }): GPTExpertsConfig {
  checkOptions("experts", checkObject("experts", experts, { hint: "pass { count: 8, topK: 2 }" }), [...optionNames, ...routerNames]);
  checkInteger("experts.count", experts.count, { min: 1 });
  checkInteger("experts.topK", experts.topK, { min: 1, max: experts.count });
  const filled = {
    every: experts.every ?? 1,
    hidden: experts.hidden ?? Math.ceil((4 * width) / experts.topK),
    sharedHidden: experts.sharedHidden ?? 0,
    scale: experts.scale ?? ((experts.normalize ?? experts.topK > 1) ? experts.topK : experts.count),
    balanceLoss: experts.balanceLoss ?? (experts.biasUpdateRate ? 0 : 0.01),
    zLoss: experts.zLoss ?? 0.001,
  };
  checkInteger("experts.every", filled.every, { min: 1, max: layers });
  checkInteger("experts.hidden", filled.hidden, { min: 1 });
  checkInteger("experts.sharedHidden", filled.sharedHidden, { min: 0 });
  for (const name of ["balanceLoss", "zLoss"] as const) checkNumber(`experts.${name}`, filled[name], { min: 0 });
  return { ...experts, ...filled };
}

/** A shared expert: the dense MLP in small. */
class SharedExpert extends Module {
  readonly c_fc: Conv1D;
  readonly c_proj: Conv1D;

  constructor(width: number, hidden: number, layers: number, random: Random) {
    super();
    this.c_fc = new Conv1D(width, hidden, 0.02, random);
    this.c_proj = new Conv1D(hidden, width, residualStd(layers), random);
  }

  forward(x: Tensor): Tensor {
    return this.c_proj.forward(this.c_fc.forward(x).gelu({ approximate: "tanh" }));
  }
}

/** In the place of a block's MLP, initialised as that is. */
export function mixtureFor(experts: GPTExpertsConfig, width: number, layers: number, random: Random): MixtureOfExperts {
  const { count, hidden, sharedHidden, capacityFactor } = experts;
  const router = Object.fromEntries(Object.entries(experts).filter(([name]) => routerNames.includes(name)));
  const weights = {
    up_proj: normalParameter([count, hidden, width], 0.02, random),
    down_proj: normalParameter([count, width, hidden], residualStd(layers), random),
  };
  return new MixtureOfExperts(
    new Router(width, { ...(router as Routed), experts: count, weight: normalParameter([count, width], 0.02, random) }),
    new Experts(count, width, hidden, { activation: "gelu", weights }),
    {
      ...(sharedHidden > 0 && { shared: new SharedExpert(width, sharedHidden, layers, random) }),
      ...(capacityFactor !== undefined && { capacityFactor }),
    },
  );
}

/** Numbers that tell how a GPT's routers do: scalars, means over its layers with experts. */
export type RoutingMetrics = {
  /** 1 when all experts are used alike, 0 when one of each layer has everything. */
  loadEntropy: Tensor;
  /** 1 when all experts are used alike. */
  balanceLoss: Tensor;
  zLoss: Tensor;
  /** Share of the choices that were dropped. */
  dropped: Tensor;
};

export function routingMetrics(mixed: readonly Mixed[]): RoutingMetrics {
  const mean = (of: (one: Mixed) => Tensor): Tensor =>
    mixed
      .map(of)
      .reduce((sum, number) => sum.add(number))
      .div(mixed.length);
  return {
    loadEntropy: mean(({ routing }) => loadEntropy(routing.load)),
    balanceLoss: mean(({ routing }) => loadBalancingLoss(routing)),
    zLoss: mean(({ routing }) => routerZLoss(routing)),
    dropped: mean(({ routing, dropped }) => dropped.to("float32").div(routing.indices.size)),
  };
}
