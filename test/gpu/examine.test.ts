import { expect, test } from "vitest";
import { examineDevice } from "../../kernel-helpers/gpu/index.ts";

test("a device is examined by products and by training steps, which on the CPU are exactly the CPU's", async () => {
  const { device, teraflops, lossDifference, isRight } = await examineDevice("cpu", 64);
  expect({ device, lossDifference, isRight }).toEqual({ device: "cpu", lossDifference: 0, isRight: true });
  expect(teraflops).toBeGreaterThan(0);
});

test("a device that is missing is refused with what it needs", async () => {
  await expect(examineDevice("cuda", 64)).rejects.toThrow(/^device cuda is not available/);
});
