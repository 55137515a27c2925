/** A policy small enough to fail in seconds: nine tokens, of which 0 ends a text. */
import {
  copyGpt,
  grpo,
  ppo,
  ScoreModel,
  type Completion,
  type GrpoOptions,
  type PpoOptions,
} from "../../kernel-helpers/alignment/index.ts";
import { GPT } from "../../kernel-helpers/llm/index.ts";
import { AdamW } from "../../kernel-helpers/optim/index.ts";
import { train, type TrainOptions, type TrainingRun } from "../../kernel-helpers/train/index.ts";

export const endId = 0;
export const prompts: number[][] = [[1], [2], [1, 2]];
export const maxCompletionLength = 8;

export const smallGpt = ({ dropout = 0, seed = 1 } = {}): GPT =>
  new GPT({ vocabularySize: 9, contextLength: 12, layers: 1, heads: 2, width: 16, dropout, seed });

/** A policy whose texts have about two tokens at first. */
export function endsSoon(): GPT {
  const gpt = smallGpt();
  const { wte, ln_f } = gpt.transformer;
  ln_f.bias.assign(wte.weight.slice(endId).mul(2).div(wte.weight.slice(endId).square().sum())); // the end's logit is 2 larger
  return gpt;
}

export const countOf = (id: number, { ids }: Completion): number => ids.filter((other) => other === id).length;

type Extra = Partial<Pick<TrainOptions<never, never>, "checkpoint" | "resume" | "signal" | "onStep">>;
type Given<O> = Partial<O> & { steps: number; learningRate?: number; train?: Extra };

const shared = { prompts, endId, maxCompletionLength, batchSize: 24 };

export function runPpo({ steps, learningRate = 0.01, train: extra = {}, ...options }: Given<PpoOptions<GPT>>): Promise<TrainingRun> {
  const { policy = smallGpt() } = options;
  const reference = options.reference ?? copyGpt(policy);
  const value = new ScoreModel(policy, { seed: 5 });
  const reward = (completions: readonly Completion[]): number[] => completions.map((completion) => countOf(3, completion));
  const task = ppo({ ...shared, policy, reference, value, reward, numPpoEpochs: 2, ...options });
  return train({ ...task, optimizer: new AdamW(task.model.parameters(), { learningRate }), steps, clip: 1, show: false, ...extra });
}

export function runGrpo({ steps, learningRate = 0.01, train: extra = {}, ...options }: Given<GrpoOptions<GPT>>): Promise<TrainingRun> {
  const { policy = smallGpt() } = options;
  const reward = (completions: readonly Completion[]): number[] => completions.map((completion) => countOf(3, completion));
  const task = grpo({ ...shared, policy, reward, numGenerations: 4, ...options });
  return train({ ...task, optimizer: new AdamW(task.model.parameters(), { learningRate }), steps, clip: 1, show: false, ...extra });
}
