/** Values that go into a session and come out: element type, sizes and a typed array in row-major order. */
import { ArgumentError } from "../errors.ts";
import { checkArray, checkInteger } from "../runtime/check.ts";
import { checkArrayOf, dtypeOf, type DType, type TensorArray } from "./dtypes.ts";

export interface OnnxValue {
  dtype: DType;
  dims: readonly number[];
  data: TensorArray;
}

/**
 * A value for a session.
 *
 * @param dtype @default the type that the array holds by itself; float16, bfloat16 and bool have to be named
 * @throws {ArgumentError} when the sizes do not hold as many elements as the array, or the array is not one of the element type.
 */
export function value(data: TensorArray, dims: readonly number[] = [data?.length], dtype: DType = dtypeOf(data)): OnnxValue {
  checkArrayOf("data", data, dtype);
  checkCount("a tensor", data, dims);
  return { dtype, dims, data };
}

/** That a shape holds as many elements as an array. */
export function checkCount(what: string, data: TensorArray, dims: readonly number[]): void {
  checkArray("dims", dims, (name, size) => checkInteger(name, size, { min: 0 }));
  const elements = dims.reduce((product, size) => product * size, 1);
  if (elements === data.length) return;
  throw new ArgumentError(`${what} of shape (${dims.join(", ")}) holds ${elements} elements, not ${data.length}`, {
    hint: "give the shape of the data",
    facts: { dims, elements: data.length },
  });
}
