/** Attention that leaves out the work which a causal mask hides gives what all the work gives. */
import { expect, test } from "vitest";
import { attentionWeights, causalMask, scaledDotProductAttention } from "../../kernel-helpers/nn/index.ts";
import { grad, normal, tensor, where, type Tensor } from "../../kernel-helpers/tensor/index.ts";

test.each([255, 256, 257, 515])("%i causal queries", (T) => {
  const [q, k, v] = [1, 2, 3].map((seed) => normal([1, 2, T, 4], { seed })) as [Tensor, Tensor, Tensor];
  const whole = ([x, y, z]: readonly Tensor[]): Tensor => scaledDotProductAttention(x!, y!, z!, { mask: causalMask(T) });
  const halves = ([x, y, z]: readonly Tensor[]): Tensor => scaledDotProductAttention(x!, y!, z!, { causal: true });
  const difference = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().item();
  expect(difference(halves([q, k, v]), whole([q, k, v]))).toBeLessThan(1e-5);

  const weights = normal([1, 2, T, 4], { seed: 4 });
  const gradients = (attend: (given: readonly Tensor[]) => Tensor): Tensor[] =>
    grad((given: readonly Tensor[]) => attend(given).mul(weights).sum())([q, k, v]);
  const expected = gradients(whole);
  gradients(halves).forEach((found, index) => expect(difference(found, expected[index]!)).toBeLessThan(1e-4));
});

test("a key that may not be seen is not, whatever its score; a query that sees none gets 0, and gradients of 0", () => {
  const q = tensor([[[[1], [1]]]]);
  const k = tensor([[[[1e10], [2e10]]]]);
  const v = tensor([[[[3], [5]]]]);
  const mask = tensor([
    [1, 0],
    [0, 0],
  ]).to("bool");
  expect(attentionWeights(q, k, { causal: true }).toArray()).toEqual([
    [
      [
        [1, 0],
        [0, 1],
      ],
    ],
  ]);
  const attend = (given: Tensor): Tensor => scaledDotProductAttention(given, k, v, { mask });
  expect(attend(q).toArray()).toEqual([[[[3], [0]]]]);
  expect(grad((given: Tensor) => attend(given).sum())(q).toArray()).toEqual([[[[0], [0]]]]);
  const added = where(mask, 0, -Infinity);
  expect(scaledDotProductAttention(q, k, v, { mask: added }).toArray()).toEqual([[[[3], [0]]]]);
});
