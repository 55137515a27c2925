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
  /** The integers of all blocks, one a byte. */
  read(bytes: Uint8Array, q: Uint8Array): void;
  scale(bytes: Uint8Array, block: number): number;
  /** Absent where it is −center · scale. */
  minimum?(bytes: Uint8Array, block: number): number;
}

const halves: Float32Array = fromFloat16(Uint16Array.from({ length: 65_536 }, (_, bits) => bits));
const half = (bytes: Uint8Array, at: number): number => halves[bytes[at]! | (bytes[at + 1]! << 8)]!;

/** Blocks of `size` bytes that end with 16: their low halves are the first 16 integers, the high halves the others. */
function readNibbles(bytes: Uint8Array, size: number, q: Uint8Array): void {
  for (let at = size - 16, y = 0; y < q.length; at += size, y += 32) {
    for (let j = 0; j < 16; j++) {
      const byte = bytes[at + j]!;
      q[y + j] = byte & 15;
      q[y + j + 16] = byte >> 4;
    }
  }
}

/** The same, with 4 bytes of fifth bits before the 16. */
function readFiveBits(bytes: Uint8Array, size: number, q: Uint8Array): void {
  for (let at = size - 16, y = 0; y < q.length; at += size, y += 32) {
    const low = bytes[at - 4]! | (bytes[at - 3]! << 8);
    const high = bytes[at - 2]! | (bytes[at - 1]! << 8);
    for (let j = 0; j < 16; j++) {
      const byte = bytes[at + j]!;
      q[y + j] = (byte & 15) | (((low >> j) & 1) << 4);
      q[y + j + 16] = (byte >> 4) | (((high >> j) & 1) << 4);
    }
  }
}

/** Blocks of 256 that end with 128 bytes: of each 32 of them the low halves, then the high halves (K types). */
function readHalves(bytes: Uint8Array, size: number, q: Uint8Array): void {
  for (let at = size - 128, y = 0; y < q.length; at += size, y += 256) {
    for (let part = 0; part < 4; part++) {
      for (let j = 0; j < 32; j++) {
        const byte = bytes[at + part * 32 + j]!;
        q[y + part * 64 + j] = byte & 15;
        q[y + part * 64 + j + 32] = byte >> 4;
      }
    }
  }
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
    read: (bytes, q) => readNibbles(bytes, 18, q),
    scale: (bytes, block) => half(bytes, block * 18),
  },
  Q4_1: {
    bits: 4,
    blockSize: 32,
    center: 8,
    read: (bytes, q) => readNibbles(bytes, 20, q),
    scale: (bytes, block) => half(bytes, block * 20),
    minimum: (bytes, block) => half(bytes, block * 20 + 2),
  },
  Q5_0: {
    bits: 8,
    blockSize: 32,
    center: 16,
    read: (bytes, q) => readFiveBits(bytes, 22, q),
    scale: (bytes, block) => half(bytes, block * 22),
  },
  Q5_1: {
    bits: 8,
    blockSize: 32,
    center: 16,
    read: (bytes, q) => readFiveBits(bytes, 24, q),
    scale: (bytes, block) => half(bytes, block * 24),
    minimum: (bytes, block) => half(bytes, block * 24 + 2),
  },
  Q8_0: {
    bits: 8,
    blockSize: 32,
    center: 128,
    read: (bytes, q) => {
      for (let at = 2, y = 0; y < q.length; at += 34, y += 32) {
        for (let j = 0; j < 32; j++) q[y + j] = bytes[at + j]! ^ 128; // two's complement, with an offset
      }
    },
    scale: (bytes, block) => half(bytes, block * 34),
  },
  Q4_K: {
    bits: 4,
    blockSize: 32,
    center: 8,
    read: (bytes, q) => readHalves(bytes, 144, q),
    scale: (bytes, block) => half(bytes, (block >> 3) * 144) * scaleOfEight(bytes, (block >> 3) * 144 + 4, block & 7),
    minimum: (bytes, block) => -half(bytes, (block >> 3) * 144 + 2) * minimumOfEight(bytes, (block >> 3) * 144 + 4, block & 7),
  },
  Q5_K: {
    bits: 8,
    blockSize: 32,
    center: 16,
    read: (bytes, q) => {
      readHalves(bytes, 176, q);
      for (let at = 16, y = 0; y < q.length; at += 176, y += 256) {
        for (let index = 0; index < 256; index++) q[y + index]! |= ((bytes[at + (index & 31)]! >> (index >> 5)) & 1) << 4;
      }
    },
    scale: (bytes, block) => half(bytes, (block >> 3) * 176) * scaleOfEight(bytes, (block >> 3) * 176 + 4, block & 7),
    minimum: (bytes, block) => -half(bytes, (block >> 3) * 176 + 2) * minimumOfEight(bytes, (block >> 3) * 176 + 4, block & 7),
  },
  Q6_K: {
    bits: 8,
    blockSize: 16,
    center: 32,
    read: (bytes, q) => {
      for (let at = 0, y = 0; y < q.length; at += 210, y += 256) {
        for (let index = 0; index < 256; index++) {
          const quarter = (index >> 5) & 3; // of the 128 numbers that share 64 low and 32 high bytes
          const low = bytes[at + (index >> 7) * 64 + (quarter & 1) * 32 + (index & 31)]! >> ((quarter >> 1) * 4);
          const high = bytes[at + 128 + (index >> 7) * 32 + (index & 31)]! >> (quarter * 2);
          q[y + index] = (low & 15) | ((high & 3) << 4);
        }
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
  const scales = new Float32Array(count);
  const offsets = layout.minimum && new Float32Array(count);
  for (let block = 0; block < count; block++) {
    const scale = layout.scale(bytes, block);
    scales[block] = scale;
    if (offsets) offsets[block] = layout.minimum!(bytes, block) + center * scale;
  }
  const q = new Uint8Array(elements);
  layout.read(bytes, q);
  const data = bits === 8 ? shifted(q, 128 - center) : inPairs(q);
  return { bits, blockSize, data, scales, ...(offsets && { offsets }) };
}

function shifted(q: Uint8Array, by: number): Uint8Array {
  for (let index = 0; index < q.length; index++) q[index]! += by;
  return q;
}

/** Two 4-bit integers a byte, the first one low. */
function inPairs(q: Uint8Array): Uint8Array {
  const pairs = new Uint8Array(q.length / 2);
  for (let index = 0; index < pairs.length; index++) pairs[index] = q[2 * index]! | (q[2 * index + 1]! << 4);
  return pairs;
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
