import { describe, expect, test } from "vitest";
import {
  countShape,
  deepSeekV3,
  h800,
  planParallelism,
  ringSeconds,
  stepCost,
  type Cluster,
  type Work,
} from "../../kernel-helpers/distributed/index.ts";

const work: Work = { model: deepSeekV3, sequences: 15_360, length: 4096, overlap: 0.9 };

describe("DeepSeek-V3's shape", () => {
  test("has the published 671 billion parameters, 37 billion of which work for a token", () => {
    const { parameters, active } = countShape(deepSeekV3);
    expect(Math.round(parameters / 1e9)).toBe(671);
    expect(Math.round(active / 1e9)).toBe(37);
  });

  test("a dense GPT has its 12 · width² numbers a layer, and its table twice", () => {
    expect(countShape({ layers: 2, width: 3, vocabulary: 5 }).parameters).toBe(2 * (4 * 9 + 3 * 3 * 8) + 2 * 15);
  });
});

describe("the cost of a step", () => {
  test("a ring of n sends 2(n − 1)/n of the bytes and waits 2(n − 1) times", () => {
    expect(ringSeconds(1, 1e9, 1e9)).toBe(0);
    expect(ringSeconds(2, 1e9, 1e9)).toBeCloseTo(1);
    expect(ringSeconds(4, 1e9, 1e9, 0.01)).toBeCloseTo(1.5 + 0.06);
  });

  test("one GPU only computes; two halves of a batch add the gradients' way", () => {
    const cluster: Cluster = { flops: 1e12, memory: 1e12, perNode: 1, inNode: 1e9, betweenNodes: 1e9, latency: 0 };
    const model = { layers: 2, width: 64, vocabulary: 100 };
    const { parameters, active } = countShape(model);
    const small: Work = { model, sequences: 4, length: 10, bytes: 4 };
    const one = stepCost(small, cluster, { data: 1 });
    expect(one.seconds).toBeCloseTo((6 * active * 40) / 1e12, 12);
    const two = stepCost(small, cluster, { data: 2 });
    expect(two.seconds).toBeCloseTo(one.seconds / 2 + (parameters * 4) / 1e9, 12);
    expect(two.efficiency).toBeLessThan(one.efficiency);
  });

  test("a pipeline's bubble is (p − 1)/m of the computing", () => {
    const { parts } = stepCost(work, h800, { data: 128, pipeline: 16, expert: 64 });
    expect(parts.bubble / parts.compute).toBeCloseTo(15 / (15_360 / 128));
  });

  test("ZeRO-1 cuts the optimizer's bytes by the number of workers", () => {
    const model = { layers: 2, width: 64, vocabulary: 100 };
    const { parameters } = countShape(model);
    const memory = (data: number): number => stepCost({ model, sequences: 64, length: 1 }, h800, { data }).memory;
    expect(memory(1) - memory(4)).toBeCloseTo(parameters * 12 * (1 - 1 / 4));
  });

  test("what DeepSeek chose for 2,048 GPUs fits, and comes out at what it published: 180,000 GPU hours for 10¹² tokens, within a third", () => {
    const { tokensPerSecond, gpus, fits } = stepCost(work, h800, { data: 128, pipeline: 16, expert: 64 });
    expect(gpus).toBe(2048);
    expect(fits).toBe(true);
    const hours = ((1e12 / tokensPerSecond) * gpus) / 3600;
    expect(Math.abs(hours / 180_000 - 1)).toBeLessThan(1 / 3);
  });

  test("data parallelism alone cannot hold it; the plans that can come first", () => {
    expect(stepCost(work, h800, { data: 2048 }).fits).toBe(false);
    const plans = planParallelism(work, h800, 2048);
    expect(plans[0]!.fits).toBe(true);
    expect(plans.at(-1)!.fits).toBe(false);
    expect(plans.every(({ gpus }) => gpus === 2048)).toBe(true);
    const fitting = plans.filter(({ fits }) => fits).map(({ seconds }) => seconds);
    expect(fitting).toEqual(fitting.toSorted((a, b) => a - b));
  });
});

describe("what a plan is given", () => {
  test.each([
    [() => stepCost(work, h800, { data: 3, expert: 2 }), /divisor of data/],
    [() => stepCost(work, h800, { data: 1, pipeline: 62 }), /pipeline/],
    [() => stepCost(work, { ...h800, flops: 0 }, { data: 1 }), /cluster\.flops/],
    [() => stepCost({ ...work, overlap: 2 }, h800, { data: 1 }), /overlap/],
    [() => planParallelism(work, h800, 12), /power of two/],
    [() => countShape({ ...deepSeekV3, with: 3 } as never), /no option "with"/],
  ])("%# is refused", (call, message) => expect(call).toThrow(message));
});
