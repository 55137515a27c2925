/**
 * Float32 numbers to ggml's blocks of 32, byte for byte as its reference quantisers do it (ggml/src/ggml-quants.c, `quantize_row_*_ref`). The K
 * types search for their scales; nothing here writes them.
 */
import { toFloat16 } from "../../runtime/half.ts";

/** The blocks of numbers whose count is a multiple of 32. */
export type Quantize = (values: Float32Array) => Uint8Array;

const f32 = Math.fround;

/** d = the number of the largest size, over −8, so that it becomes 0 of 0 … 15, which stand for −8 … 7. */
export const quantizeQ4_0: Quantize = (values) =>
  blocksOf(values, 18, (start, block, bytes) => {
    const d = f32(largest(values, start) / -8);
    writeHalf(bytes, block, d);
    const inverse = inverseOf(d);
    for (let j = 0; j < 16; j++) {
      const low = nibble(f32(values[start + j]! * inverse), 8.5);
      const high = nibble(f32(values[start + j + 16]! * inverse), 8.5);
      bytes[block + 2 + j] = low | (high << 4);
    }
  });

/** d = the range over 15, m = the smallest number. */
export const quantizeQ4_1: Quantize = (values) =>
  blocksOf(values, 20, (start, block, bytes) => {
    const numbers = values.subarray(start, start + 32);
    const min = numbers.reduce((least, value) => Math.min(least, value));
    const max = numbers.reduce((most, value) => Math.max(most, value));
    const d = f32(f32(max - min) / 15);
    writeHalf(bytes, block, d);
    writeHalf(bytes, block + 2, min);
    const inverse = inverseOf(d);
    for (let j = 0; j < 16; j++) {
      const low = nibble(f32(f32(numbers[j]! - min) * inverse), 0.5);
      const high = nibble(f32(f32(numbers[j + 16]! - min) * inverse), 0.5);
      bytes[block + 4 + j] = low | (high << 4);
    }
  });

/** d = the largest size over 127; rounded to the nearest, halves away from zero. */
export const quantizeQ8_0: Quantize = (values) =>
  blocksOf(values, 34, (start, block, bytes) => {
    const d = f32(Math.abs(largest(values, start)) / 127);
    writeHalf(bytes, block, d);
    const inverse = inverseOf(d);
    for (let j = 0; j < 32; j++) {
      const scaled = f32(values[start + j]! * inverse);
      bytes[block + 2 + j] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
    }
  });

function blocksOf(
  values: Float32Array,
  blockBytes: number,
  quantizeBlock: (start: number, block: number, bytes: Uint8Array) => void,
): Uint8Array {
  const bytes = new Uint8Array((values.length / 32) * blockBytes);
  for (let start = 0, block = 0; start < values.length; start += 32, block += blockBytes) quantizeBlock(start, block, bytes);
  return bytes;
}

/** The first number of the largest size, with its sign. */
function largest(values: Float32Array, start: number): number {
  let found = 0;
  for (let index = start; index < start + 32; index++) if (Math.abs(values[index]!) > Math.abs(found)) found = values[index]!;
  return found;
}

const inverseOf = (d: number): number => (d === 0 ? 0 : f32(1 / d));

const nibble = (scaled: number, offset: number): number => Math.min(15, Math.max(0, Math.trunc(f32(scaled + offset))));

function writeHalf(bytes: Uint8Array, at: number, value: number): void {
  const bits = toFloat16(Float32Array.of(value))[0]!;
  bytes[at] = bits & 255;
  bytes[at + 1] = bits >> 8;
}
