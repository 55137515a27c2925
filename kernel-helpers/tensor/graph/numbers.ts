/** Numbers in and out of the arrays that hold tensors. float16 lies in a Uint16Array, bool in a Uint8Array, int64 in a BigInt64Array. */
import type { TensorArray } from "../../onnx/index.ts";
import { ArgumentError } from "../../errors.ts";
import { fromFloat16, toFloat16 } from "../../runtime/half.ts";
import type { DType } from "./value.ts";

/** Rounds each number to the type; int64 takes integers only, and of those what JavaScript holds exactly. NaN counts as true. */
export function encodeNumbers(dtype: DType, values: ArrayLike<number>): TensorArray {
  if (dtype === "float32") return Float32Array.from(values);
  if (dtype === "float64") return Float64Array.from(values);
  if (dtype === "float16") return toFloat16(Float32Array.from(values));
  if (dtype === "bool") return Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
  return BigInt64Array.from(values as ArrayLike<number> & Iterable<number>, whole);
}

function whole(value: number): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  const hint = Number.isInteger(value)
    ? "JavaScript's numbers are exact up to 2^53: pass larger integers in a BigInt64Array"
    : "round it, or use { dtype: 'float32' }";
  throw new ArgumentError(`an int64 tensor cannot hold ${value}`, { hint, facts: { value } });
}

/**
 * Plain numbers of an array: a view where the array already holds them.
 *
 * @throws {ArgumentError} An int64 that no number holds exactly.
 */
export function decodeNumbers(dtype: DType, data: TensorArray): ArrayLike<number> {
  if (dtype === "float16") return fromFloat16(data as Uint16Array);
  return dtype === "int64" ? Array.from(data as BigInt64Array, exact) : (data as Float32Array);
}

function exact(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new ArgumentError(`no number is exactly ${value}`, { hint: "read .data, a BigInt64Array", facts: { value } });
}

/** The numbers to be shown: int64 as they are. */
export const shownNumbers = (dtype: DType, data: TensorArray): ArrayLike<number | bigint> =>
  dtype === "int64" ? (data as BigInt64Array) : decodeNumbers(dtype, data);
