/** What public functions of tensors are given, checked: tensors, operands, shapes, element types. */
import { argumentError, checkArray, checkBoolean, checkChoice, checkInteger, checkOptions } from "../runtime/check.ts";
import { scalar } from "./graph/constants.ts";
import type { Shape } from "./graph/shape.ts";
import { dtypes, type DType, type Value } from "./graph/value.ts";

/** What a tensor is to this file; `tensor.ts` has the class. */
interface Expression {
  readonly value: Value;
}

const isTensor = (given: unknown): given is Expression => {
  const value: unknown = typeof given === "object" && given !== null && "value" in given ? given.value : undefined;
  return typeof value === "object" && value !== null && "node" in value && "shape" in value;
};

/** The expression of an argument that has to be a tensor. */
export function valueOf(argument: string, given: unknown): Value {
  if (isTensor(given)) return given.value;
  throw argumentError(argument, "a tensor", given, { hint: "make one with tensor(…)" });
}

/** The expression of an argument that may be a number: it takes the element type. */
export function operandOf(argument: string, given: unknown, dtype: DType): Value {
  if (typeof given === "number") return scalar(given, dtype);
  if (isTensor(given)) return given.value;
  throw argumentError(argument, "a tensor or a number", given, { hint: "make a tensor with tensor(…)" });
}

/** The expressions of an array of tensors, which is easily written without its brackets. */
export function valuesOf(operation: string, given: unknown): Value[] {
  const hint = `pass the tensors as one array: ${operation}([a, b])`;
  const tensors = checkArray(`${operation}: tensors`, given, valueOf, { allowEmpty: false, hint });
  return tensors.map((tensor) => (tensor as unknown as Expression).value);
}

/** Sizes, each a whole number from 0. */
export function checkShape(argument: string, shape: unknown, options: { min?: number; hint?: string } = {}): Shape {
  const { min = 0, hint = "pass the sizes as one array: [2, 3]" } = options;
  return checkArray(argument, shape, (name, size) => checkInteger(name, size, { min }), { hint });
}

export const checkDType = (dtype: unknown): DType => checkChoice("dtype", dtype, dtypes);

/** The options of a reduction. */
export function keepDimsOf(options: { keepDims?: boolean }, known: readonly string[] = ["keepDims"]): boolean {
  checkOptions("options", options, known);
  return options.keepDims === undefined ? false : checkBoolean("keepDims", options.keepDims);
}
