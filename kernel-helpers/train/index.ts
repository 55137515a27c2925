export { type Batch, type Batches, type BatchSource } from "./batches.ts";
export { type EvaluationRecord, type History, type StepRecord } from "./history.ts";
export { TrainingError } from "./not-finite.ts";
export { type Loss } from "./step.ts";
export { tensorBatches, type TensorBatchesOptions } from "./tensor-batches.ts";
export { tokenBatches, type TokenBatch, type TokenBatchesOptions } from "./token-batches.ts";
