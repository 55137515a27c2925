/** The key-value pairs of a GGUF file, with the types that the file names (github.com/ggml-org/ggml/blob/master/docs/gguf.md). */

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
