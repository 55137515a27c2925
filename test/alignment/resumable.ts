/** A run of GRPO that learns from each rollout four times, so that a checkpoint lies in the middle of one. */
import type { Completion } from "../../kernel-helpers/alignment/index.ts";
import type { GPT } from "../../kernel-helpers/llm/index.ts";
import type { TrainingRun } from "../../kernel-helpers/train/index.ts";
import { countOf, runGrpo, smallGpt } from "./small.ts";

export interface Resumable {
  run: TrainingRun;
  policy: GPT;
  /** Everything that was sampled in this process, rollout by rollout. */
  sampled: (readonly number[])[][];
}

export async function resumableGrpo(folder: string | undefined, onStep: (step: number) => void = () => {}): Promise<Resumable> {
  const policy = smallGpt();
  const sampled: (readonly number[])[][] = [];
  const run = await runGrpo({
    policy,
    reference: smallGpt(),
    beta: 0.05,
    numIterations: 4,
    steps: 12,
    reward: (completions: readonly Completion[]): number[] => {
      sampled.push(completions.map(({ ids }) => ids));
      return completions.map((completion) => countOf(3, completion));
    },
    train: {
      ...(folder !== undefined && { checkpoint: { folder, every: 6 }, resume: true }), // in the middle of the second of three rollouts
      onStep: ({ step }) => onStep(step),
    },
  });
  return { run, policy, sampled };
}
