import { describe, expect, test } from "vitest";
import {
  adaptiveKlController,
  exactKl,
  fixedKlController,
  generalizedAdvantages,
  groupAdvantages,
  klEstimate,
} from "../../kernel-helpers/alignment/index.ts";
import { createRandom } from "../../kernel-helpers/nn/index.ts";
import { normal, tensor, type Tensor } from "../../kernel-helpers/tensor/index.ts";

const numbersOf = (values: Tensor): number[] => Array.from(values.data as Float32Array);

/** ln p and ln q of samples of p, over a small vocabulary; and KL(p ‖ q) by its definition, in float64. */
function sampled(seed: number, distance: number, count: number): { p: Tensor; q: Tensor; exact: number; logits: [Tensor, Tensor] } {
  const V = 5;
  const one = normal([V], { seed });
  const other = one.add(normal([V], { seed: seed + 100, std: distance }));
  const distribution = (logits: Tensor): number[] => {
    const weights = numbersOf(logits).map(Math.exp);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  };
  const [p, q] = [distribution(one), distribution(other)];
  const exact = p.reduce((sum, probability, id) => sum + probability * Math.log(probability / q[id]!), 0);
  const random = createRandom(seed);
  const ids = Array.from({ length: count }, () => {
    let left = random.next();
    return Math.min(V - 1, p.findIndex((probability) => (left -= probability) < 0) >>> 0);
  });
  return { p: tensor(ids.map((id) => Math.log(p[id]!))), q: tensor(ids.map((id) => Math.log(q[id]!))), exact, logits: [one, other] };
}

describe("estimates of a KL divergence", () => {
  test.each([1, 2, 3, 4, 5, 6])("agree with the exact one within four standard errors (world %i)", (seed) => {
    const { p, q, exact, logits } = sampled(seed, 0.5, 20_000);
    expect(exactKl(logits[0], logits[1]).item()).toBeCloseTo(exact, 5);
    for (const estimator of ["k1", "k3"] as const) {
      const values = numbersOf(klEstimate(p, q, estimator));
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean - exact)).toBeLessThan(4 * Math.sqrt(variance / values.length));
    }
  });

  test("by k2 and k3 are never below 0, where k1 is for some samples; and k3 varies less than k1", () => {
    const { p, q } = sampled(3, 0.5, 5000);
    const [k1, k2, k3] = (["k1", "k2", "k3"] as const).map((estimator) => numbersOf(klEstimate(p, q, estimator)));
    expect(Math.min(...k1!)).toBeLessThan(0);
    expect(Math.min(...k2!)).toBeGreaterThanOrEqual(0);
    expect(Math.min(...k3!)).toBeGreaterThanOrEqual(0);
    const spread = (values: number[]): number => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    };
    expect(spread(k3!)).toBeLessThan(spread(k1!));
  });

  test("by k2 is biased, and the less the nearer the distributions are", () => {
    const bias = (distance: number): number => {
      const { p, q, exact } = sampled(2, distance, 100_000);
      return Math.abs(klEstimate(p, q, "k2").mean().item() / exact - 1);
    };
    expect(bias(0.1)).toBeLessThan(0.1);
    expect(bias(2)).toBeGreaterThan(0.2);
  });

  test("by another name are refused", () => {
    expect(() => klEstimate(tensor([0]), tensor([0]), "k4" as "k3")).toThrow('estimator must be one of "k1", "k2", "k3"');
  });
});

describe("generalised advantages", () => {
  /** The definition, as a sum over all later tokens: A_t = Σ (γλ)^l δ_{t+l}. */
  const byDefinition = (rewards: number[], values: number[], gamma: number, lam: number): number[] => {
    const deltas = rewards.map((reward, t) => reward + gamma * (values[t + 1] ?? 0) - values[t]!);
    return deltas.map((_, t) => deltas.slice(t).reduce((sum, delta, l) => sum + (gamma * lam) ** l * delta, 0));
  };

  test("are the sum that defines them, for random rewards and values", () => {
    const random = createRandom(1);
    for (let trial = 0; trial < 50; trial++) {
      const T = 1 + random.integer(12);
      const [rewards, values] = [0, 1].map(() => Array.from({ length: T }, () => random.normal())) as [number[], number[]];
      const [gamma, lam] = [random.next(), random.next()];
      const found = generalizedAdvantages(rewards, values, { gamma, lam });
      byDefinition(rewards, values, gamma, lam).forEach((advantage, t) => {
        expect(found.advantages[t]).toBeCloseTo(advantage, 10);
        expect(found.returns[t]).toBeCloseTo(advantage + values[t]!, 10);
      });
    }
  });

  test("with λ = 1 and γ = 1 are what is still to come less what was expected", () => {
    expect(generalizedAdvantages([1, 2, 4], [10, 20, 30], { lam: 1 }).advantages).toEqual([7 - 10, 6 - 20, 4 - 30]);
  });

  test("of rewards without their values are refused", () => {
    expect(() => generalizedAdvantages([1, 2], [1])).toThrow("values must be one for each of the 2 rewards, got an array of 1");
  });
});

describe("advantages within groups", () => {
  test("are distances from the group's mean, in its standard deviations", () => {
    const { advantages, fracRewardZeroStd } = groupAdvantages([0, 1, 2, 5, 5, 5], { numGenerations: 3 });
    expect(advantages.map((advantage) => Number(advantage.toFixed(3)))).toEqual([-1, 0, 1, 0, 0, 0]);
    expect(fracRewardZeroStd).toBe(0.5);
  });

  test("are not scaled for Dr. GRPO", () => {
    expect(groupAdvantages([0, 1, 2, 0, 0, 3], { numGenerations: 3, scaleRewards: "none" }).advantages).toEqual([-1, 0, 1, -1, -1, 2]);
  });

  test("of half a group are refused", () => {
    expect(() => groupAdvantages([1, 2, 3], { numGenerations: 2 })).toThrow("rewards must be a multiple of 2 numbers, got an array of 3");
  });
});

describe("a KL controller", () => {
  test("that is fixed stays what it is", () => {
    const controller = fixedKlController(0.1);
    controller.update(100, 10);
    expect(controller.value).toBe(0.1);
  });

  test("that adapts follows Ziegler's rule: K ← K (1 + clip(KL / target − 1, ±0.2) n / horizon)", () => {
    const controller = adaptiveKlController(0.2, { target: 6, horizon: 10_000 });
    controller.update(6.6, 256);
    expect(controller.value).toBeCloseTo(0.2 * (1 + (0.1 * 256) / 10_000), 12);
    controller.update(60, 256);
    expect(controller.value).toBeCloseTo(0.2 * (1 + 0.00256) * (1 + (0.2 * 256) / 10_000), 12);
    const before = controller.value;
    controller.update(0, 256);
    expect(controller.value).toBeLessThan(before);
  });
});
