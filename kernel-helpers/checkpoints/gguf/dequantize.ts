/**
 * Blocks of quantised numbers as float32, bit for bit as ggml does it (ggml/src/ggml-quants.c, `dequantize_row_*`): each product and each sum is
 * rounded to float32, as there. A block holds 32 numbers, or 256 with a scale for each 16 or 32 of them (the K types).
 */
import { fromFloat16 } from "../../runtime/half.ts";

/** Writes the numbers of all blocks to `out`, whose length is a whole number of blocks. */
export type Dequantize = (blocks: Uint8Array, out: Float32Array) => void;

const f32 = Math.fround;

const halves: Float32Array = fromFloat16(Uint16Array.from({ length: 65536 }, (_, bits) => bits));
const half = (blocks: Uint8Array, at: number): number => halves[blocks[at]! | (blocks[at + 1]! << 8)]!;

/** 32 numbers: scale, 16 bytes of two 4-bit numbers; x = d (q − 8). */
export const dequantizeQ4_0: Dequantize = (blocks, out) => {
  for (let at = 0, y = 0; y < out.length; at += 18, y += 32) {
    const d = half(blocks, at);
    for (let j = 0; j < 16; j++) {
      const byte = blocks[at + 2 + j]!;
      out[y + j] = d * ((byte & 15) - 8);
      out[y + j + 16] = d * ((byte >> 4) - 8);
    }
  }
};

/** 32 numbers: scale, minimum, 16 bytes; x = d q + m. */
export const dequantizeQ4_1: Dequantize = (blocks, out) => {
  for (let at = 0, y = 0; y < out.length; at += 20, y += 32) {
    const d = half(blocks, at);
    const m = half(blocks, at + 2);
    for (let j = 0; j < 16; j++) {
      const byte = blocks[at + 4 + j]!;
      out[y + j] = f32(d * (byte & 15)) + m;
      out[y + j + 16] = f32(d * (byte >> 4)) + m;
    }
  }
};

/** 32 numbers: scale, a fifth bit for each, 16 bytes; x = d (q − 16). */
export const dequantizeQ5_0: Dequantize = (blocks, out) => {
  for (let at = 0, y = 0; y < out.length; at += 22, y += 32) {
    const d = half(blocks, at);
    for (let j = 0; j < 16; j++) {
      const byte = blocks[at + 6 + j]!;
      out[y + j] = d * (((byte & 15) | (fifthBit(blocks, at + 2, j) << 4)) - 16);
      out[y + j + 16] = d * (((byte >> 4) | (fifthBit(blocks, at + 2, j + 16) << 4)) - 16);
    }
  }
};

/** 32 numbers: scale, minimum, fifth bits, 16 bytes; x = d q + m. */
export const dequantizeQ5_1: Dequantize = (blocks, out) => {
  for (let at = 0, y = 0; y < out.length; at += 24, y += 32) {
    const d = half(blocks, at);
    const m = half(blocks, at + 2);
    for (let j = 0; j < 16; j++) {
      const byte = blocks[at + 8 + j]!;
      out[y + j] = f32(d * ((byte & 15) | (fifthBit(blocks, at + 4, j) << 4))) + m;
      out[y + j + 16] = f32(d * ((byte >> 4) | (fifthBit(blocks, at + 4, j + 16) << 4))) + m;
    }
  }
};

const fifthBit = (blocks: Uint8Array, at: number, number: number): number => (blocks[at + (number >> 3)]! >> (number & 7)) & 1;

/** 32 numbers: scale, 32 signed bytes; x = d q. */
export const dequantizeQ8_0: Dequantize = (blocks, out) => {
  for (let at = 0, y = 0; y < out.length; at += 34, y += 32) {
    const d = half(blocks, at);
    for (let j = 0; j < 32; j++) out[y + j] = d * signed(blocks[at + 2 + j]!);
  }
};

const signed = (byte: number): number => (byte << 24) >> 24;

/** 256 numbers: 16 bytes of 4-bit scales and minimums, 64 bytes of 2-bit numbers, d, dmin; x = d s q − dmin m, for each 16 of them. */
export const dequantizeQ2_K: Dequantize = (blocks, out) => {
  for (let at = 0, start = 0; start < out.length; at += 84, start += 256) {
    const d = half(blocks, at + 80);
    const min = half(blocks, at + 82);
    for (let group = 0; group < 16; group++) {
      const packed = blocks[at + group]!;
      const scale = f32(d * (packed & 15));
      const offset = f32(min * (packed >> 4));
      const q = at + 16 + (group >> 3) * 32 + (group & 1) * 16;
      const shift = ((group >> 1) & 3) * 2;
      for (let l = 0; l < 16; l++) out[start + group * 16 + l] = f32(scale * ((blocks[q + l]! >> shift) & 3)) - offset;
    }
  }
};

/** 256 numbers: 32 bytes of third bits, 64 bytes of 2-bit numbers, 12 bytes of sixteen 6-bit scales, d; x = d (s − 32) (q − 4). */
export const dequantizeQ3_K: Dequantize = (blocks, out) => {
  for (let at = 0, start = 0; start < out.length; at += 110, start += 256) {
    const d = half(blocks, at + 108);
    for (let group = 0; group < 16; group++) {
      const low = blocks[at + 96 + (group & 7)]! >> ((group >> 3) * 4);
      const high = blocks[at + 104 + (group & 3)]! >> ((group >> 2) * 2);
      const scale = f32(d * (((low & 15) | ((high & 3) << 4)) - 32));
      const half16 = (group & 1) * 16;
      const q = at + 32 + (group >> 3) * 32 + half16;
      const shift = ((group >> 1) & 3) * 2;
      const mask = 1 << (group >> 1);
      for (let l = 0; l < 16; l++) {
        const lacks = (blocks[at + half16 + l]! & mask) === 0 ? 4 : 0;
        out[start + group * 16 + l] = scale * (((blocks[q + l]! >> shift) & 3) - lacks);
      }
    }
  }
};

/** 256 numbers: d, dmin, 12 bytes of eight 6-bit scales and minimums, 128 bytes; x = d s q − dmin m, for each 32 of them. */
export const dequantizeQ4_K: Dequantize = (blocks, out) => {
  for (let at = 0, start = 0; start < out.length; at += 144, start += 256) {
    const d = half(blocks, at);
    const min = half(blocks, at + 2);
    for (let group = 0; group < 8; group++) {
      const scale = f32(d * scaleOf(blocks, at + 4, group));
      const offset = f32(min * minimumOf(blocks, at + 4, group));
      const q = at + 16 + (group >> 1) * 32;
      const shift = (group & 1) * 4;
      for (let l = 0; l < 32; l++) out[start + group * 32 + l] = f32(scale * ((blocks[q + l]! >> shift) & 15)) - offset;
    }
  }
};

/** As Q4_K, with 32 bytes of fifth bits before the 128. */
export const dequantizeQ5_K: Dequantize = (blocks, out) => {
  for (let at = 0, start = 0; start < out.length; at += 176, start += 256) {
    const d = half(blocks, at);
    const min = half(blocks, at + 2);
    for (let group = 0; group < 8; group++) {
      const scale = f32(d * scaleOf(blocks, at + 4, group));
      const offset = f32(min * minimumOf(blocks, at + 4, group));
      const q = at + 48 + (group >> 1) * 32;
      const shift = (group & 1) * 4;
      for (let l = 0; l < 32; l++) {
        const fifth = ((blocks[at + 16 + l]! >> group) & 1) << 4;
        out[start + group * 32 + l] = f32(scale * (((blocks[q + l]! >> shift) & 15) | fifth)) - offset;
      }
    }
  }
};

/** `get_scale_min_k4`: the first four scales and minimums lie in the low six bits of eight bytes, the others in four more bytes and the bits left. */
export function scaleOf(blocks: Uint8Array, at: number, group: number): number {
  if (group < 4) return blocks[at + group]! & 63;
  return (blocks[at + group + 4]! & 15) | ((blocks[at + group - 4]! >> 6) << 4);
}

export function minimumOf(blocks: Uint8Array, at: number, group: number): number {
  if (group < 4) return blocks[at + group + 4]! & 63;
  return (blocks[at + group + 4]! >> 4) | ((blocks[at + group]! >> 6) << 4);
}

/** 256 numbers: 128 bytes of 4 low bits, 64 bytes of 2 high bits, 16 signed scales, d; x = d s (q − 32), for each 16 of them. */
export const dequantizeQ6_K: Dequantize = (blocks, out) => {
  for (let at = 0, start = 0; start < out.length; at += 210, start += 256) {
    const d = half(blocks, at + 208);
    for (let group = 0; group < 16; group++) {
      const scale = f32(d * signed(blocks[at + 192 + group]!));
      const quarter = (group >> 1) & 3; // of the 128 numbers that share 64 low and 32 high bytes
      const within = (group & 1) * 16;
      const low = at + (group >> 3) * 64 + (quarter & 1) * 32 + within;
      const high = at + 128 + (group >> 3) * 32 + within;
      const lowShift = (quarter >> 1) * 4;
      for (let l = 0; l < 16; l++) {
        const q = ((blocks[low + l]! >> lowShift) & 15) | (((blocks[high + l]! >> (quarter * 2)) & 3) << 4);
        out[start + group * 16 + l] = scale * (q - 32);
      }
    }
  }
};
