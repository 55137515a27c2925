import { describe, expect, test } from "vitest";
import { dequantize, type GgufDType } from "../../kernel-helpers/checkpoints/index.ts";
import { packOf } from "../../kernel-helpers/llm/decoder/pack.ts";
import { createRandom } from "../../kernel-helpers/runtime/random.ts";

/** Bytes of a block, and where its float16 scales lie. */
const blocks: Partial<Record<GgufDType, [numbers: number, bytes: number, halves: number[]]>> = {
  Q4_0: [32, 18, [0]],
  Q4_1: [32, 20, [0, 2]],
  Q5_0: [32, 22, [0]],
  Q5_1: [32, 24, [0, 2]],
  Q8_0: [32, 34, [0]],
  Q4_K: [256, 144, [0, 2]],
  Q5_K: [256, 176, [0, 2]],
  Q6_K: [256, 210, [208]],
};

describe("what MatMulNBits multiplies with is what the file holds", () => {
  test.each(Object.entries(blocks))("%s", (dtype, [numbers, size, halves]) => {
    const random = createRandom(5);
    const bytes = Uint8Array.from({ length: 6 * size }, () => random.integer(256));
    for (let block = 0; block < 6; block++) for (const at of halves) bytes[block * size + at + 1] = 0x28 + random.integer(8); // 0.03 to 0.5
    const expected = dequantize(dtype as GgufDType, bytes, 6 * numbers);
    const { bits, blockSize, data, scales, offsets } = packOf(dtype as GgufDType)!(bytes, 6 * numbers);
    const found = expected.map((_, index) => {
      const integer = bits === 8 ? data[index]! - 128 : ((data[index >> 1]! >> ((index & 1) * 4)) & 15) - 8;
      const block = Math.floor(index / blockSize);
      return scales[block]! * integer + (offsets?.[block] ?? 0);
    });
    const largest = Math.max(...expected.map(Math.abs));
    expect(Math.max(...found.map((value, index) => Math.abs(value - expected[index]!)))).toBeLessThan(1e-6 * largest);
  });
});
