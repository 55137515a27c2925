/** Making tensors from numbers. */
import type { TensorArray } from "../onnx/index.ts";
import { ArgumentError } from "../errors.ts";
import { scalar } from "./graph/constants.ts";
import { encodeNumbers } from "./graph/numbers.ts";
import { formatShape, sizeOf, type Shape } from "./graph/shape.ts";
import { makeSource, type DType } from "./graph/value.ts";
import { broadcastTo } from "./operators/broadcast.ts";
import type { NestedNumbers } from "./print.ts";
import { Tensor } from "./tensor.ts";

export interface TensorOptions {
  /** Needed for a flat array of more than one axis. @default one axis, or as the arrays are nested */
  shape?: readonly number[];
  /** @default float32 for numbers; for a typed array the type that holds them: int64 for integers */
  dtype?: DType;
}

/**
 * A tensor of the numbers, which are copied.
 *
 * @param numbers A number, nested arrays of numbers, or a typed array.
 * @throws {ArgumentError} Rows differ in length, or the shape holds another number of elements.
 * @example
 * tensor([[1, 2], [3, 4]]).sum(0).toArray() // [ 4, 6 ]
 */
export function tensor(numbers: NestedNumbers | TensorArray, options: TensorOptions = {}): Tensor {
  const typed = ArrayBuffer.isView(numbers);
  const { dtype = typed ? dtypeOfArray(numbers) : "float32" } = options;
  const flat: number[] = [];
  const found = typed ? [numbers.length] : flatten(numbers, flat);
  const { shape = found } = options;
  const count = typed ? numbers.length : flat.length;
  if (sizeOf(shape) !== count) {
    throw new ArgumentError(`a tensor of shape ${formatShape(shape)} holds ${sizeOf(shape)} numbers, not ${count}`, {
      hint: "the sizes' product must be the number of numbers",
    });
  }
  const data = typed ? encodeArray(dtype, numbers) : encodeNumbers(dtype, flat);
  return new Tensor(makeSource({ shape: [...shape], dtype }, { data, writes: 0 }));
}

function flatten(numbers: NestedNumbers, into: number[]): Shape {
  if (typeof numbers === "number") {
    into.push(numbers);
    return [];
  }
  const shapes = numbers.map((item) => flatten(item, into));
  const [first = []] = shapes;
  const other = shapes.find((shape) => shape.join() !== first.join());
  if (other) {
    throw new ArgumentError(`the rows are of different shapes: ${formatShape(first)} and ${formatShape(other)}`, {
      hint: "every row of a tensor has the same length; pad the short ones",
    });
  }
  return [numbers.length, ...first];
}

function dtypeOfArray(array: TensorArray): DType {
  if (array instanceof Float32Array) return "float32";
  return array instanceof Float64Array ? "float64" : "int64";
}

function encodeArray(dtype: DType, array: TensorArray): TensorArray {
  if (dtypeOfArray(array) === dtype && !(dtype === "int64" && !(array instanceof BigInt64Array))) return array.slice();
  return encodeNumbers(dtype, array instanceof BigInt64Array || array instanceof BigUint64Array ? Array.from(array, Number) : array);
}

export interface FillOptions {
  /** @default "float32" */
  dtype?: DType;
}

export function full(shape: readonly number[], number: number, { dtype = "float32" }: FillOptions = {}): Tensor {
  return new Tensor(broadcastTo(scalar(number, dtype), shape));
}

export const zeros = (shape: readonly number[], options: FillOptions = {}): Tensor => full(shape, 0, options);

export const ones = (shape: readonly number[], options: FillOptions = {}): Tensor => full(shape, 1, options);

/** 0, 1, … up to but not including the end; int64 unless another type is named. */
export function arange(end: number, { dtype = "int64" }: FillOptions = {}): Tensor {
  return tensor(
    Array.from({ length: end }, (_, index) => index),
    { dtype },
  );
}
