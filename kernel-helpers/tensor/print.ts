/** Tensors as text and as nested arrays. */
import type { DType } from "./graph/value.ts";
import { formatShape, sizeOf, type Shape } from "./graph/shape.ts";

export type NestedNumbers = number | readonly NestedNumbers[];

export function nest(numbers: ArrayLike<number>, shape: Shape, offset: number = 0): NestedNumbers {
  const [size, ...rest] = shape;
  if (size === undefined) return numbers[offset]!;
  const step = sizeOf(rest);
  return Array.from({ length: size }, (_, index) => nest(numbers, rest, offset + index * step));
}

/** Of axes longer than this, in a tensor of more than `whole` elements, only the two ends are shown. */
const ends = 3;
const whole = 100;

/** Such as "Tensor float32 (2, 2)" with rows of numbers below. */
export function describeTensor(shape: Shape, dtype: DType, numbers: ArrayLike<number | bigint>): string {
  const head = `Tensor ${dtype} ${formatShape(shape)}`;
  const abridged = numbers.length > whole;
  const isShown = (index: number, size: number): boolean => !abridged || size <= 2 * ends || index < ends || index >= size - ends;
  const shown: (number | bigint)[] = [];
  const collect = (axis: number, offset: number): void => {
    if (axis === shape.length) return void shown.push(numbers[offset]!);
    const step = sizeOf(shape.slice(axis + 1));
    for (let index = 0; index < shape[axis]!; index++) if (isShown(index, shape[axis]!)) collect(axis + 1, offset + index * step);
  };
  collect(0, 0);
  const format = formatter(dtype, shown);
  const width = Math.max(0, ...shown.map((number) => format(number).length));

  const write = (axis: number, offset: number): string => {
    if (axis === shape.length) return format(numbers[offset]!).padStart(width);
    const step = sizeOf(shape.slice(axis + 1));
    const parts: string[] = [];
    for (let index = 0; index < shape[axis]!; index++) {
      if (isShown(index, shape[axis]!)) parts.push(write(axis + 1, offset + index * step));
      else if (index === ends) parts.push("…");
    }
    return `[${parts.join(axis === shape.length - 1 ? " " : `\n${" ".repeat(axis + 3)}`)}]`;
  };
  return shape.length === 0 ? `${head} ${format(numbers[0]!)}` : `${head}\n  ${write(0, 0)}`;
}

/** Whole numbers without a point, the others with four decimals, or in powers of ten when they are far from 1. */
function formatter(dtype: DType, numbers: readonly (number | bigint)[]): (number: number | bigint) => string {
  if (dtype === "bool") return (number) => (number ? "true" : "false");
  if (numbers.every((number) => typeof number === "bigint" || Number.isInteger(number))) return String;
  const largest = Math.max(...numbers.map(Number).filter(Number.isFinite).map(Math.abs));
  const isPlain = largest < 1e5 && largest >= 1e-3;
  return (given) => {
    const number = Number(given);
    return !Number.isFinite(number) ? String(number) : isPlain ? number.toFixed(4) : number.toExponential(3);
  };
}
