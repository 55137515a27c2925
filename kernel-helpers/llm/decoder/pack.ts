/**
 * ggml's blocks as ONNX Runtime's MatMulNBits takes weights (github.com/microsoft/onnxruntime, docs/ContribOperators.md): rows of blocks, two 4-bit
 * numbers a byte in their order, scales apart. No number changes: what has 5 or 6 bits takes 8, and what has a minimum, x = d q + m, is kept as
 * d (q − c) + (m + c d), with c the middle of q's range and the second part apart.
 */
import { isQuantized, unpack, type GgufDType } from "../../checkpoints/index.ts";

export interface PackedWeights {
  bits: 4 | 8;
  /** Numbers that share a scale. */
  blockSize: 16 | 32;
  /** (rows, blocks of a row, bytes of a block): integers with an offset of 8 (4 bits) or 128 (8 bits). */
  data: Uint8Array;
  /** (rows, blocks of a row). */
  scales: Float32Array;
  /** (rows, blocks of a row): what is added to each number of a block. */
  offsets?: Float32Array;
}

export type Pack = (blocks: Uint8Array, elements: number) => PackedWeights;

/** How a type is packed; undefined for types that are multiplied as float32, those of 2 and 3 bits among them. */
export function packOf(dtype: GgufDType): Pack | undefined {
  if (!isQuantized(dtype) || dtype === "Q2_K" || dtype === "Q3_K") return undefined;
  return (bytes, elements) => {
    const { bits, groupSize, center, q, scales, minimums } = unpack(dtype, bytes, elements);
    return {
      bits: bits === 4 ? 4 : 8,
      blockSize: groupSize,
      data: bits === 4 ? inPairs(q) : shifted(q, 128 - center),
      scales,
      ...(minimums && { offsets: minimums.map((minimum, group) => minimum + center * scales[group]!) }),
    };
  };
}

/** Adds to each byte, where no sum is above 255: so four at a time. */
function shifted(q: Uint8Array, by: number): Uint8Array {
  const fours = new Uint32Array(q.buffer, q.byteOffset, q.length / 4);
  if (by > 0) for (let index = 0; index < fours.length; index++) fours[index]! += by * 0x01010101;
  return q;
}

/** Two 4-bit integers a byte, the first one low. */
function inPairs(q: Uint8Array): Uint8Array {
  const fours = new Uint32Array(q.buffer, q.byteOffset, q.length / 4);
  const pairs = new Uint16Array(fours.length);
  for (let index = 0; index < fours.length; index++) {
    const doubled = fours[index]! | (fours[index]! >>> 4); // in its bytes 0 and 2 a pair each
    pairs[index] = (doubled & 0xff) | ((doubled >>> 8) & 0xff00);
  }
  return new Uint8Array(pairs.buffer);
}

export function join<T extends Uint8Array | Float32Array>(parts: readonly T[], Type: new (length: number) => T): T {
  const whole = new Type(parts.reduce((length, part) => length + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    whole.set(part, filled);
    filled += part.length;
  }
  return whole;
}
