export { type CheckpointArray, type CheckpointDType } from "./dtypes.ts";
export { type TensorInfo } from "./header.ts";
export { type GgufDType } from "./gguf/formats.ts";
export { Gguf, dequantize, openGguf, type GgufTensor } from "./gguf/gguf.ts";
export { type GgufTensorInfo } from "./gguf/header.ts";
export { type GgufField, type GgufMetadata, type GgufScalar, type GgufScalarType } from "./gguf/metadata.ts";
export { writeGguf, type GgufInput } from "./gguf/write.ts";
export { openSafetensors, Safetensors, type CheckpointTensor } from "./safetensors.ts";
export { writeSafetensors } from "./write.ts";
