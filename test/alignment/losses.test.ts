import { describe, expect, test } from "vitest";
import {
  dpoLoss,
  grpoLoss,
  maskedMean,
  ppoLoss,
  rewardLoss,
  sftLoss,
  tokenEntropy,
  tokenLogProbs,
} from "../../kernel-helpers/alignment/index.ts";
import { normal, ones, tensor, zeros } from "../../kernel-helpers/tensor/index.ts";

describe("the first loss", () => {
  const logProbs = normal([8], { seed: 1, mean: -20 });
  const rejected = normal([8], { seed: 2, mean: -20 });

  test("of DPO is ln 2, and no reward is ahead of the other", () => {
    const inputs = { chosen: logProbs, rejected, referenceChosen: logProbs, referenceRejected: rejected };
    for (const beta of [0.05, 0.1, 1]) {
      const { loss, metrics } = dpoLoss(inputs, { beta });
      expect(loss.item()).toBeCloseTo(0.6931, 4);
      expect(metrics["rewards/margins"]!.item()).toBe(0);
    }
    expect(dpoLoss(inputs, { lossType: "hinge" }).loss.item()).toBe(1);
    const lengths = { chosenLength: ones([8]), rejectedLength: ones([8]) };
    expect(dpoLoss({ ...inputs, ...lengths }, { lossType: "ipo", beta: 0.1 }).loss.item()).toBeCloseTo(25, 4); // (1 / 2β)²
  });

  test("of PPO has a ratio of 1, clips nothing, and is minus the mean advantage", () => {
    const old = normal([4, 6], { seed: 3, mean: -2 });
    const advantages = normal([4, 6], { seed: 4 });
    const values = normal([4, 6], { seed: 5 });
    const mask = tensor([
      [0, 1, 1, 1, 0, 0],
      [0, 0, 1, 1, 1, 1],
      [1, 1, 0, 0, 0, 0],
      [0, 1, 1, 0, 0, 0],
    ]);
    const { loss, metrics } = ppoLoss({ logProbs: old, oldLogProbs: old, advantages, values, oldValues: values, returns: values, mask });
    expect(metrics["val/ratio"]!.item()).toBeCloseTo(1, 6);
    expect(metrics["val/ratio_var"]!.item()).toBeCloseTo(0, 10);
    expect(metrics["policy/approxkl_avg"]!.item()).toBe(0);
    expect(metrics["policy/clipfrac_avg"]!.item()).toBe(0);
    expect(loss.item()).toBeCloseTo(-maskedMean(advantages, mask).item(), 6);
  });

  test("of GRPO has a ratio of 1 and no KL divergence from the reference", () => {
    const old = normal([4, 6], { seed: 3, mean: -2 });
    const inputs = { logProbs: old, oldLogProbs: old, referenceLogProbs: old, advantages: tensor([1, -1, 0.5, -0.5]), mask: ones([4, 6]) };
    const { loss, metrics } = grpoLoss(inputs, { beta: 0.1 });
    expect(loss.item()).toBeCloseTo(0, 6);
    expect(metrics["ratio"]!.item()).toBeCloseTo(1, 6);
    expect(metrics["kl"]!.item()).toBe(0);
  });

  test("of a reward model that scores all alike is ln 2, and an accuracy of 0", () => {
    const { loss, metrics } = rewardLoss({ chosen: zeros([5]), rejected: zeros([5]) });
    expect(loss.item()).toBeCloseTo(Math.LN2, 6);
    expect(metrics["accuracy"]!.item()).toBe(0);
  });

  test("of SFT under uniform logits is ln V, as the entropy is", () => {
    const { loss, metrics } = sftLoss({ logits: zeros([2, 5, 7]), ids: zeros([2, 5], { dtype: "int64" }), mask: ones([2, 4]) });
    expect(loss.item()).toBeCloseTo(Math.log(7), 5);
    expect(metrics["entropy"]!.item()).toBeCloseTo(Math.log(7), 5);
  });
});

describe("Dr. GRPO", () => {
  test("weighs a long answer's tokens as those of a short one, where GRPO makes them count less", () => {
    const mask = tensor([
      [1, 0, 0, 0],
      [1, 1, 1, 1],
    ]);
    const inputs = { logProbs: zeros([2, 4]), oldLogProbs: zeros([2, 4]), advantages: tensor([-1, -1]), mask };
    // Each answer of GRPO counts 1/2 whatever its length; in Dr. GRPO five tokens of the 2 · 4 there is room for count 1/8 each.
    expect(grpoLoss(inputs).loss.item()).toBeCloseTo(1, 6);
    expect(grpoLoss(inputs, { lossType: "dr_grpo", maxCompletionLength: 4 }).loss.item()).toBeCloseTo(5 / 8, 6);
    expect(grpoLoss({ ...inputs, advantages: tensor([0, -1]) }).loss.item()).toBeCloseTo(1 / 2, 6);
  });
});

describe("tokens", () => {
  test("have the log-probability that the logits before them give, and an entropy", () => {
    const logits = tensor([
      [
        [0, Math.log(3)],
        [Math.log(4), 0],
        [9, 9],
      ],
    ]);
    const ids = tensor([[0, 1, 0]], { dtype: "int64" });
    const [first, second] = tokenLogProbs(logits, ids).data as Float32Array;
    expect([Math.exp(first!), Math.exp(second!)].map((p) => p.toFixed(5))).toEqual(["0.75000", "0.80000"]);
    expect(tokenEntropy(logits, ids).data[0]).toBeCloseTo(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)), 5);
  });

  test("of another shape than the logits are refused", () => {
    expect(() => tokenLogProbs(zeros([1, 3, 2]), zeros([1, 4], { dtype: "int64" }))).toThrow("logits (1, 3, 2) do not go with ids (1, 4)");
  });
});

describe("options out of range", () => {
  const some = { chosen: ones([2]), rejected: ones([2]), referenceChosen: ones([2]), referenceRejected: ones([2]) };

  test("are refused by name", () => {
    expect(() => dpoLoss(some, { beta: 0 })).toThrow("beta must be > 0, got 0");
    expect(() => dpoLoss(some, { labelSmoothing: 0.5 })).toThrow("labelSmoothing must be ≥ 0 and < 0.5, got 0.5");
    expect(() => dpoLoss(some, { lossType: "hinge", labelSmoothing: 0.1 })).toThrow('labelSmoothing does not go with the loss "hinge"');
    expect(() => dpoLoss(some, { lossType: "ipo" })).toThrow("pass chosenLength and rejectedLength");
    const tokens = { logProbs: zeros([1, 2]), oldLogProbs: zeros([1, 2]), advantages: zeros([1]), mask: ones([1, 2]) };
    expect(() => grpoLoss(tokens, { beta: 0.1 })).toThrow("pass referenceLogProbs, or beta: 0");
  });
});
