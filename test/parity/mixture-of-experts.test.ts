/** Mixtures of experts and the losses of their routers against those of transformers: values and gradients, eager and compiled. */
import { describe } from "vitest";
import {
  Experts,
  Linear,
  loadBalancingLoss,
  MixtureOfExperts,
  Router,
  routerZLoss,
  SwiGLU,
  type Module,
  type MixtureOfExpertsOptions,
  type RouterOptions,
} from "../../kernel-helpers/nn/index.ts";
import { tensor, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { testAgainstTorch, type Row } from "./against-torch.ts";
import { same, type Case } from "./compare.ts";
import type { Draw, Sizes } from "./draw.ts";
import { py } from "./operators/row.ts";

const seed = 1; // of what the comparisons replace

/** With random numbers for parameters, small enough that no sigmoid is full. */
const randomized = <M extends Module>(module: M, draw: Draw): M =>
  module.load(Object.fromEntries(Object.entries(module.parameters()).map(([name, { shape }]) => [name, draw.normal(shape).mul(0.5)])));

const sizesOf = (draw: Draw) => ({ width: draw.size(), hidden: draw.size(), x: [draw.size(), draw.size()] });

interface Sized extends RouterOptions {
  width: number;
  hidden: number;
}

function mixture(draw: Draw, { width, hidden, ...router }: Sized, options: MixtureOfExpertsOptions = {}): MixtureOfExperts {
  return randomized(
    new MixtureOfExperts(new Router(width, { ...router, seed }), new Experts(router.experts, width, hidden, { seed }), options),
    draw,
  );
}

function compared(
  draw: Draw,
  module: MixtureOfExperts,
  shape: readonly number[],
  torch: string,
  others: Record<string, Tensor> = {},
): Case {
  const inputs = { x: draw.normal(shape), ...others };
  return same(inputs, ({ x }) => module.forward(x!), torch, { parameters: module.parameters(), order: 1 });
}

const rows: readonly Row[] = [
  [
    "a layer as Mixtral has it",
    (draw) => {
      const { width, hidden, x } = sizesOf(draw);
      const experts = 1 + draw.integer(8);
      const topK = 1 + draw.integer(experts);
      const module = mixture(draw, { width, hidden, experts, topK, normalize: true });
      return compared(draw, module, [...x, width], `mixtral_block(given, ${topK})`);
    },
  ],
  [
    "a layer as Qwen2-MoE has it, with a shared expert behind a gate",
    (draw) => {
      const { width, hidden, x } = sizesOf(draw);
      const experts = 1 + draw.integer(8);
      const [topK, normalize] = [1 + draw.integer(experts), draw.flip()];
      const options = { shared: new SwiGLU(width, 1 + draw.size(), { seed }), sharedGate: new Linear(width, 1, { bias: false, seed }) };
      const module = mixture(draw, { width, hidden, experts, topK, normalize }, options);
      return compared(draw, module, [...x, width], `qwen2_moe_block(given, ${topK}, ${py(normalize)})`);
    },
  ],
  [
    "a layer as DeepSeek-V3 has it, with sigmoids, biases and groups",
    (draw) => {
      const { width, hidden, x } = sizesOf(draw);
      const [count, size, scale] = [1 + draw.integer(4), 2 + draw.integer(2), draw.choose([1, 2.5])];
      const chosen = 1 + draw.integer(count);
      const [experts, topK] = [count * size, 2 + draw.integer(chosen * size - 1)]; // with one, transformers doesn't normalise as the paper does
      const shared = new SwiGLU(width, 2 * hidden, { seed });
      const router = { gate: "sigmoid", scale, groups: { count, chosen }, biasUpdateRate: 0.01 } as const;
      const module = mixture(draw, { width, hidden, experts, topK, ...router }, { shared }).eval();
      const steps = tensor(Array.from({ length: experts }, () => draw.integer(41) - 20), { dtype: "int64" }); // prettier-ignore
      module.gate.biasSteps!.assign(steps);
      const bias = steps.to("float32").mul(0.01);
      const torch = `deepseek_v3_block(given, ${topK}, ${count}, ${chosen}, ${scale})`;
      return compared(draw, module, [...x, width], torch, { bias: bias.detach() });
    },
  ],
  [
    "a layer of one expert a token as Switch has it, which drops what is beyond its capacity",
    (draw) => {
      const { width, hidden, x } = sizesOf(draw);
      const [experts, T] = [1 + draw.integer(5), x[1]!];
      const capacity = 1 + draw.integer(T);
      const module = randomized(
        new MixtureOfExperts(
          new Router(width, { experts, topK: 1, seed }),
          new Experts(experts, width, hidden, { activation: "gelu", seed }),
          {
            capacityFactor: ((capacity - 0.5) * experts) / T, // rounded up it is the capacity
          },
        ),
        draw,
      );
      return compared(draw, module, [1, T, width], `switch_layer(given, ${capacity})`);
    },
  ],
  [
    "loadBalancingLoss as Switch's",
    (draw) => {
      const [N, experts] = [draw.size(), 1 + draw.size()];
      return same({ logits: draw.normal([N, experts]) }, ({ logits }) => lossOf(logits, 1), "switch_balancing(logits)");
    },
  ],
  [
    "loadBalancingLoss of several experts a token as Mixtral's",
    (draw) => {
      const [N, experts] = [draw.size(), 1 + draw.size()];
      const k = 1 + draw.integer(experts);
      return same({ logits: draw.normal([N, experts]) }, ({ logits }) => lossOf(logits, k), `mixtral_balancing(logits, ${k})`);
    },
  ],
  [
    "routerZLoss",
    (draw) => same({ logits: draw.normal([draw.size(), draw.size()]) }, ({ logits }) => routerZLoss({ logits }), "switch_z(logits)"),
  ],
];

/** The loss of a router whose logits are given: with the unit matrix as its weight. */
function lossOf(logits: Tensor, topK: number): Tensor {
  const experts = logits.shape[1]!;
  const router = new Router(experts, { experts, topK, seed });
  const unit = Array.from({ length: experts }, (_, row) => Array.from({ length: experts }, (_one, column) => (row === column ? 1 : 0)));
  router.weight.assign(tensor(unit));
  return loadBalancingLoss(router.forward(logits));
}

const draws: readonly Sizes[] = ["ones", "any", "any", "any", "any"];
describe("against transformers", () => {
  testAgainstTorch(rows, draws);
});
