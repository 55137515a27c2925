/** How much memory a graph's results take at once: counted by hand. */
import { expect, test } from "vitest";
import { peakBytes } from "../../kernel-helpers/tensor/graph/footprint.ts";
import type { Value } from "../../kernel-helpers/tensor/graph/value.ts";
import { tensor, zeros, type Tensor } from "../../kernel-helpers/tensor/index.ts";

const valueOf = (x: Tensor): Value => (x as unknown as { value: Value }).value;
const x = tensor(new Float32Array(1000));

test("a chain holds two of its results at a time, and what comes out is held by the caller", () => {
  expect(peakBytes([valueOf(x.exp())])).toBe(0);
  expect(peakBytes([valueOf(x.exp().neg())])).toBe(4000);
  expect(peakBytes([valueOf(x.exp().neg().abs().sqrt().cos())])).toBe(8000);
});

test("what is read later is held until then", () => {
  const first = x.exp();
  expect(peakBytes([valueOf(first.neg().abs().sqrt().add(first))])).toBe(12_000);
});

test("element types count as large as they are, and given numbers not at all", () => {
  expect(peakBytes([valueOf(x.to("float64").neg().sum())])).toBe(16_000);
  expect(peakBytes([valueOf(x.greater(0).logicalNot().to("float32"))])).toBe(2000);
  expect(peakBytes([valueOf(tensor(zeros([10]).data))])).toBe(0);
});
