/**
 * How ggml's quantised types lie in their blocks (ggml/src/ggml-quants.c, `dequantize_row_*`): integers q with a scale d for each 16 or 32 of them,
 * and for some types a minimum m. A number is d (q − center), or d q + m where there are minimums. Blocks hold 32 numbers, those of the K types 256.
 */
import { fromFloat16 } from "../../runtime/half.ts";

export type QuantizedDType = "Q4_0" | "Q4_1" | "Q5_0" | "Q5_1" | "Q8_0" | "Q2_K" | "Q3_K" | "Q4_K" | "Q5_K" | "Q6_K";

export interface Layout {
  /** Of an integer, which is 0 … 2^bits − 1. */
  readonly bits: 2 | 3 | 4 | 5 | 6 | 8;
  /** Numbers that share a scale. */
  readonly groupSize: 16 | 32;
  /** The integer that stands for 0, or the middle of the range where there are minimums. */
  readonly center: number;
  /** The integers of all blocks, one a byte. */
  readonly integers: (bytes: Uint8Array, q: Uint8Array) => void;
  /** Of all groups. Float32 holds the product of two such numbers only rounded. */
  readonly scales: (bytes: Uint8Array, out: Float32Array) => void;
  readonly minimums?: (bytes: Uint8Array, out: Float32Array) => void;
}

/** The number that each float16 is. */
const halves = fromFloat16(Uint16Array.from({ length: 65_536 }, (_, bits) => bits));

/** The float16 at a place, as a number. */
const half = (bytes: Uint8Array, at: number): number => halves[bytes[at]! | (bytes[at + 1]! << 8)]!;

const signed = (byte: number): number => (byte << 24) >> 24;

/** The bytes two at a time, in which all blocks begin at whole places; four at a time they may not. */
const pairsOf = (bytes: Uint8Array): Uint16Array => {
  const even = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(even.buffer, even.byteOffset, even.length >> 1);
};

/** Room for integers, which is aligned, four at a time. */
const foursOf = (q: Uint8Array): Uint32Array => new Uint32Array(q.buffer, q.byteOffset, q.length >> 2);

const lowHalves = 0x0f0f0f0f;

/** Blocks of `size` bytes that end with 16: their low halves are the first 16 integers, the high halves the others. */
function nibbles(bytes: Uint8Array, size: number, q: Uint8Array): void {
  const [pairs, fours] = [pairsOf(bytes), foursOf(q)];
  for (let at = (size - 16) / 2, y = 0; y < fours.length; at += size / 2, y += 8) {
    for (let j = 0; j < 4; j++) {
      const four = pairs[at + 2 * j]! | (pairs[at + 2 * j + 1]! << 16);
      fours[y + j] = four & lowHalves;
      fours[y + j + 4] = (four >>> 4) & lowHalves;
    }
  }
}

/** Four bits as the fifth bits of four bytes. */
const fifths = Uint32Array.from(
  { length: 16 },
  (_, bits) => ((bits & 1) * 0x10) | ((bits & 2) * 0x800) | ((bits & 4) * 0x40000) | ((bits & 8) * 0x2000000),
);

/** The same, with 4 bytes of fifth bits before the 16. */
function fiveBits(bytes: Uint8Array, size: number, q: Uint8Array): void {
  const [pairs, fours] = [pairsOf(bytes), foursOf(q)];
  for (let at = (size - 16) / 2, y = 0; y < fours.length; at += size / 2, y += 8) {
    const [low, high] = [pairs[at - 2]!, pairs[at - 1]!];
    for (let j = 0; j < 4; j++) {
      const four = pairs[at + 2 * j]! | (pairs[at + 2 * j + 1]! << 16);
      fours[y + j] = (four & lowHalves) | fifths[(low >> (4 * j)) & 15]!;
      fours[y + j + 4] = ((four >>> 4) & lowHalves) | fifths[(high >> (4 * j)) & 15]!;
    }
  }
}

/** Blocks of 256 that end with 128 bytes: of each 32 of them the low halves, then the high halves. */
function halfBytes(bytes: Uint8Array, size: number, q: Uint8Array): void {
  const [pairs, fours] = [pairsOf(bytes), foursOf(q)];
  for (let at = (size - 128) / 2, y = 0; y < fours.length; at += size / 2, y += 64) {
    for (let j = 0; j < 32; j++) {
      const four = pairs[at + 2 * j]! | (pairs[at + 2 * j + 1]! << 16);
      const to = y + (j >> 3) * 16 + (j & 7);
      fours[to] = four & lowHalves;
      fours[to + 8] = (four >>> 4) & lowHalves;
    }
  }
}

/** Blocks of 256 in 64 bytes at `start`: of each 32 of them the lowest pairs of bits, then the next ones. */
function bitPairs(bytes: Uint8Array, size: number, start: number, q: Uint8Array): void {
  for (let at = start, y = 0; y < q.length; at += size, y += 256) {
    for (let index = 0; index < 256; index++) {
      q[y + index] = (bytes[at + (index >> 7) * 32 + (index & 31)]! >> (((index >> 5) & 3) * 2)) & 3;
    }
  }
}

/**
 * Of the eight 6-bit scales and minimums in 12 bytes (`get_scale_min_k4`): the first four lie in the low six bits of eight bytes, the others in four
 * more bytes and the bits left.
 */
const scaleOfEight = (bytes: Uint8Array, at: number, group: number): number =>
  group < 4 ? bytes[at + group]! & 63 : (bytes[at + group + 4]! & 15) | ((bytes[at + group - 4]! >> 6) << 4);
const minimumOfEight = (bytes: Uint8Array, at: number, group: number): number =>
  group < 4 ? bytes[at + group + 4]! & 63 : (bytes[at + group + 4]! >> 4) | ((bytes[at + group]! >> 6) << 4);

type OfGroups = (bytes: Uint8Array, out: Float32Array) => void;

/** From a group's number to its scale or minimum. */
const each =
  (read: (bytes: Uint8Array, group: number) => number): OfGroups =>
  (bytes, out) => {
    for (let group = 0; group < out.length; group++) out[group] = read(bytes, group);
  };

/** d, dmin and eight scales and minimums at the beginning of blocks of `size` bytes. */
const ofEight = (size: number): Pick<Required<Layout>, "scales" | "minimums"> => ({
  scales: each((bytes, group) => half(bytes, (group >> 3) * size) * scaleOfEight(bytes, (group >> 3) * size + 4, group & 7)),
  minimums: each((bytes, group) => -half(bytes, (group >> 3) * size + 2) * minimumOfEight(bytes, (group >> 3) * size + 4, group & 7)),
});

/** A float16 at so many bytes from the beginning of blocks of `size` bytes. */
const halvesAt =
  (size: number, at: number): OfGroups =>
  (bytes, out) => {
    for (let group = 0, place = at; group < out.length; group++, place += size) out[group] = half(bytes, place);
  };

export const layouts: Readonly<Record<QuantizedDType, Layout>> = {
  Q4_0: { bits: 4, groupSize: 32, center: 8, integers: (bytes, q) => nibbles(bytes, 18, q), scales: halvesAt(18, 0) },
  Q4_1: {
    bits: 4,
    groupSize: 32,
    center: 8,
    integers: (bytes, q) => nibbles(bytes, 20, q),
    scales: halvesAt(20, 0),
    minimums: halvesAt(20, 2),
  },
  Q5_0: { bits: 5, groupSize: 32, center: 16, integers: (bytes, q) => fiveBits(bytes, 22, q), scales: halvesAt(22, 0) },
  Q5_1: {
    bits: 5,
    groupSize: 32,
    center: 16,
    integers: (bytes, q) => fiveBits(bytes, 24, q),
    scales: halvesAt(24, 0),
    minimums: halvesAt(24, 2),
  },
  Q8_0: {
    bits: 8,
    groupSize: 32,
    center: 128,
    integers(bytes, q) {
      const [pairs, fours] = [pairsOf(bytes), foursOf(q)];
      for (let at = 1, y = 0; y < fours.length; at += 17, y += 8) {
        for (let j = 0; j < 8; j++) fours[y + j] = (pairs[at + 2 * j]! | (pairs[at + 2 * j + 1]! << 16)) ^ 0x80808080; // two's complement, with an offset
      }
    },
    scales: halvesAt(34, 0),
  },
  Q2_K: {
    bits: 2,
    groupSize: 16,
    center: 2,
    integers: (bytes, q) => bitPairs(bytes, 84, 16, q),
    scales: each((bytes, group) => half(bytes, (group >> 4) * 84 + 80) * (bytes[(group >> 4) * 84 + (group & 15)]! & 15)),
    minimums: each((bytes, group) => -half(bytes, (group >> 4) * 84 + 82) * (bytes[(group >> 4) * 84 + (group & 15)]! >> 4)),
  },
  Q3_K: {
    bits: 3,
    groupSize: 16,
    center: 4,
    integers(bytes, q) {
      bitPairs(bytes, 110, 32, q);
      for (let at = 0, y = 0; y < q.length; at += 110, y += 256) {
        for (let index = 0; index < 256; index++) q[y + index]! |= ((bytes[at + (index & 31)]! >> (index >> 5)) & 1) << 2;
      }
    },
    scales: each((bytes, group) => {
      const [at, index] = [(group >> 4) * 110, group & 15];
      const low = bytes[at + 96 + (index & 7)]! >> ((index >> 3) * 4);
      const high = bytes[at + 104 + (index & 3)]! >> ((index >> 2) * 2);
      return half(bytes, at + 108) * (((low & 15) | ((high & 3) << 4)) - 32);
    }),
  },
  Q4_K: { bits: 4, groupSize: 32, center: 8, integers: (bytes, q) => halfBytes(bytes, 144, q), ...ofEight(144) },
  Q5_K: {
    bits: 5,
    groupSize: 32,
    center: 16,
    integers(bytes, q) {
      halfBytes(bytes, 176, q);
      for (let at = 16, y = 0; y < q.length; at += 176, y += 256) {
        for (let index = 0; index < 256; index++) q[y + index]! |= ((bytes[at + (index & 31)]! >> (index >> 5)) & 1) << 4;
      }
    },
    ...ofEight(176),
  },
  Q6_K: {
    bits: 6,
    groupSize: 16,
    center: 32,
    integers(bytes, q) {
      const [pairs, fours] = [pairsOf(bytes), foursOf(q)];
      for (let at = 0, y = 0; y < fours.length; at += 105, y += 64) {
        for (let index = 0; index < 64; index++) {
          const quarter = (index >> 3) & 3; // of the 128 numbers that share 64 low and 32 high bytes
          const low = at + (index >> 5) * 32 + (quarter & 1) * 16 + (index & 7) * 2;
          const high = at + 64 + (index >> 5) * 16 + (index & 7) * 2;
          const [lows, highs] = [pairs[low]! | (pairs[low + 1]! << 16), pairs[high]! | (pairs[high + 1]! << 16)];
          fours[y + index] = ((lows >>> ((quarter >> 1) * 4)) & lowHalves) | (((highs >>> (quarter * 2)) & 0x03030303) << 4);
        }
      }
    },
    scales: each((bytes, group) => half(bytes, (group >> 4) * 210 + 208) * signed(bytes[(group >> 4) * 210 + 192 + (group & 15)]!)),
  },
};

export const quantizedDTypes: readonly QuantizedDType[] = Object.keys(layouts) as QuantizedDType[];

/** Blocks taken apart: integers, and for each group its scale, and its minimum where the type has minimums. */
export interface Unpacked extends Pick<Layout, "bits" | "groupSize" | "center"> {
  /** One a byte, in order. */
  q: Uint8Array;
  scales: Float32Array;
  minimums?: Float32Array;
}

export function unpackBlocks(dtype: QuantizedDType, bytes: Uint8Array, elements: number): Unpacked {
  const { bits, groupSize, center, integers, scales, minimums } = layouts[dtype];
  const q = new Uint8Array(elements);
  integers(bytes, q);
  const read = (ofGroups: OfGroups): Float32Array => {
    const numbers = new Float32Array(elements / groupSize);
    ofGroups(bytes, numbers);
    return numbers;
  };
  return { bits, groupSize, center, q, scales: read(scales), ...(minimums && { minimums: read(minimums) }) };
}

/** As float32, bit for bit as ggml: each product and each sum is rounded, as there. */
export const dequantizeBlocks =
  (dtype: QuantizedDType) =>
  (bytes: Uint8Array, out: Float32Array): void => {
    const { groupSize, center, q, scales, minimums } = unpackBlocks(dtype, bytes, out.length);
    for (let group = 0, y = 0; group < scales.length; group++, y += groupSize) {
      const scale = scales[group]!;
      const end = y + groupSize;
      if (!minimums) for (let j = y; j < end; j++) out[j] = scale * (q[j]! - center);
      else for (let j = y, minimum = minimums[group]!; j < end; j++) out[j] = Math.fround(scale * q[j]!) + minimum;
    }
  };
