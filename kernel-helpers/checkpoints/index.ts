export { type CheckpointArray, type CheckpointDType } from "./dtypes.ts";
export { type TensorInfo } from "./header.ts";
export { openSafetensors, Safetensors, type CheckpointTensor } from "./safetensors.ts";
export { writeSafetensors } from "./write.ts";
