/** Numbers in and out of the arrays that hold tensors. float16 lies in a Uint16Array, bool in a Uint8Array, int64 in a BigInt64Array. */
import type { TensorArray } from "../../onnx/index.ts";
import { ArgumentError } from "../../errors.ts";
import { fromFloat16, toFloat16 } from "../../runtime/half.ts";
import type { DType } from "./value.ts";

export function allocate(dtype: DType, size: number): TensorArray {
  if (dtype === "float32") return new Float32Array(size);
  if (dtype === "float64") return new Float64Array(size);
  if (dtype === "float16") return new Uint16Array(size);
  return dtype === "int64" ? new BigInt64Array(size) : new Uint8Array(size);
}

/** Rounds each number to the type. */
export function encodeNumbers(dtype: DType, values: ArrayLike<number>): TensorArray {
  if (dtype === "float32") return Float32Array.from(values);
  if (dtype === "float64") return Float64Array.from(values);
  if (dtype === "float16") return toFloat16(Float32Array.from(values));
  if (dtype === "bool") return Uint8Array.from(values, (value) => (value ? 1 : 0));
  return BigInt64Array.from(values as ArrayLike<number> & Iterable<number>, whole);
}

function whole(value: number): bigint {
  if (Number.isInteger(value)) return BigInt(value);
  throw new ArgumentError(`an int64 tensor cannot hold ${value}`, { hint: "round it, or use { dtype: 'float32' }" });
}

/** Plain numbers of an array: a view where the array already holds them. */
export function decodeNumbers(dtype: DType, data: TensorArray): ArrayLike<number> {
  if (dtype === "float16") return fromFloat16(data as Uint16Array);
  return dtype === "int64" ? Array.from(data as BigInt64Array, Number) : (data as Float32Array);
}
