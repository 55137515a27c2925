/** Each failure is one that a run really has. */
import { describe, expect, test } from "vitest";
import { copyGpt, diagnose, type Completion, type FailureName } from "../../kernel-helpers/alignment/index.ts";
import { generateBatch } from "../../kernel-helpers/llm/index.ts";
import type { TrainingHistory } from "../../kernel-helpers/train/index.ts";
import { countOf, endsSoon, runGrpo, runPpo, smallGpt } from "./small.ts";

const namesIn = (history: TrainingHistory): FailureName[] => diagnose(history).map(({ name }) => name);

describe("a run", () => {
  test("that goes well has no failure", async () => {
    const reward = (completions: readonly Completion[]): number[] => completions.map((one) => Math.min(1, countOf(3, one)));
    const run = await runPpo({ policy: endsSoon(), reward, steps: 24, klCoef: 0.1, learningRate: 0.003, missingEosPenalty: 1 });
    expect(diagnose(run.history)).toEqual([]);
  });

  test("that is rewarded by length is named, and so is that its texts do not end any more", async () => {
    const reward = (completions: readonly Completion[]): number[] => completions.map(({ ids }) => ids.length);
    const run = await runPpo({ policy: endsSoon(), reward, steps: 60, klCoef: 0, learningRate: 0.008 });
    expect(namesIn(run.history)).toEqual(expect.arrayContaining(["reward hacking by length", "missing end tokens"]));
  });

  test("without a KL penalty ends as one text, and past what is really wanted", async () => {
    // Wanted are two 3s; the reward counts them all.
    const wanted = (completions: readonly Completion[]): number[] => completions.map((one) => 2 - Math.abs(2 - countOf(3, one)));
    const run = await runPpo({ steps: 60, klCoef: 0, learningRate: 0.02, watch: { true: wanted } });
    const failures = diagnose(run.history);
    expect(failures.map(({ name }) => name)).toEqual(expect.arrayContaining(["entropy collapse", "over-optimised reward"]));
    const { step, evidence } = failures.find(({ name }) => name === "over-optimised reward")!;
    expect(evidence).toContain("watch/true fell from");
    expect(step).toBeLessThan(60);
  });

  test("whose reward is never given has groups without variance", async () => {
    const never = (completions: readonly Completion[]): number[] => completions.map((one) => (countOf(3, one) === 8 ? 1 : 0));
    const run = await runGrpo({ steps: 6, reward: never });
    expect(diagnose(run.history)).toMatchObject([{ name: "groups without variance", step: 1, evidence: expect.stringContaining("100 %") }]);
  });

  test("whose sampler has the weights of the start has a KL divergence below zero", async () => {
    const policy = smallGpt();
    const stale = copyGpt(policy);
    const run = await runPpo({
      policy,
      steps: 40,
      klCoef: 0,
      learningRate: 0.02,
      sample: (_, prompts, { signal: _signal, ...options }) => generateBatch(stale, prompts, options),
    });
    expect(namesIn(run.history)).toContain("sampled KL below zero");
  });

  test("with dropout has a ratio off 1", async () => {
    const run = await runPpo({ policy: smallGpt({ dropout: 0.4 }), steps: 4 });
    expect(namesIn(run.history)).toEqual(["ratio off 1"]);
  });

  test("of something else is refused", () => {
    expect(() => diagnose({} as TrainingHistory)).toThrow("history must be that of a run of ppo or grpo");
  });
});
