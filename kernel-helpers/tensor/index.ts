export { arange, full, ones, tensor, zeros, type FillOptions, type TensorOptions } from "./create.ts";
export { NotKnownError } from "./evaluate.ts";
export { exportOnnx, type ExportOptions } from "./export.ts";
export {
  after,
  concat,
  crossEntropy,
  dropout,
  einsum,
  groupedMatmul,
  normal,
  quantizedMatmul,
  stack,
  uniform,
  where,
  type CrossEntropyOptions,
  type RandomOptions,
} from "./functions.ts";
export { grad, valueAndGrad, type Differentiable, type Gradients } from "./grad.ts";
export { graphOf, type ExpressionNode } from "./graph-of.ts";
export type { DType } from "./graph/value.ts";
export { jit, type Jitted, type JitOptions } from "./jit/jit.ts";
export { jitLoop, type JitLoopOptions, type JittedLoop } from "./jit/loop.ts";
export { assignAll, parameter, Parameter, withValues } from "./parameter.ts";
export type { NestedNumbers } from "./print.ts";
export type { QuantizedMatrix } from "./operators/quantized.ts";
export { recompute } from "./recompute.ts";
export type { GeluOptions } from "./operators/activation.ts";
export type { NormOptions } from "./operators/normalize.ts";
export type { SliceRange } from "./operators/slice.ts";
export type { ArgsortOptions, TopKOptions } from "./operators/sort.ts";
export { Tensor, type Axes, type Operand, type ReduceOptions } from "./tensor.ts";
export { capabilitiesOf, type Device, type DeviceCapabilities } from "../onnx/index.ts";
export { stoppedBy, stopUnless } from "./stop.ts";
export { guarded, isCompiling } from "./tracing.ts";
