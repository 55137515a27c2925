export { type Batch, type Batches, type BatchSource } from "./batches.ts";
export { type Best } from "./checkpoint.ts";
export { type EvaluationRecord, type History, type StepRecord } from "./history.ts";
export { loadModel, saveModel } from "./model-file.ts";
export { TrainingError } from "./not-finite.ts";
export { type Loss } from "./step.ts";
export { tensorBatches, type TensorBatchesOptions } from "./tensor-batches.ts";
export { tokenBatches, type TokenBatch, type TokenBatchesOptions } from "./token-batches.ts";
