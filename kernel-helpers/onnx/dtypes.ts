/** Element types as ONNX numbers them (TensorProto.DataType), with the arrays that hold them. */
import { FormatError } from "../errors.ts";
import { argumentError, checkChoice, checkInteger } from "../runtime/check.ts";
import { withMemory } from "../runtime/memory.ts";

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

interface Layout {
  /** TensorProto.DataType. */
  readonly code: number;
  /** What holds the elements; those that JavaScript has no array of lie there as their bits, and bools as 0 and 1. */
  readonly array: { new (length: number): TensorArray; readonly BYTES_PER_ELEMENT: number; readonly name: string };
}

/** The one table of element types. Of those with the same array, the first is what the array holds by itself. */
const layouts: Readonly<Record<DType, Layout>> = {
  float32: { code: 1, array: Float32Array },
  uint8: { code: 2, array: Uint8Array },
  int8: { code: 3, array: Int8Array },
  uint16: { code: 4, array: Uint16Array },
  int16: { code: 5, array: Int16Array },
  int32: { code: 6, array: Int32Array },
  int64: { code: 7, array: BigInt64Array },
  bool: { code: 9, array: Uint8Array },
  float16: { code: 10, array: Uint16Array },
  float64: { code: 11, array: Float64Array },
  uint32: { code: 12, array: Uint32Array },
  uint64: { code: 13, array: BigUint64Array },
  bfloat16: { code: 16, array: Uint16Array },
};

const dtypes = Object.keys(layouts) as DType[];

/** The numbers that ONNX gives to element types (onnx.proto, TensorProto.DataType). */
export const dtypeCodes: Readonly<Record<DType, number>> = Object.fromEntries(
  dtypes.map((dtype) => [dtype, layouts[dtype].code]),
) as Readonly<Record<DType, number>>;

export const bytesPerElement = (dtype: DType): number => layouts[checkDType(dtype)].array.BYTES_PER_ELEMENT;

/** Memory for so many elements, all 0. @throws {UnavailableError} There is not as much. */
export function allocate(dtype: DType, size: number): TensorArray {
  const { array } = layouts[checkDType(dtype)];
  checkInteger("size", size, { min: 0 });
  return withMemory(`${size} numbers of ${dtype}`, () => new array(size));
}

export const checkDType = (dtype: unknown): DType => checkChoice("dtype", dtype, dtypes);

export function dtypeOfCode(code: number): DType {
  const dtype = dtypes.find((name) => layouts[name].code === code);
  if (dtype) return dtype;
  throw new FormatError(`element type ${code} is not supported`, { hint: `the types are ${dtypes.join(", ")}`, facts: { code } });
}

/** The element type that an array holds by itself; float16, bfloat16 and bool have to be named. */
export function dtypeOf(data: TensorArray): DType {
  const dtype = dtypes.find((name) => data instanceof layouts[name].array);
  if (dtype) return dtype;
  throw argumentError("data", "a typed array of numbers", data, { hint: "pass a typed array, such as Float32Array" });
}

/** A typed array that can hold elements of the type. */
export function checkArrayOf(argument: string, data: unknown, dtype: DType): TensorArray {
  const { array } = layouts[checkDType(dtype)];
  if (data instanceof array) return data;
  throw argumentError(argument, `a ${array.name} for ${dtype}`, data);
}
