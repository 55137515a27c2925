/** Element types as ONNX numbers them (TensorProto.DataType), with the arrays that hold them. */
import { ArgumentError, FormatError } from "../errors.ts";

export type DType =
  | "float32"
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "int32"
  | "int64"
  | "bool"
  | "float16"
  | "float64"
  | "uint32"
  | "uint64"
  | "bfloat16";

export type TensorArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

export const dtypeCodes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};

const dtypeNames = Object.fromEntries(Object.entries(dtypeCodes).map(([name, code]) => [code, name as DType]));

export function dtypeOfCode(code: number): DType {
  const dtype = dtypeNames[code];
  if (dtype) return dtype;
  throw new FormatError(`element type ${code} is not supported`, { hint: `the types are ${Object.keys(dtypeCodes).join(", ")}` });
}

/** The element type that an array holds by itself; float16, bfloat16 and bool have to be named. */
export function dtypeOf(data: TensorArray): DType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Uint16Array) return "uint16";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Uint32Array) return "uint32";
  if (data instanceof BigUint64Array) return "uint64";
  throw new ArgumentError(`a tensor cannot hold ${Object.prototype.toString.call(data)}`, {
    hint: "give a typed array, such as Float32Array",
  });
}
