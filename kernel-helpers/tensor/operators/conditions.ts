/** Conditions that integers have to meet: checked at once where the numbers are known, by the graph where they are not. */
import { ArgumentError, OutOfRangeError } from "../../errors.ts";
import type { Lowering } from "../graph/lowering.ts";
import { lowerRefusal } from "../graph/refusal.ts";
import { sizeOf } from "../graph/shape.ts";
import { laterUserLine } from "../graph/user-line.ts";
import { apply, dtypeError, type Operator, type Value } from "../graph/value.ts";

interface Condition {
  /** With the attributes, tells conditions apart that mean something else. */
  name: string;
  attributes?: Readonly<Record<string, number>>;
  /** The first number that does not meet the condition, if there is one. */
  find: (numbers: BigInt64Array) => bigint | undefined;
  /** An int64 scalar: 0 when all numbers meet the condition, otherwise what `error` gets, less 1 when that is negative. */
  lowerCode: (graph: Lowering, numbers: string) => string;
  error: (number: bigint) => Error;
}

/** The numbers (int64), of which none misses the condition whenever the result is computed. On other devices than the CPU only known ones are checked. */
function checked(numbers: Value, { name, attributes = {}, find, lowerCode, error }: Condition): Value {
  if (sizeOf(numbers.shape) === 0) return numbers;
  if (numbers.buffer) {
    const wrong = find(numbers.buffer.data as BigInt64Array);
    if (wrong !== undefined) throw error(wrong);
    return numbers;
  }
  const operator: Operator = {
    name,
    isUnseen: true,
    memory: "own",
    elementwise: false,
    lower: (graph, [x]) =>
      graph.node("Add", [x!, lowerRefusal(graph, lowerCode(graph, x!), (code) => error(code < 0n ? code + 1n : code))]),
  };
  return apply(operator, [numbers], numbers, attributes);
}

export interface IndexRange {
  /** The function that takes the indices, for the message. */
  operation: string;
  /** What it calls one of them. @default "index" */
  name?: string;
  /** Indices run from 0 to size − 1. */
  size: number;
  /** What has that size, such as "axis 0 of (5, 2)". */
  of: string;
  /** A number that stands for no index, and is let through. */
  ignored?: number;
  /** @default what indices run from and to */
  hint?: string;
}

/**
 * The indices, all of them in the range whenever the result is computed.
 *
 * @throws {OutOfRangeError} At once where they are known, otherwise when they are computed.
 */
export function inRange(indices: Value, range: IndexRange): Value {
  const { operation, size, ignored } = range;
  if (indices.dtype !== "int64") {
    throw dtypeError(operation, `indices are int64, not ${indices.dtype}`, { hint: 'convert them with .to("int64")' });
  }
  const line = laterUserLine();
  const [most, none] = [BigInt(size), ignored === undefined ? undefined : BigInt(ignored)];
  return checked(indices, {
    name: "inRange",
    attributes: { size, ...(ignored !== undefined && { ignored }) },
    find: (numbers) => numbers.find((index) => (index < 0n || index >= most) && index !== none),
    lowerCode: (graph, numbers) => lowerOutside(graph, numbers, size, ignored),
    error: (index) => outOfRange(range, index, line()),
  });
}

/** The error of an index that is not among those of a range. `line` is where it was asked for. */
export function outOfRange(range: Omit<IndexRange, "ignored">, index: bigint | number, line: string): OutOfRangeError {
  const { operation, name = "index", size, of, hint } = range;
  return new OutOfRangeError(`${operation}: ${name} ${index} is out of range for ${of}${line}`, {
    hint: hint ?? (size === 0 ? "there is nothing to choose from" : `indices run from 0 to ${size - 1}`),
    facts: { operator: operation, index: Number(index), size },
  });
}

/** 0, or the largest index that is too large, or a negative index less 1. */
function lowerOutside(graph: Lowering, indices: string, size: number, ignored: number | undefined): string {
  const number = (value: number): string => graph.scalar(value, "int64");
  const isIgnored = ignored === undefined ? undefined : graph.node("Equal", [indices, number(ignored)]);
  const counted = isIgnored === undefined ? indices : graph.node("Where", [isIgnored, number(0), indices]);
  const top = graph.node("ReduceMax", [counted], { keepdims: 0 });
  const low = graph.node("ReduceMin", [counted], { keepdims: 0 });
  const tooLow = graph.node("Where", [graph.node("Less", [low, number(0)]), graph.node("Sub", [low, number(1)]), number(0)]);
  return graph.node("Where", [graph.node("GreaterOrEqual", [top, number(Math.max(size, 1))]), top, tooLow]);
}

/** Divisors without a 0, by which no integer can be divided. */
export function nonZero(divisors: Value): Value {
  const line = laterUserLine();
  return checked(divisors, {
    name: "nonZero",
    find: (numbers) => numbers.find((number) => number === 0n),
    lowerCode: (graph, numbers) => lowerAny(graph, graph.node("Equal", [numbers, graph.scalar(0, "int64")])),
    error: () =>
      new ArgumentError(`div: an integer is divided by zero${line()}`, {
        hint: 'floats give Infinity or NaN instead: convert with .to("float32")',
        facts: { operator: "div" },
      }),
  });
}

/** Exponents of which none is negative: a power of an integer would be none. */
export function nonNegative(exponents: Value): Value {
  const line = laterUserLine();
  return checked(exponents, {
    name: "nonNegative",
    find: (numbers) => numbers.find((number) => number < 0n),
    lowerCode: (graph, numbers) => lowerAny(graph, graph.node("Less", [numbers, graph.scalar(0, "int64")])),
    error: () =>
      new ArgumentError(`pow: an integer has no negative powers${line()}`, {
        hint: 'convert with .to("float32")',
        facts: { operator: "pow" },
      }),
  });
}

/**
 * Sizes of groups that the rows are enough for.
 *
 * @throws {OutOfRangeError} One is negative, or together they are more than there are rows; when they are computed, if they are not known before.
 */
export function groupSizesWithin(sizes: Value, rows: number): Value {
  if (sizes.dtype !== "int64") {
    throw dtypeError("groupedMatmul", `group sizes are int64, not ${sizes.dtype}`, { hint: 'convert them with .to("int64")' });
  }
  const line = laterUserLine();
  const least = (numbers: BigInt64Array): bigint => numbers.reduce((low, number) => (number < low ? number : low), 0n);
  return checked(sizes, {
    name: "groupSizesWithin",
    attributes: { rows },
    find: (numbers) => {
      const total = numbers.reduce((sum, number) => sum + number, 0n);
      return least(numbers) < 0n ? least(numbers) : total > BigInt(rows) ? total : undefined;
    },
    lowerCode: (graph, numbers) => {
      const [low, total] = ["ReduceMin", "ReduceSum"].map((opType) => graph.node(opType, [numbers], { keepdims: 0 })) as [string, string];
      const zero = graph.scalar(0, "int64");
      const tooMany = graph.node("Where", [graph.node("Greater", [total, graph.scalar(rows, "int64")]), total, zero]);
      return graph.node("Where", [graph.node("Less", [low, zero]), graph.node("Sub", [low, graph.scalar(1, "int64")]), tooMany]);
    },
    error: (number) =>
      new OutOfRangeError(
        number < 0n
          ? `groupedMatmul: a group of ${number} rows${line()}`
          : `groupedMatmul: the groups have ${number} rows together, and there are ${rows}${line()}`,
        { hint: "count the rows of each group", facts: { operator: "groupedMatmul", sizes: Number(number), rows } },
      ),
  });
}

/** 1 when one of the flags is set, otherwise 0. */
const lowerAny = (graph: Lowering, flags: string): string => graph.node("ReduceMax", [graph.cast(flags, "int64")], { keepdims: 0 });
