/** What a training run is asked for. */
import { ArgumentError } from "../errors.ts";
import type { Module } from "../nn/index.ts";
import type { Optimizer } from "../optim/index.ts";
import type { JitOptions } from "../tensor/index.ts";
import { isBatches, type Batch, type BatchSource } from "./batches.ts";
import type { Metrics } from "./evaluate.ts";
import type { EvaluationRecord, StepRecord } from "./history.ts";
import type { Loss } from "./step.ts";

export interface TrainOptions<M extends Module, B extends Batch> {
  /** In training mode meanwhile, in the mode it was in afterwards. */
  model: M;
  /** Made for the model's parameters. */
  optimizer: Optimizer;
  /** The mean loss of a batch, a scalar. It becomes part of a graph: what it prints, counts or decides happens once. */
  loss: Loss<M, B>;
  /** What is learnt from, such as tokenBatches or tensorBatches give. They begin anew when they have been gone through. */
  batches: BatchSource<B>;
  /** Steps in all, those before a resume included. */
  steps?: number;
  /** Instead of steps: how often to go through the batches. */
  epochs?: number;
  /** Norm that all gradients together are scaled down to when theirs is larger. @default none */
  clip?: number;
  /** Computes each batch in so many parts, one after the other: the same step in less memory. The loss must be a mean over rows. @default 1 */
  accumulate?: number;
  evaluate?: EvaluationPlan<M, B>;
  checkpoint?: CheckpointPlan;
  /** Goes on from the latest checkpoint, if there is one, exactly as if the run had never stopped. @default false */
  resume?: boolean;
  /** Where steps and evaluations run. @default "cpu" */
  device?: JitOptions["device"];
  /** Called after each step. */
  onStep?: (record: StepRecord) => void;
  /** Called after each evaluation. */
  onEvaluation?: (record: EvaluationRecord) => void;
  /** Whether a progress line is shown, and in a notebook a live plot of the losses. @default true */
  show?: boolean;
  /** Ends the run, as Ctrl-C and a notebook's ■ do: what was reached is kept. */
  signal?: AbortSignal;
}

export interface EvaluationPlan<M extends Module, B extends Batch> {
  /** Gone through at each evaluation. */
  batches: BatchSource<B>;
  /** Steps between evaluations; the last step is followed by one anyway. */
  every: number;
  /** What else to measure, such as accuracy: a batch's mean, a scalar. */
  metrics?: Metrics<M, B>;
  /** Ends the run after so many evaluations without a better loss. @default never */
  patience?: number;
  /** Whether the model ends as it was when it did best, instead of last. @default true with patience, else false */
  restoreBest?: boolean;
}

export interface CheckpointPlan {
  folder: string;
  /** Steps between checkpoints; the end of a run writes one anyway. */
  every: number;
  /** How many are kept, the best model apart. @default 2 */
  keep?: number;
}

/** How many steps the run takes in all. */
export function stepsOf<M extends Module, B extends Batch>({ steps, epochs, batches }: TrainOptions<M, B>): number {
  if ((steps === undefined) === (epochs === undefined)) {
    throw new ArgumentError(steps === undefined ? "there is no end of the training" : "there are steps and epochs", {
      hint: "give one of the two, for example { steps: 1000 }",
    });
  }
  if (epochs === undefined) return atLeastOne("steps", steps!);
  if (!isBatches(batches) && !Array.isArray(batches)) {
    throw new ArgumentError("nobody knows how many batches an epoch has here", {
      hint: "give steps, or batches from tensorBatches or tokenBatches",
    });
  }
  return atLeastOne("epochs", epochs) * batches.length;
}

export function checkPlans<M extends Module, B extends Batch>({
  clip = 1,
  accumulate = 1,
  evaluate,
  checkpoint,
  resume,
}: TrainOptions<M, B>): void {
  if (!(clip > 0)) throw new ArgumentError(`clip is ${clip}`, { hint: "give a norm above 0, or none" });
  atLeastOne("accumulate", accumulate);
  atLeastOne("evaluate.every", evaluate?.every ?? 1);
  atLeastOne("evaluate.patience", evaluate?.patience ?? 1);
  atLeastOne("checkpoint.every", checkpoint?.every ?? 1);
  atLeastOne("checkpoint.keep", checkpoint?.keep ?? 1);
  if (resume && !checkpoint) throw new ArgumentError("resume without checkpoints", { hint: "give { checkpoint: { folder, every } }" });
}

function atLeastOne(name: string, count: number): number {
  if (Number.isInteger(count) && count >= 1) return count;
  throw new ArgumentError(`${name} is ${count}`, { hint: "give a whole number, 1 or more" });
}
