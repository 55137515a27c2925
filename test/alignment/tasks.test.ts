import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  adaptiveKlController,
  completionLogProbs,
  copyGpt,
  dpo,
  ppo,
  rewardModeling,
  scoredBy,
  ScoreModel,
  sft,
  type Preference,
} from "../../kernel-helpers/alignment/index.ts";
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import { GPT } from "../../kernel-helpers/llm/index.ts";
import { AdamW } from "../../kernel-helpers/optim/index.ts";
import { train } from "../../kernel-helpers/train/index.ts";
import { countOf, endId, maxCompletionLength, prompts, runGrpo, runPpo, smallGpt } from "./small.ts";

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** Of two completions, that with 3 in it is better. */
const preferences: Preference[] = Array.from({ length: 24 }, (_, index) => ({
  prompt: prompts[index % 3]!,
  chosen: [4 + (index % 4), 3, endId],
  rejected: [4 + (index % 3), 4 + (index % 5), 5, endId],
}));

describe("supervised fine-tuning", () => {
  test("makes the examples likely, and learns nothing of the prompts", async () => {
    const policy = smallGpt();
    const examples = prompts.map((prompt) => ({ prompt, completion: [5, 6, endId] }));
    const before = await completionLogProbs(policy, examples);
    const task = sft({ policy, examples, batchSize: 3 });
    const run = await train({ ...task, optimizer: new AdamW(policy.parameters(), { learningRate: 0.03 }), steps: 40, show: false });
    const after = await completionLogProbs(policy, examples);
    after.forEach((logProb, index) => expect(logProb).toBeGreaterThan(before[index]! + 4));
    expect(run.history.loss.at(-1)! * 3).toBeCloseTo(-mean(after), 0); // three tokens each, and no token of a prompt
    expect(run.history.metrics["mean_token_accuracy"]!.at(-1)).toBe(1);
  });
});

describe("preferences", () => {
  test("teach a reward model, which then scores completions", async () => {
    const model = new ScoreModel(smallGpt(), { seed: 2 });
    const task = rewardModeling({ model, preferences, batchSize: 8 });
    const run = await train({ ...task, optimizer: new AdamW(model.parameters(), { learningRate: 0.01 }), steps: 40, show: false });
    expect(mean(run.history.metrics["accuracy"]!.slice(-3))).toBeGreaterThan(0.95);
    const [good, bad] = await scoredBy(model)([
      { prompt: [1], ids: [7, 3, endId], isEnded: true },
      { prompt: [1], ids: [7, 7, 5, endId], isEnded: true },
    ]);
    expect(good).toBeGreaterThan(bad! + 1);
  });

  test("are scored in rows as long as the texts, not as the model's context", async () => {
    const gpt = new GPT({ vocabularySize: 10, contextLength: 100_000, layers: 1, heads: 1, width: 4, seed: 1 }); // 100,000² floats are 40 GB
    const reward = scoredBy(new ScoreModel(gpt));
    const [alone] = await reward([{ prompt: [1], ids: [2, 3], isEnded: true }]);
    const [besideLonger] = await reward([
      { prompt: [1], ids: [2, 3], isEnded: true },
      { prompt: [1], ids: Array<number>(20).fill(2), isEnded: true },
    ]);
    expect(besideLonger).toBeCloseTo(alone!, 5);
    await expect(reward([{ prompt: [1], isEnded: true } as never])).rejects.toThrow(ArgumentError);
  });

  test("teach a policy by DPO, from a first loss of 0.6931", async () => {
    const policy = smallGpt();
    const task = await dpo({ policy, preferences, batchSize: 8, beta: 0.3 });
    const run = await train({ ...task, optimizer: new AdamW(policy.parameters(), { learningRate: 0.01 }), steps: 30, show: false });
    expect(run.history.loss[0]).toBeCloseTo(0.6931, 4);
    expect(run.history.loss.at(-1)).toBeLessThan(0.3);
    expect(run.history.metrics["rewards/accuracies"]!.at(-1)).toBe(1);
    const [chosen, rejected] = await Promise.all(
      (["chosen", "rejected"] as const).map((side) =>
        completionLogProbs(
          policy,
          preferences.map((pair) => ({ prompt: pair.prompt, completion: pair[side] })),
        ),
      ),
    );
    expect(mean(chosen!) - mean(rejected!)).toBeGreaterThan(5);
  });
});

describe("PPO", () => {
  test("begins each rollout with a ratio of 1, and gets more of what is rewarded", async () => {
    const run = await runPpo({ steps: 30, klCoef: 0.02 });
    const { metrics } = run.history;
    metrics["val/ratio"]!.forEach((ratio, step) => step % 2 === 0 && expect(Math.abs(ratio - 1)).toBeLessThan(1e-4));
    expect(metrics["val/ratio_var"]!.filter((_, step) => step % 2 === 1).every((variance) => variance > 0)).toBe(true);
    expect(metrics["objective/kl"]![0]).toBeCloseTo(0, 5);
    expect(mean(metrics["objective/scores"]!.slice(-4))).toBeGreaterThan(2 * mean(metrics["objective/scores"]!.slice(0, 4)));
    expect(metrics["objective/rlhf_reward"]!.at(-1)).toBeCloseTo(
      metrics["objective/scores"]!.at(-1)! + metrics["objective/non_score_reward"]!.at(-1)!,
      5,
    );
  });

  test("costs what it says: a KL coefficient that is large keeps the policy near the reference", async () => {
    const [free, held] = await Promise.all([0, 2].map((klCoef) => runPpo({ steps: 20, klCoef })));
    const last = (run: typeof free): number => mean(run!.history.metrics["objective/kl"]!.slice(-4));
    expect(last(held)).toBeLessThan(last(free) / 3);
  });

  test("that crashed in the middle of a rollout goes on bit for bit", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "ppo-"));
    const controller = () => adaptiveKlController(0.1, { target: 0.5, horizon: 100 });
    try {
      const straight = await runPpo({ steps: 12, klCoef: controller(), numPpoEpochs: 4 });
      const crash = runPpo({
        steps: 12,
        klCoef: controller(),
        numPpoEpochs: 4,
        train: {
          checkpoint: { folder, every: 6 }, // in the middle of the second rollout
          onStep: ({ step }) => {
            if (step === 8) throw new Error("the machine went down");
          },
        },
      });
      await expect(crash).rejects.toThrow("the machine went down");
      expect(await readdir(folder)).toEqual(["step-00000006"]);
      const resumed = await runPpo({
        steps: 12,
        klCoef: controller(),
        numPpoEpochs: 4,
        train: { checkpoint: { folder, every: 6 }, resume: true },
      });
      const without = (history: typeof straight.history) => ({ ...history, speed: [] });
      expect(without(resumed.history)).toEqual(without(straight.history));
      expect(new Set(straight.history.metrics["objective/kl_coef"]).size).toBe(3);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("stops at a signal while it samples", async () => {
    const controller = new AbortController();
    const reward = (): number[] => {
      controller.abort();
      return Array.from({ length: 24 }, () => 0);
    };
    const run = await runPpo({ steps: 10, reward, train: { signal: controller.signal } });
    expect(run).toMatchObject({ steps: 0, stoppedBy: "interrupt" });
  });

  test("refuses the policy as its own reference, and rewards that are not one number each", async () => {
    const policy = smallGpt();
    const options = { policy, value: new ScoreModel(policy), reward: () => [1], prompts, endId, maxCompletionLength };
    expect(() => ppo({ ...options, reference: policy })).toThrow("pass copyGpt(policy)");
    expect(() => ppo({ ...options, reference: copyGpt(policy), prompts: [[1, 2, 3, 4, 5]] })).toThrow("prompts[0] must be 1 to 4 ids");
    await expect(runPpo({ steps: 1, reward: () => [1] })).rejects.toThrow("what reward returns must be one number for each of the 24");
  });
});

describe("GRPO", () => {
  test.each([{}, { lossType: "dr_grpo", scaleRewards: "none" } as const])("with %o gets more of what is rewarded", async (options) => {
    const run = await runGrpo({ steps: 20, ...options, watch: { ends: (completions) => completions.map((one) => countOf(endId, one)) } });
    const { metrics } = run.history;
    expect(metrics["ratio"]!.every((ratio) => Math.abs(ratio - 1) < 1e-4)).toBe(true); // one update of each rollout
    expect(mean(metrics["reward"]!.slice(-4))).toBeGreaterThan(2 * mean(metrics["reward"]!.slice(0, 4)));
    metrics["watch/ends"]!.forEach((ends, step) => expect(ends).toBeCloseTo(1 - metrics["completions/clipped_ratio"]![step]!, 5));
  });
});
