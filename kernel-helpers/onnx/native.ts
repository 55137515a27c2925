/**
 * ONNX Runtime without the promises. onnxruntime-node computes synchronously and only puts each call off by a turn of the event loop; a tensor that
 * prints itself, and a training step, have to have their numbers at once. Its binding is reached by file, so the package's version is pinned.
 */
import { createRequire } from "node:module";
import type { InferenceSession, Tensor } from "onnxruntime-node";

export type NativeTensors = Record<string, Tensor>;

export interface NativeSession {
  readonly inputMetadata: readonly NativeMetadata[];
  readonly outputMetadata: readonly NativeMetadata[];
  loadModel(file: string, options: InferenceSession.SessionOptions): void;
  loadModel(model: ArrayBufferLike, offset: number, length: number, options: InferenceSession.SessionOptions): void;
  /** A null among the outputs leaves the memory to ONNX Runtime. */
  run(feeds: NativeTensors, outputs: Record<string, Tensor | null>, options: InferenceSession.RunOptions): NativeTensors;
  dispose(): void;
}

export interface NativeMetadata {
  name: string;
  isTensor: boolean;
  /** TensorProto.DataType. */
  type: number;
  /** -1 for a size that varies. */
  shape: readonly number[];
  symbolicDimensions: readonly string[];
}

interface Native {
  binding: { InferenceSession: new () => NativeSession };
  initOrt(): void;
}

let loaded: Native | undefined;

export function newNativeSession(): NativeSession {
  loaded ??= createRequire(import.meta.url)("onnxruntime-node/dist/binding") as Native;
  loaded.initOrt();
  return new loaded.binding.InferenceSession();
}
