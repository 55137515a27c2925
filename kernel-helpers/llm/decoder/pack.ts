/**
 * ggml's blocks as ONNX Runtime's MatMulNBits takes weights (github.com/microsoft/onnxruntime, docs/ContribOperators.md): rows of blocks, two 4-bit
 * numbers a byte in their order, scales apart. No number changes: what has 5 or 6 bits takes 8, and what has a minimum, x = d q + m, is kept as
 * d (q − c) + (m + c d), with c the middle of q's range and the second part apart.
 */
import type { GgufDType } from "../../checkpoints/index.ts";
import { fromFloat16 } from "../../runtime/half.ts";

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

interface Layout {
  bits: 4 | 8;
  blockSize: 16 | 32;
  /** The middle of the integers' range. */
  center: number;
  /** The integers of a block, into `q`. */
  read(bytes: Uint8Array, block: number, q: Uint8Array): void;
  scale(bytes: Uint8Array, block: number): number;
  /** Absent where it is −center · scale. */
  minimum?(bytes: Uint8Array, block: number): number;
}

const halves: Float32Array = fromFloat16(Uint16Array.from({ length: 65_536 }, (_, bits) => bits));
const half = (bytes: Uint8Array, at: number): number => halves[bytes[at]! | (bytes[at + 1]! << 8)]!;

/** 16 bytes: the low halves are the first 16 integers, the high halves the others. */
function readNibbles(bytes: Uint8Array, at: number, q: Uint8Array): void {
  for (let j = 0; j < 16; j++) {
    q[j] = bytes[at + j]! & 15;
    q[j + 16] = bytes[at + j]! >> 4;
  }
}

/** 32 integers in 4 bytes of fifth bits and 16 bytes as above. */
function readFiveBits(bytes: Uint8Array, at: number, q: Uint8Array): void {
  readNibbles(bytes, at + 4, q);
  for (let j = 0; j < 32; j++) q[j]! |= ((bytes[at + (j >> 3)]! >> (j & 7)) & 1) << 4;
}

/** Half a byte each of 32 bytes, which two neighbouring blocks share (K types). */
function readHalves(bytes: Uint8Array, at: number, block: number, q: Uint8Array): void {
  for (let j = 0; j < 32; j++) q[j] = (bytes[at + ((block >> 1) & 3) * 32 + j]! >> ((block & 1) * 4)) & 15;
}

/** Of the eight 6-bit scales and minimums in 12 bytes (`get_scale_min_k4`). */
const scaleOfEight = (bytes: Uint8Array, at: number, block: number): number =>
  block < 4 ? bytes[at + block]! & 63 : (bytes[at + block + 4]! & 15) | ((bytes[at + block - 4]! >> 6) << 4);
const minimumOfEight = (bytes: Uint8Array, at: number, block: number): number =>
  block < 4 ? bytes[at + block + 4]! & 63 : (bytes[at + block + 4]! >> 4) | ((bytes[at + block]! >> 6) << 4);

const layouts: Partial<Record<GgufDType, Layout>> = {
  Q4_0: {
    bits: 4,
    blockSize: 32,
    center: 8,
    read: (bytes, block, q) => readNibbles(bytes, block * 18 + 2, q),
    scale: (bytes, block) => half(bytes, block * 18),
  },
  Q4_1: {
    bits: 4,
    blockSize: 32,
    center: 8,
    read: (bytes, block, q) => readNibbles(bytes, block * 20 + 4, q),
    scale: (bytes, block) => half(bytes, block * 20),
    minimum: (bytes, block) => half(bytes, block * 20 + 2),
  },
  Q5_0: {
    bits: 8,
    blockSize: 32,
    center: 16,
    read: (bytes, block, q) => readFiveBits(bytes, block * 22 + 2, q),
    scale: (bytes, block) => half(bytes, block * 22),
  },
  Q5_1: {
    bits: 8,
    blockSize: 32,
    center: 16,
    read: (bytes, block, q) => readFiveBits(bytes, block * 24 + 4, q),
    scale: (bytes, block) => half(bytes, block * 24),
    minimum: (bytes, block) => half(bytes, block * 24 + 2),
  },
  Q8_0: {
    bits: 8,
    blockSize: 32,
    center: 128,
    read: (bytes, block, q) => {
      for (let j = 0; j < 32; j++) q[j] = bytes[block * 34 + 2 + j]! ^ 128; // two's complement, with an offset
    },
    scale: (bytes, block) => half(bytes, block * 34),
  },
  Q4_K: {
    bits: 4,
    blockSize: 32,
    center: 8,
    read: (bytes, block, q) => readHalves(bytes, (block >> 3) * 144 + 16, block, q),
    scale: (bytes, block) => half(bytes, (block >> 3) * 144) * scaleOfEight(bytes, (block >> 3) * 144 + 4, block & 7),
    minimum: (bytes, block) => -half(bytes, (block >> 3) * 144 + 2) * minimumOfEight(bytes, (block >> 3) * 144 + 4, block & 7),
  },
  Q5_K: {
    bits: 8,
    blockSize: 32,
    center: 16,
    read: (bytes, block, q) => {
      const at = (block >> 3) * 176;
      readHalves(bytes, at + 48, block, q);
      for (let j = 0; j < 32; j++) q[j]! |= ((bytes[at + 16 + j]! >> (block & 7)) & 1) << 4;
    },
    scale: (bytes, block) => half(bytes, (block >> 3) * 176) * scaleOfEight(bytes, (block >> 3) * 176 + 4, block & 7),
    minimum: (bytes, block) => -half(bytes, (block >> 3) * 176 + 2) * minimumOfEight(bytes, (block >> 3) * 176 + 4, block & 7),
  },
  Q6_K: {
    bits: 8,
    blockSize: 16,
    center: 32,
    read: (bytes, block, q) => {
      const at = (block >> 4) * 210;
      const [side, quarter, within] = [(block >> 3) & 1, (block >> 1) & 3, (block & 1) * 16];
      const low = at + side * 64 + (quarter & 1) * 32 + within;
      const high = at + 128 + side * 32 + within;
      for (let j = 0; j < 16; j++) {
        q[j] = ((bytes[low + j]! >> ((quarter >> 1) * 4)) & 15) | (((bytes[high + j]! >> (quarter * 2)) & 3) << 4);
      }
    },
    scale: (bytes, block) => {
      const at = (block >> 4) * 210;
      return half(bytes, at + 208) * ((bytes[at + 192 + (block & 15)]! << 24) >> 24);
    },
  },
};

/** How a type is packed; undefined for types that are multiplied as float32. */
export function packOf(dtype: GgufDType): Pack | undefined {
  const layout = layouts[dtype];
  return layout && ((bytes, elements) => pack(layout, bytes, elements));
}

function pack(layout: Layout, bytes: Uint8Array, elements: number): PackedWeights {
  const { bits, blockSize, center } = layout;
  const count = elements / blockSize;
  const data = new Uint8Array((elements * bits) / 8);
  const scales = new Float32Array(count);
  const offsets = layout.minimum && new Float32Array(count);
  const q = new Uint8Array(blockSize);
  for (let block = 0; block < count; block++) {
    const scale = layout.scale(bytes, block);
    scales[block] = scale;
    if (offsets) offsets[block] = layout.minimum!(bytes, block) + center * scale;
    layout.read(bytes, block, q);
    if (bits === 8) for (let j = 0, at = block * blockSize; j < blockSize; j++) data[at + j] = q[j]! + 128 - center;
    else for (let j = 0, at = block * 16; j < 16; j++) data[at + j] = q[2 * j]! | (q[2 * j + 1]! << 4);
  }
  return { bits, blockSize, data, scales, ...(offsets && { offsets }) };
}

/** Matrices of one type as one: their rows one below the other. */
export function joinPacked(parts: readonly PackedWeights[]): PackedWeights {
  const [first] = parts as [PackedWeights];
  if (parts.length === 1) return first;
  const offsets = parts.flatMap((part) => part.offsets ?? []);
  return {
    ...first,
    data: join(
      parts.map(({ data }) => data),
      Uint8Array,
    ),
    scales: join(
      parts.map(({ scales }) => scales),
      Float32Array,
    ),
    ...(offsets.length > 0 && { offsets: join(offsets, Float32Array) }),
  };
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
