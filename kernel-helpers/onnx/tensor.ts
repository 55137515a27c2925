/** Values that go into a session and come out: element type, sizes and a typed array in row-major order. */
import { ArgumentError } from "../errors.ts";
import { dtypeOf, type DType, type TensorArray } from "./dtypes.ts";

export interface OnnxValue {
  dtype: DType;
  dims: readonly number[];
  data: TensorArray;
}

/** @throws {ArgumentError} when the sizes do not hold as many elements as the array. */
export function value(data: TensorArray, dims: readonly number[] = [data.length], dtype: DType = dtypeOf(data)): OnnxValue {
  const elements = dims.reduce((product, size) => product * size, 1);
  if (elements !== data.length) {
    throw new ArgumentError(`a tensor of shape (${dims.join(", ")}) holds ${elements} elements, not ${data.length}`, {
      hint: "give the shape of the data",
    });
  }
  return { dtype, dims, data };
}
