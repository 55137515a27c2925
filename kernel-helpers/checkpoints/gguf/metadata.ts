/** The key-value pairs of a GGUF file, with the types that the file names (github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
import { argumentError, checkArray, checkBoolean, checkChoice, checkObject, checkUnicode } from "../../runtime/check.ts";

export const scalarTypes = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "float32",
  "bool",
  "string",
  "array",
  "uint64",
  "int64",
  "float64",
] as const;

export type GgufScalarType = Exclude<(typeof scalarTypes)[number], "array">;

/** One value; 64-bit integers that a number cannot hold exactly are bigint. */
export type GgufScalar = number | bigint | boolean | string;

export type GgufField =
  | { readonly type: GgufScalarType; readonly value: GgufScalar }
  | { readonly type: "array"; readonly of: GgufScalarType; readonly value: readonly GgufScalar[] };

export type GgufMetadata = Readonly<Record<string, GgufField>>;

export const arrayType: number = scalarTypes.indexOf("array");

interface ScalarFormat {
  readonly bytes: number;
  read(view: DataView, at: number): GgufScalar;
  write(view: DataView, at: number, value: GgufScalar): void;
}

const number = (bytes: number, name: "Uint8" | "Int8" | "Uint16" | "Int16" | "Uint32" | "Int32" | "Float32" | "Float64"): ScalarFormat => ({
  bytes,
  read: (view, at) => view[`get${name}`](at, true),
  write: (view, at, value) => view[`set${name}`](at, Number(value), true),
});

const bigint = (name: "BigUint64" | "BigInt64"): ScalarFormat => ({
  bytes: 8,
  read: (view, at) => exact(view[`get${name}`](at, true)),
  write: (view, at, value) => view[`set${name}`](at, BigInt(value), true),
});

const exact = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

/** What a field of each integer type may hold. */
const bits: Readonly<Partial<Record<GgufScalarType, readonly [bits: number, isSigned: boolean]>>> = {
  uint8: [8, false],
  int8: [8, true],
  uint16: [16, false],
  int16: [16, true],
  uint32: [32, false],
  int32: [32, true],
  uint64: [64, false],
  int64: [64, true],
};

/**
 * A value that its type can hold without loss; float32 is rounded.
 *
 * @throws {ArgumentError} It cannot: 300 as uint8, 1.5 as int32, a string as bool.
 */
export function checkScalar(argument: string, type: GgufScalarType, value: unknown): GgufScalar {
  if (type === "string") return checkUnicode(argument, value);
  if (type === "bool") return checkBoolean(argument, value);
  const size = bits[type];
  if (size === undefined) {
    if (typeof value === "number") return value;
    throw argumentError(argument, "a number", value);
  }
  const [count, isSigned] = size;
  const min = isSigned ? -(2n ** BigInt(count - 1)) : 0n;
  const max = 2n ** BigInt(isSigned ? count - 1 : count) - 1n;
  const isInteger = typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
  if (isInteger && value >= min && value <= max) return value;
  const hint = count === 64 ? "write integers beyond 2^53 as bigint: 2n ** 60n" : `${type} holds ${min} to ${max}; choose another type`;
  throw argumentError(argument, `an integer ≥ ${min} and ≤ ${max}`, value, { hint });
}

/** A field whose type and value are what the format has. */
export function checkField(argument: string, field: unknown): GgufField {
  const { type, of, value } = checkObject(argument, field, { hint: 'pass { type: "uint32", value: 1 }' });
  checkChoice(`${argument}.type`, type, scalarTypes);
  if (type !== "array") checkScalar(`${argument}.value`, type as GgufScalarType, value);
  else {
    const items = checkChoice(
      `${argument}.of`,
      of,
      scalarTypes.filter((name) => name !== "array"),
    );
    checkArray(`${argument}.value`, value, (name, item) => checkScalar(name, items, item));
  }
  return field as GgufField;
}

/** Little-endian; strings, whose lengths vary, are read and written by themselves. */
export const scalarFormats: Readonly<Record<Exclude<GgufScalarType, "string">, ScalarFormat>> = {
  uint8: number(1, "Uint8"),
  int8: number(1, "Int8"),
  uint16: number(2, "Uint16"),
  int16: number(2, "Int16"),
  uint32: number(4, "Uint32"),
  int32: number(4, "Int32"),
  float32: number(4, "Float32"),
  bool: { bytes: 1, read: (view, at) => view.getUint8(at) !== 0, write: (view, at, value) => view.setUint8(at, Number(value)) },
  uint64: bigint("BigUint64"),
  int64: bigint("BigInt64"),
  float64: number(8, "Float64"),
};
