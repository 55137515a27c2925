export { type CheckpointArray, type CheckpointDType } from "./dtypes.ts";
export { type TensorInfo } from "./header.ts";
export { openSafetensors, Safetensors, writeSafetensors, type CheckpointTensor } from "./safetensors.ts";
