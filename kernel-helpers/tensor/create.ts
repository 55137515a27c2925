/** Making tensors from numbers. */
import type { TensorArray } from "../onnx/index.ts";
import { ArgumentError } from "../errors.ts";
import { argumentError, checkInteger, checkOptions } from "../runtime/check.ts";
import { checkDType, checkShape } from "./arguments.ts";
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

const makeable = "a number, nested arrays of numbers, or a typed array";

/**
 * A tensor of the numbers, which are copied.
 *
 * @param numbers A number, nested arrays of numbers, or a typed array.
 * @throws {ArgumentError} Rows differ in length, the shape holds another number of elements, or int64 cannot hold a number exactly.
 * @example
 * tensor([[1, 2], [3, 4]]).sum(0).toArray() // [ 4, 6 ]
 */
export function tensor(numbers: NestedNumbers | TensorArray, options: TensorOptions = {}): Tensor {
  checkOptions("options", options, ["shape", "dtype"]);
  const typed = ArrayBuffer.isView(numbers);
  if ((numbers as unknown) instanceof DataView) throw argumentError("numbers", makeable, numbers);
  const { dtype = typed ? dtypeOfArray(numbers) : "float32" } = options;
  const flat: number[] = [];
  checkDType(dtype);
  const found = typed ? [numbers.length] : flatten("numbers", numbers, flat);
  const shape = checkShape("shape", options.shape ?? found);
  const count = typed ? numbers.length : flat.length;
  if (sizeOf(shape) !== count) {
    throw new ArgumentError(`a tensor of shape ${formatShape(shape)} holds ${sizeOf(shape)} numbers, not ${count}`, {
      hint: "the sizes' product must be the number of numbers",
    });
  }
  const data = typed ? encodeArray(dtype, numbers) : encodeNumbers(dtype, flat);
  return new Tensor(makeSource({ shape: [...shape], dtype }, { data, writes: 0 }));
}

function flatten(name: string, numbers: NestedNumbers, into: number[], above: readonly unknown[] = []): Shape {
  if (typeof numbers === "number") {
    into.push(numbers);
    return [];
  }
  if (!Array.isArray(numbers))
    throw argumentError(name, name === "numbers" ? makeable : "a number, or an array of numbers", numbers, { hint: hintFor(numbers) });
  if (above.includes(numbers)) throw argumentError(name, "a number, or an array of numbers", numbers, { hint: "the array holds itself" });
  const within = [...above, numbers];
  const shapes = Array.from(numbers as readonly NestedNumbers[], (item, index) => flatten(`${name}[${index}]`, item, into, within));
  const [first = []] = shapes;
  const other = shapes.find((shape) => shape.join() !== first.join());
  if (other) {
    throw new ArgumentError(`the rows are of different shapes: ${formatShape(first)} and ${formatShape(other)}`, {
      hint: "every row of a tensor has the same length; pad the short ones",
    });
  }
  return [numbers.length, ...first];
}

function hintFor(given: unknown): string {
  if (typeof given === "bigint") return "pass integers that numbers cannot hold in a BigInt64Array";
  if (typeof given === "boolean") return "write 1 and 0, with { dtype: 'bool' }";
  if (typeof given === "string") return "convert it with Number(…)";
  return given instanceof Tensor ? "it is a tensor already" : `pass ${makeable}`;
}

function dtypeOfArray(array: TensorArray): DType {
  if (array instanceof Float32Array) return "float32";
  return array instanceof Float64Array ? "float64" : "int64";
}

function encodeArray(dtype: DType, array: TensorArray): TensorArray {
  if (dtypeOfArray(array) === dtype && !(dtype === "int64" && !(array instanceof BigInt64Array))) return array.slice();
  if (!(array instanceof BigInt64Array || array instanceof BigUint64Array)) return encodeNumbers(dtype, array);
  return dtype === "int64" ? BigInt64Array.from(array, signed) : encodeNumbers(dtype, Array.from(array, Number));
}

function signed(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw new ArgumentError(`an int64 tensor cannot hold ${value}`, { hint: "its largest number is 2^63 − 1", facts: { value } });
}

/** Options, or a tensor, which then says the element type. */
export interface FillOptions {
  /** @default "float32" */
  dtype?: DType;
}

/** The number, everywhere. */
export function full(shape: readonly number[], number: number, options: FillOptions = {}): Tensor {
  checkShape("shape", shape);
  if (typeof number !== "number") throw argumentError("number", "a number", number);
  return new Tensor(broadcastTo(scalar(number, dtypeIn(options, "float32")), shape));
}

export const zeros = (shape: readonly number[], options: FillOptions = {}): Tensor => full(shape, 0, options);

export const ones = (shape: readonly number[], options: FillOptions = {}): Tensor => full(shape, 1, options);

/** 0, 1, … up to but not including the end, an integer from 0; int64 unless another type is named. */
export function arange(end: number, options: FillOptions = {}): Tensor {
  checkInteger("end", end, { min: 0, max: 2 ** 31, hint: "arange(5) is 0, 1, 2, 3, 4; scale and shift it with .mul() and .add()" });
  const dtype = dtypeIn(options, "int64");
  return tensor(
    Float64Array.from({ length: end }, (_, index) => index),
    { dtype },
  );
}

function dtypeIn(options: FillOptions, otherwise: DType): DType {
  if (!(options instanceof Tensor)) checkOptions("options", options, ["dtype"]);
  return checkDType(options.dtype ?? otherwise);
}
