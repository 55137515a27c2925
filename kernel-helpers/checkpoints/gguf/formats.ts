/** ggml's types of numbers, by the ids that GGUF files use (ggml/include/ggml.h, `enum ggml_type`): their blocks, and the way to float32 and back. */
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../runtime/half.ts";
import { dequantizeBlocks, layouts, type QuantizedDType } from "./layouts.ts";
import * as to from "./quantize.ts";

type Dequantize = (blocks: Uint8Array, out: Float32Array) => void;

export interface BlockFormat {
  readonly id: number;
  /** Numbers in a block: rows must be made of whole blocks. */
  readonly elements: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Writes the numbers of all blocks to `out`, whose length is a whole number of blocks. */
  readonly dequantize: Dequantize;
  /** Absent where only llama.cpp's own tools write the type. */
  readonly quantize?: to.Quantize;
}

type Plain = new (buffer: ArrayBuffer) => Float64Array | Int8Array | Int16Array | Int32Array;

const plain =
  (Type: Plain): Dequantize =>
  (blocks, out) =>
    out.set(new Type(blocks.slice().buffer));

export type GgufDType = QuantizedDType | "F32" | "F16" | "BF16" | "F64" | "I8" | "I16" | "I32";

/** Whether the type holds integers with scales; the others are converted number by number. */
export const isQuantized = (dtype: GgufDType): dtype is QuantizedDType => Object.hasOwn(layouts, dtype);

export const formats: Readonly<Record<GgufDType, BlockFormat>> = {
  F32: {
    id: 0,
    elements: 1,
    bytes: 4,
    dequantize: (blocks, out) => bytesOf(out).set(blocks),
    quantize: (values) => bytesOf(values).slice(),
  },
  F16: {
    id: 1,
    elements: 1,
    bytes: 2,
    dequantize: (blocks, out) => out.set(fromFloat16(words(blocks))),
    quantize: (values) => bytesOf(toFloat16(values)),
  },
  Q4_0: { id: 2, elements: 32, bytes: 18, dequantize: dequantizeBlocks("Q4_0"), quantize: to.quantizeQ4_0 },
  Q4_1: { id: 3, elements: 32, bytes: 20, dequantize: dequantizeBlocks("Q4_1"), quantize: to.quantizeQ4_1 },
  Q5_0: { id: 6, elements: 32, bytes: 22, dequantize: dequantizeBlocks("Q5_0") },
  Q5_1: { id: 7, elements: 32, bytes: 24, dequantize: dequantizeBlocks("Q5_1") },
  Q8_0: { id: 8, elements: 32, bytes: 34, dequantize: dequantizeBlocks("Q8_0"), quantize: to.quantizeQ8_0 },
  Q2_K: { id: 10, elements: 256, bytes: 84, dequantize: dequantizeBlocks("Q2_K") },
  Q3_K: { id: 11, elements: 256, bytes: 110, dequantize: dequantizeBlocks("Q3_K") },
  Q4_K: { id: 12, elements: 256, bytes: 144, dequantize: dequantizeBlocks("Q4_K") },
  Q5_K: { id: 13, elements: 256, bytes: 176, dequantize: dequantizeBlocks("Q5_K") },
  Q6_K: { id: 14, elements: 256, bytes: 210, dequantize: dequantizeBlocks("Q6_K") },
  I8: { id: 24, elements: 1, bytes: 1, dequantize: plain(Int8Array) },
  I16: { id: 25, elements: 1, bytes: 2, dequantize: plain(Int16Array) },
  I32: { id: 26, elements: 1, bytes: 4, dequantize: plain(Int32Array) },
  F64: { id: 28, elements: 1, bytes: 8, dequantize: plain(Float64Array) },
  BF16: {
    id: 30,
    elements: 1,
    bytes: 2,
    dequantize: (blocks, out) => out.set(fromBfloat16(words(blocks))),
    quantize: (values) => bytesOf(toBfloat16(values)),
  },
};

export const ggufDTypes: readonly GgufDType[] = Object.keys(formats) as GgufDType[];

const byId: ReadonlyMap<number, GgufDType> = new Map(ggufDTypes.map((name) => [formats[name].id, name]));

/** The type of an id; undefined for those that are not read, such as IQ2_XXS. */
export const dtypeOfId = (id: number): GgufDType | undefined => byId.get(id);

/** How many numbers a shape holds. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Bytes that so many numbers take. */
export const bytesFor = (dtype: GgufDType, elements: number): number => (elements / formats[dtype].elements) * formats[dtype].bytes;

const bytesOf = (array: Float32Array | Uint16Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Two bytes each, wherever they lie. */
const words = (bytes: Uint8Array): Uint16Array =>
  bytes.byteOffset % 2 === 0
    ? new Uint16Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 2)
    : new Uint16Array(bytes.slice().buffer);
