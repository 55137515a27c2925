/** What a training run is asked for. */
import type { Module } from "../nn/index.ts";
import type { Optimizer } from "../optim/index.ts";
import type { EvaluationRecord, Reporter, StepRecord } from "../reporters/index.ts";
import type { JitOptions } from "../tensor/index.ts";
import type { Batch, BatchSource } from "./batches.ts";
import type { Metrics } from "./evaluate.ts";
import type { Loss } from "./loss.ts";

export interface TrainOptions<M extends Module, B extends Batch> {
  /** In training mode meanwhile, in the mode it was in afterwards. */
  model: M;
  /** It says what is trained: all of the model's parameters, or some of them while the others stay as they are. */
  optimizer: Optimizer;
  /** The mean loss of a batch, a scalar; or { loss, metrics }, whose metrics are in the history beside it. It becomes part of a graph: what it prints, counts or decides happens once. */
  loss: Loss<M, B>;
  /** What is learnt from, such as tokenBatches or tensorBatches return. They start over once they have been gone through. */
  batches: BatchSource<B>;
  /** Steps in all, those before a resume included. */
  steps?: number;
  /** Instead of steps: how often to go through the batches. */
  epochs?: number;
  /** Norm that all gradients together are scaled down to when theirs is larger; > 0. @default none */
  clip?: number;
  /** Computes each batch in this many parts, one after the other: the same step in less memory. The loss must be a mean over rows. @default 1 */
  accumulate?: number;
  evaluate?: EvaluationPlan<M, B>;
  checkpoint?: CheckpointPlan;
  /** Goes on from the latest checkpoint, if there is one, exactly as if the run had never stopped. @default false */
  resume?: boolean;
  /** Where steps and evaluations run. @default "cpu" */
  device?: JitOptions["device"];
  /**
   * Steps that the device takes in one run before it tells of them; evaluations, checkpoints and the end cut a run short. "auto": as many as half a second
   * has room for, more where copying the model takes long. Batches that the model makes itself are taken one at a time.
   * @default 1, "auto" on a CUDA device
   */
  stepsPerRun?: number | "auto";
  /** Called after each step, in order; with several steps in a run, after the run. */
  onStep?: (record: StepRecord) => void;
  /** Called after each evaluation. */
  onEvaluation?: (record: EvaluationRecord) => void;
  /** What follows the run. @default a progress line, and in a notebook a live plot of the losses */
  reporters?: readonly Reporter[];
  /** Whether the default reporters follow the run where none are named. @default true */
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
  /** Ends the run after this many evaluations without a better loss. @default never */
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
