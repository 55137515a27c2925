export type { Batch, Batches, BatchSource, LiveBatches } from "./batches.ts";
export type { Best } from "./checkpoint.ts";
export { bits, evaluate, perplexity, type EvaluateOptions, type Evaluation, type Metrics } from "./evaluate.ts";
export type { Loss, MeasuredLoss } from "./loss.ts";
export { loadModel, saveModel } from "./model-file.ts";
export { TrainingError } from "./not-finite.ts";
export type { Shard } from "./parallel/layout.ts";
export { parallelStep, type MemoryUse, type ParallelStep, type ParallelStepOptions, type PartialGradient } from "./parallel/step.ts";
export type { CheckpointPlan, EvaluationPlan, TrainOptions } from "./options.ts";
export type { TrainingRun } from "./run.ts";
export { tensorBatches, type TensorBatchesOptions } from "./tensor-batches.ts";
export { tokenBatches, type TokenBatch, type TokenBatchesOptions } from "./token-batches.ts";
export { train } from "./train.ts";
export {
  lossCurve,
  type EvaluationRecord,
  type TrainingHistory,
  type LossCurveOptions,
  type Reporter,
  type StartedRun,
  type StepRecord,
} from "../reporters/index.ts";
