/** Numbers that an expression contains. */
import { encodeNumbers, shownNumbers } from "./numbers.ts";
import { sizeOf, type Shape } from "./shape.ts";
import { apply, makeSource, source, type DType, type Value } from "./value.ts";

/** A number as a scalar value. */
export function scalar(value: number, dtype: DType): Value {
  return makeSource({ shape: [], dtype }, { data: encodeNumbers(dtype, [value]), writes: 0 });
}

/** Whether the numbers are known and will never be others: those of a parameter may be. */
export function isConstant({ buffer, node }: Value): boolean {
  return buffer !== undefined && node.attributes.writes === undefined;
}

/** The number that a constant of a single element has; undefined for all else, and for an int64 that no number holds exactly. */
export function knownScalar(value: Value): number | undefined {
  if (!isConstant(value) || value.node.operator !== source || sizeOf(value.shape) !== 1) return undefined;
  const number = Number(shownNumbers(value.dtype, value.buffer!.data)[0]);
  return value.dtype !== "int64" || Number.isSafeInteger(number) ? number : undefined;
}

/** Numbers that tell an operator what to do, such as where a slice begins. As an operand they are fed, so that others are not another graph. */
export function setting(dtype: DType, numbers: readonly number[], shape: Shape = [numbers.length]): Value {
  const value = apply(source, [], { shape, dtype }, { isSetting: true });
  value.buffer = { data: encodeNumbers(dtype, numbers), writes: 0 };
  return value;
}

/** The integers that `setting` was given. */
export const integersOf = ({ buffer }: Value): number[] => Array.from(buffer!.data as BigInt64Array, Number);

export const isSetting = ({ node }: Value): boolean => node.attributes.isSetting === true;
