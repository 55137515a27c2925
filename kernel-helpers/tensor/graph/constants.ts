/** Numbers that an expression contains. */
import { decodeNumbers, encodeNumbers } from "./numbers.ts";
import { sizeOf } from "./shape.ts";
import { makeSource, source, type DType, type Value } from "./value.ts";

/** A number as a scalar value. */
export function scalar(value: number, dtype: DType): Value {
  return makeSource({ shape: [], dtype }, { data: encodeNumbers(dtype, [value]), writes: 0 });
}

/** The number that a single-element source has already; undefined for all else. */
export function knownScalar(value: Value): number | undefined {
  if (!value.buffer || value.node.operator !== source || sizeOf(value.shape) !== 1) return undefined;
  return decodeNumbers(value.dtype, value.buffer.data)[0];
}
