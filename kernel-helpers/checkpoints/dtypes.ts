/** Element types as safetensors names them: their sizes, the arrays that hold them, and their values as float32. */
import { argumentError } from "../runtime/check.ts";
import { fromBfloat16, fromFloat16, fromFloat8, toBfloat16, toFloat16 } from "../runtime/half.ts";

/** F16, BF16 and the F8 types are held as their bits, in Uint16Array and Uint8Array. */
export type CheckpointDType =
  | "BOOL"
  | "U8"
  | "I8"
  | "F8_E5M2"
  | "F8_E4M3"
  | "I16"
  | "U16"
  | "F16"
  | "BF16"
  | "I32"
  | "U32"
  | "F32"
  | "F64"
  | "I64"
  | "U64";

export type CheckpointArray =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

type ArrayType = new (buffer: ArrayBuffer, offset: number, length: number) => CheckpointArray;

const types: Record<CheckpointDType, { bytes: number; array: ArrayType }> = {
  BOOL: { bytes: 1, array: Uint8Array },
  U8: { bytes: 1, array: Uint8Array },
  I8: { bytes: 1, array: Int8Array },
  F8_E5M2: { bytes: 1, array: Uint8Array },
  F8_E4M3: { bytes: 1, array: Uint8Array },
  I16: { bytes: 2, array: Int16Array },
  U16: { bytes: 2, array: Uint16Array },
  F16: { bytes: 2, array: Uint16Array },
  BF16: { bytes: 2, array: Uint16Array },
  I32: { bytes: 4, array: Int32Array },
  U32: { bytes: 4, array: Uint32Array },
  F32: { bytes: 4, array: Float32Array },
  F64: { bytes: 8, array: Float64Array },
  I64: { bytes: 8, array: BigInt64Array },
  U64: { bytes: 8, array: BigUint64Array },
};

export const checkpointDTypes: readonly CheckpointDType[] = Object.keys(types) as CheckpointDType[];

export function isCheckpointDType(name: unknown): name is CheckpointDType {
  return typeof name === "string" && Object.hasOwn(types, name);
}

export function bytesPerElement(dtype: CheckpointDType): number {
  return types[dtype].bytes;
}

/** Types that the reference implementation knows and JavaScript has no arrays for: their tensors are read as bytes. */
const otherBits: Readonly<Record<string, number>> = { F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8, C64: 64 };

/** Undefined for a type of which nothing is known. */
export function bitsPerElement(dtype: string): number | undefined {
  return isCheckpointDType(dtype) ? 8 * types[dtype].bytes : Object.hasOwn(otherBits, dtype) ? otherBits[dtype] : undefined;
}

/** The bytes, which start at the beginning of their buffer, as an array of their type. */
export function asArray(dtype: CheckpointDType, bytes: Uint8Array): CheckpointArray {
  const { array, bytes: size } = types[dtype];
  return new array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / size);
}

/** Every number as a float32: exact for 16 and 8 bits, rounded for 64. */
export function toFloat32(dtype: CheckpointDType, data: CheckpointArray): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === "F16") return fromFloat16(data as Uint16Array);
  if (dtype === "BF16") return fromBfloat16(data as Uint16Array);
  if (dtype === "F8_E4M3" || dtype === "F8_E5M2") return fromFloat8(data as Uint8Array, dtype);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number);
  return Float32Array.from(data);
}

/** What a file holds for the data: float32 numbers are rounded to F16 and BF16; else the array has to be of the type. */
export function toStored(argument: string, dtype: CheckpointDType, data: CheckpointArray): CheckpointArray {
  if (data instanceof Float32Array && dtype === "F16") return toFloat16(data);
  if (data instanceof Float32Array && dtype === "BF16") return toBfloat16(data);
  if (data instanceof types[dtype].array) return data;
  const expected = `${types[dtype].array.name}${dtype === "F16" || dtype === "BF16" ? " (the bits) or a Float32Array" : ""}`;
  throw argumentError(argument, `${expected.startsWith("I") ? "an" : "a"} ${expected} for ${dtype}`, data);
}
