/** Attention that leaves out the work which a causal mask hides gives what all the work gives. */
import { expect, test } from "vitest";
import { attentionWeights, causalMask, paddingMask, scaledDotProductAttention } from "../../kernel-helpers/nn/index.ts";
import { grad, normal, tensor, where, zeros, type Tensor } from "../../kernel-helpers/tensor/index.ts";

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

test("a causal mask and a mask of padding are of bool, true where a key may be seen", () => {
  expect(causalMask(2, 4).toArray()).toEqual([
    [1, 1, 1, 0],
    [1, 1, 1, 1],
  ]);
  expect(causalMask(3, 1).toArray()).toEqual([[0], [0], [1]]);
  expect(causalMask(2).dtype).toBe("bool");
  const mask = paddingMask(tensor([[1, 0]]));
  expect([mask.dtype, mask.shape, mask.toArray()]).toEqual(["bool", [1, 1, 1, 2], [[[[1, 0]]]]]);
});

test.each([1e9, 1e10, 1e38])("a score of %d does not bring a masked key back", (size) => {
  const [q, k, v] = [tensor([[[[1]]]]), tensor([[[[-size], [size]]]]), tensor([[[[1], [7]]]])];
  expect(scaledDotProductAttention(q, k, v, { mask: tensor([[1, 0]]).greater(0) }).item()).toBe(1);
  expect(scaledDotProductAttention(q, k, v, { mask: tensor([[0, -Infinity]]) }).item()).toBe(1);
});

const [q, k, v] = [zeros([1, 2, 3, 4]), zeros([1, 2, 5, 4]), zeros([1, 2, 5, 4])];
test.each<[string, () => unknown]>([
  ["q must be a Tensor, got null", () => attentionWeights(null as never, k)],
  ["attention: queries (1, 2, 3, 4) do not go with keys (1, 2, 5, 3)", () => attentionWeights(q, zeros([1, 2, 5, 3]))],
  ["attention: queries (1, 2, 3, 4) do not go with keys (2, 5, 4)", () => attentionWeights(q, zeros([2, 5, 4]))],
  ["attention: keys (1, 2, 5, 4) but values (1, 2, 4, 4)", () => scaledDotProductAttention(q, k, zeros([1, 2, 4, 4]))],
  ["attention: 2 heads of queries but 3 of keys", () => scaledDotProductAttention(q, zeros([1, 3, 5, 4]), zeros([1, 3, 5, 4]))],
  ["attention: 5 causal queries but 3 keys", () => scaledDotProductAttention(k, q, q, { causal: true })],
  ["attention: a mask of (5, 3) does not broadcast to the scores, (1, 2, 3, 5)", () => attentionWeights(q, k, { mask: zeros([5, 3]) })],
  ["attention: a mask of (1, 1, 2, 3, 5)", () => attentionWeights(q, k, { mask: zeros([1, 1, 2, 3, 5]) })],
  ["attention: the mask must be bool or float32, got int64", () => attentionWeights(q, k, { mask: zeros([3, 5], { dtype: "int64" }) })],
  ["mask must be a Tensor, got an array of 3", () => attentionWeights(q, k, { mask: [1, 2, 3] as never })],
  ["causal must be true or false, got 1", () => scaledDotProductAttention(q, k, v, { causal: 1 as never })],
  ['attention has no option "isCausal"', () => scaledDotProductAttention(q, k, v, { isCausal: true } as never)],
  ["T must be an integer ≥ 0, got -1", () => causalMask(-1)],
  ["paddingMask takes (batch, keys), got (3)", () => paddingMask(zeros([3]))],
])("is refused: %s", (message, make) => {
  expect(make).toThrow(message);
});

test("NaN in a mask shows in the row, as in PyTorch", () => {
  const x = zeros([1, 1, 2, 1]);
  const mask = tensor([
    [0, 0],
    [NaN, 0],
  ]);
  expect(attentionWeights(x, x, { mask }).toArray()).toEqual([
    [
      [
        [0.5, 0.5],
        [NaN, NaN],
      ],
    ],
  ]);
});

test("queries without keys get 0, with a mask as without one", () => {
  const [q, k] = [zeros([1, 1, 2, 1]), zeros([1, 1, 0, 1])];
  expect(scaledDotProductAttention(q, k, k).toArray()).toEqual([[[[0], [0]]]]);
  expect(scaledDotProductAttention(q, k, k, { mask: zeros([2, 0], { dtype: "bool" }) }).toArray()).toEqual([[[[0], [0]]]]);
});

test("a mask that no memory holds is refused", () => {
  expect(() => causalMask(2 ** 20)).toThrow("there is no memory for a mask of (1048576, 1048576)");
});
