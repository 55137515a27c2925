/** What must hold of every mixture of experts, whatever the numbers: parity/mixture-of-experts.test.ts has the numbers. */
import { describe, expect, test } from "vitest";
import {
  createRandom,
  Experts,
  loadBalancingLoss,
  loadEntropy,
  MixtureOfExperts,
  Router,
  routerZLoss,
  type RouterOptions,
} from "../../kernel-helpers/nn/index.ts";
import { grad, jit, tensor, type Tensor } from "../../kernel-helpers/tensor/index.ts";

const width = 6;
const drawn = (shape: number[], seed: number): Tensor => {
  const random = createRandom(seed);
  return tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    { shape },
  );
};
const integers = (x: Tensor): number[] => Array.from(x.data as BigInt64Array, Number);

/** Layers and tokens of many kinds. */
const trials = Array.from({ length: 24 }, (_, seed) => {
  const random = createRandom(seed);
  const count = [1, 2, 4][random.integer(3)]!;
  const experts = count * (1 + random.integer(4));
  const topK = 1 + random.integer(experts);
  const router: RouterOptions = {
    experts,
    topK,
    gate: random.integer(2) === 0 ? "softmax" : "sigmoid",
    normalize: true,
    ...(random.integer(2) === 0 && { biasUpdateRate: 0.1 }),
    groups: { count, chosen: Math.min(count, Math.ceil(topK / (experts / count)) + random.integer(2)) },
    seed,
  };
  return { seed, router, tokens: 1 + random.integer(20), capacityFactor: [undefined, 0.3, 1, 1.25][random.integer(4)] };
});

interface Trial {
  seed: number;
  router: RouterOptions;
  tokens: number;
  capacityFactor?: number | undefined;
}

function layerOf({ router, seed, capacityFactor }: Trial): MixtureOfExperts {
  const experts = new Experts(router.experts, width, 5, { seed: seed + 100 });
  return new MixtureOfExperts(new Router(width, router), experts, capacityFactor === undefined ? {} : { capacityFactor });
}

/** One expert's network, computed by itself. */
function alone(experts: Experts, expert: number, x: Tensor): Tensor {
  const matrix = (of: Tensor): Tensor => of.slice(expert);
  const up = x.matmul(matrix(experts.up_proj).T);
  const hidden = experts.gate_proj ? x.matmul(matrix(experts.gate_proj).T).silu().mul(up) : up.gelu({ approximate: "tanh" });
  return hidden.matmul(matrix(experts.down_proj).T);
}

describe.each(trials)("$router.topK of $router.experts experts, $tokens tokens, capacity $capacityFactor", (trial: Trial) => {
  const layer = layerOf(trial);
  const x = drawn([trial.tokens, width], trial.seed + 200);
  const { y, routing, dropped } = layer.mix(x);
  const indices = integers(routing.indices);
  const { topK, experts } = trial.router;

  test("each token has k different experts, whose weights add up to 1, the likeliest first", () => {
    for (let token = 0; token < trial.tokens; token++) {
      const own = indices.slice(token * topK, (token + 1) * topK);
      expect(new Set(own).size).toBe(topK);
      expect(own.every((expert) => expert >= 0 && expert < experts)).toBe(true);
    }
    for (const sum of routing.weights.sum(1).data as Float32Array) expect(sum).toBeCloseTo(1, 5);
    for (const sum of routing.probabilities.sum(1).data as Float32Array) expect(sum).toBeCloseTo(1, 5);
  });

  test("no expert computes more than its capacity, and what is dropped is counted", () => {
    const load = integers(routing.load);
    expect(load.reduce((a, b) => a + b, 0)).toBe(trial.tokens * topK);
    const capacity = layer.capacity(trial.tokens) ?? Infinity;
    expect(dropped.item()).toBe(load.reduce((sum, count) => sum + Math.max(0, count - capacity), 0));
  });

  test("each token that is kept is computed by exactly its experts", () => {
    const capacity = layer.capacity(trial.tokens) ?? Infinity;
    const weights = routing.weights.data as Float32Array;
    const used = Array.from({ length: experts }, () => 0);
    const expected = Array.from({ length: trial.tokens }, () => new Float32Array(width));
    const outputs = Array.from({ length: experts }, (_, expert) => alone(layer.experts, expert, x).data as Float32Array);
    for (let choice = 0; choice < topK; choice++) {
      for (let token = 0; token < trial.tokens; token++) {
        const expert = indices[token * topK + choice]!;
        if (++used[expert]! > capacity) continue;
        const weight = weights[token * topK + choice]!;
        for (let at = 0; at < width; at++) expected[token]![at]! += weight * outputs[expert]![token * width + at]!;
      }
    }
    const found = y.data as Float32Array;
    expected.flatMap((row) => [...row]).forEach((number, at) => expect(found[at]).toBeCloseTo(number, 5));
  });
});

describe("a mixture of experts", () => {
  const options = { experts: 4, topK: 2, seed: 1 };
  const experts = new Experts(4, width, 5, { seed: 2 });

  test("gives experts that no token goes to no gradient", () => {
    const layer = new MixtureOfExperts(new Router(width, options), experts);
    const x = drawn([3, width], 3);
    const { up_proj } = grad(() => layer.forward(x).square().sum())(layer.experts.parameters());
    const used = new Set(integers(layer.mix(x).routing.indices));
    for (let expert = 0; expert < 4; expert++) {
      expect(up_proj!.slice(expert).abs().max().item() > 0).toBe(used.has(expert));
    }
  });

  test("drops nothing in evaluation", () => {
    const layer = new MixtureOfExperts(new Router(width, options), experts, { capacityFactor: 0.1 });
    const x = drawn([40, width], 4);
    expect(layer.mix(x).dropped.item()).toBeGreaterThan(0);
    expect(layer.eval().mix(x).dropped.item()).toBe(0);
    expect(layer.capacity(40)).toBeUndefined();
  });

  test("keeps the shape of what it is given", () => {
    expect(new MixtureOfExperts(new Router(width, options), experts).forward(drawn([2, 3, width], 5)).shape).toEqual([2, 3, width]);
  });

  test("refuses a router of another size", () => {
    expect(() => new MixtureOfExperts(new Router(width, { ...options, experts: 5 }), experts)).toThrow(
      "a router of 5 experts of width 6 does not fit 4 experts of 6",
    );
  });
});

describe("a router", () => {
  test("balances by biases alone: the load evens out, and evaluation leaves the biases as they are", () => {
    const router = new Router(width, { experts: 8, topK: 2, gate: "sigmoid", biasUpdateRate: 0.005, seed: 7 });
    router.weight.assign(router.weight.add(drawn([8, 1], 8).mul(0.1))); // some experts are likelier than others
    const x = drawn([512, width], 9).add(1);
    const step = jit(() => loadEntropy(router.forward(x).load));
    const before = step().item();
    for (let count = 0; count < 200; count++) step();
    expect(before).toBeLessThan(0.9);
    expect(step().item()).toBeGreaterThan(0.98);
    const steps = integers(router.biasSteps!);
    router.eval().forward(x);
    expect(integers(router.biasSteps!)).toEqual(steps);
    expect(Object.keys(router.parameters())).toEqual(["weight"]);
    expect(Object.keys(router.state())).toEqual(["weight", "biasSteps"]);
  });

  test("keeps to the best groups", () => {
    const router = new Router(width, { experts: 12, topK: 3, groups: { count: 4, chosen: 1 }, seed: 10 });
    const indices = integers(router.forward(drawn([50, width], 11)).indices);
    for (let token = 0; token < 50; token++) {
      expect(new Set(indices.slice(token * 3, token * 3 + 3).map((expert) => Math.floor(expert / 3))).size).toBe(1);
    }
  });

  test.each([
    [{ experts: 4, topK: 5, seed: 1 }, "topK must be an integer ≥ 1 and ≤ 4, got 5"],
    [{ experts: 4, topK: 2 }, "Router needs a seed"],
    [{ experts: 4, topK: 2, seed: 1, gate: "relu" }, "gate"],
    [
      { experts: 6, topK: 4, seed: 1, groups: { count: 3, chosen: 1 } },
      "1 of 3 groups of 6 experts do not have 4 experts each token can go to",
    ],
  ])("refuses %j", (given, message) => {
    expect(() => new Router(width, given as RouterOptions)).toThrow(message);
  });
});

describe("losses of a router", () => {
  const uniform = tensor(
    Float32Array.from({ length: 32 }, () => 0.125),
    { shape: [4, 8] },
  );

  test("the balancing loss is 1 when all experts are used alike and E when one has everything", () => {
    const even = tensor([1, 1, 1, 1, 1, 1, 1, 1], { dtype: "int64" });
    expect(loadBalancingLoss({ load: even, probabilities: uniform }).item()).toBeCloseTo(1, 6);
    const one = tensor([8, 0, 0, 0, 0, 0, 0, 0], { dtype: "int64" });
    const certain = tensor([[1, 0, 0, 0, 0, 0, 0, 0]]);
    expect(loadBalancingLoss({ load: one, probabilities: certain }).item()).toBeCloseTo(8, 6);
  });

  test("the z-loss of E equal logits of 0 is (log E)²", () => {
    expect(routerZLoss({ logits: tensor([[0, 0, 0, 0]]) }).item()).toBeCloseTo(Math.log(4) ** 2, 6);
  });

  test("the load's entropy is 1 when even, log 2 / log 4 for two of four, and 0 after a collapse", () => {
    const entropy = (...load: number[]): number => loadEntropy(tensor(load, { dtype: "int64" })).item();
    expect([entropy(5, 5, 5, 5), entropy(7, 0, 7, 0), entropy(0, 9, 0, 0), entropy(3)].map((number) => Math.abs(number))).toEqual(
      [1, 0.5, 0, 0].map((number) => expect.closeTo(number, 6)),
    );
  });
});
