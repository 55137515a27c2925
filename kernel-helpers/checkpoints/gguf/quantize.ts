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
  blocksOf(values, { bytes: 18, halves: 1 }, (start, block, bytes, halves, half) => {
    const d = f32(largest(values, start) / -8);
    halves[half] = d;
    const inverse = inverseOf(d);
    for (let j = 0; j < 16; j++) {
      const low = nibble(f32(values[start + j]! * inverse), 8.5);
      const high = nibble(f32(values[start + j + 16]! * inverse), 8.5);
      bytes[block + 2 + j] = low | (high << 4);
    }
  });

/** d = the range over 15, m = the smallest number. */
export const quantizeQ4_1: Quantize = (values) =>
  blocksOf(values, { bytes: 20, halves: 2 }, (start, block, bytes, halves, half) => {
    let [min, max] = [values[start]!, values[start]!];
    for (let index = start + 1; index < start + 32; index++) {
      min = Math.min(min, values[index]!);
      max = Math.max(max, values[index]!);
    }
    const d = f32(f32(max - min) / 15);
    halves[half] = d;
    halves[half + 1] = min;
    const inverse = inverseOf(d);
    for (let j = 0; j < 16; j++) {
      const low = nibble(f32(f32(values[start + j]! - min) * inverse), 0.5);
      const high = nibble(f32(f32(values[start + j + 16]! - min) * inverse), 0.5);
      bytes[block + 4 + j] = low | (high << 4);
    }
  });

/** d = the largest size over 127; rounded to the nearest, halves away from zero. */
export const quantizeQ8_0: Quantize = (values) =>
  blocksOf(values, { bytes: 34, halves: 1 }, (start, block, bytes, halves, half) => {
    const d = f32(Math.abs(largest(values, start)) / 127);
    halves[half] = d;
    const inverse = inverseOf(d);
    for (let j = 0; j < 32; j++) {
      const scaled = f32(values[start + j]! * inverse);
      const rounded = ((scaled + 128.5) | 0) - 128; // to the nearest, halves upwards; Math.round takes five times as long
      bytes[block + 2 + j] = rounded - scaled === 0.5 && scaled < 0 ? rounded - 1 : rounded;
    }
  });

/** Blocks that begin with some numbers of 16 bits, which are rounded all together: one at a time would take longer than all the rest. */
function blocksOf(
  values: Float32Array,
  size: { bytes: number; halves: number },
  quantizeBlock: (start: number, block: number, bytes: Uint8Array, halves: Float32Array, half: number) => void,
): Uint8Array {
  const count = values.length / 32;
  const bytes = new Uint8Array(count * size.bytes);
  const halves = new Float32Array(count * size.halves);
  for (let index = 0; index < count; index++) quantizeBlock(32 * index, size.bytes * index, bytes, halves, size.halves * index);
  const bits = toFloat16(halves);
  for (let index = 0; index < bits.length; index++) {
    const at = Math.floor(index / size.halves) * size.bytes + 2 * (index % size.halves);
    bytes[at] = bits[index]! & 255;
    bytes[at + 1] = bits[index]! >> 8;
  }
  return bytes;
}

/** The first number of the largest size, with its sign. */
function largest(values: Float32Array, start: number): number {
  let found = 0;
  let size = 0;
  for (let index = start; index < start + 32; index++) {
    const own = Math.abs(values[index]!);
    if (own > size) {
      size = own;
      found = values[index]!;
    }
  }
  return found;
}

const inverseOf = (d: number): number => (d === 0 ? 0 : f32(1 / d));

const nibble = (scaled: number, offset: number): number => Math.min(15, Math.max(0, Math.trunc(f32(scaled + offset))));
