/** Run by odd-inputs.test.ts in a process of its own, which a fault would end: the name of each trial before it, the answer after it. */
import {
  arange,
  concat,
  crossEntropy,
  dropout,
  einsum,
  grad,
  jit,
  ones,
  stack,
  tensor,
  uniform,
  where,
  zeros,
  type Tensor,
} from "../../kernel-helpers/tensor/index.ts";

const ids = (...numbers: number[]): Tensor => tensor(numbers, { dtype: "int64" });
const int64 = (...numbers: bigint[]): Tensor => tensor(BigInt64Array.from(numbers));
const none = zeros([0, 3]);
const smallest = -(2n ** 63n);

/** What PyTorch 2.13 answers: a shape, numbers, or "refused". */
const trials: Record<string, [f: () => Tensor, expected: unknown]> = {
  "matmul of a batch without rows": [
    () =>
      zeros([0, 2, 3])
        .permute([1, 0, 2])
        .matmul(ones([2, 3, 4])),
    [2, 0, 4],
  ],
  "matmul of an inner size of 0": [
    () => zeros([2, 0]).matmul(zeros([0, 2])),
    [
      [0, 0],
      [0, 0],
    ],
  ],
  "matmul of transposed without rows": [() => zeros([3, 0]).T.matmul(ones([3, 2])), [0, 2]],
  "matmul of vectors of nothing": [() => zeros([0]).matmul(zeros([0])), 0],
  "sum of nothing": [() => none.sum(0), [0, 0, 0]],
  "mean of nothing": [() => none.mean(0), [NaN, NaN, NaN]],
  "max of nothing": [() => none.max(0), "refused"],
  "max along the axis that is there": [() => none.max(1), [0]],
  "argmax of nothing": [() => none.argmax(0), "refused"],
  "variance of nothing": [() => none.variance(0), [NaN, NaN, NaN]],
  "logSumExp of nothing": [() => none.logSumExp(0), [-Infinity, -Infinity, -Infinity]],
  "softmax of nothing": [() => none.softmax(0), [0, 3]],
  "layerNorm of no rows": [() => none.layerNorm(ones([3]), zeros([3])), [0, 3]],
  "layerNorm of rows of nothing": [() => zeros([2, 0]).layerNorm(zeros([0]), zeros([0])), [2, 0]],
  "rmsNorm of rows of nothing": [() => zeros([2, 0]).rmsNorm(zeros([0])), [2, 0]],
  "cumsum of nothing": [() => none.cumsum(0), [0, 3]],
  "crossEntropy of no rows": [() => crossEntropy(none, ids()), NaN],
  "crossEntropy of no classes": [() => crossEntropy(zeros([2, 0]), ids(0, 0)), "refused"],
  "einsum over nothing": [() => einsum("ij,jk->ik", zeros([1, 0]), zeros([0, 2])), [[0, 0]]],
  "concat with nothing": [() => concat([none, ones([1, 3])]), [[1, 1, 1]]],
  "concat of nothing": [() => concat([none, none]), [0, 3]],
  "stack of nothing": [() => stack([none, none]), [2, 0, 3]],
  "split into nothing": [() => ones([1, 2]).split([0, 2])[0]!, [1, 0]],
  "pad of nothing": [() => zeros([0]).pad([[1, 1]], 7), [7, 7]],
  "slice of nothing": [() => ones([3]).slice([2, 1]), [0]],
  "flip of nothing": [() => none.flip(), [0, 3]],
  "tril of nothing": [() => none.tril(), [0, 3]],
  "take of nothing": [() => ones([2, 3]).take(ids()), [0, 3]],
  "take from nothing": [() => none.take(ids(0)), "refused"],
  "gather of nothing": [() => ones([2, 3]).gather(0, tensor([], { shape: [0, 3], dtype: "int64" })), [0, 3]],
  "scatterAdd of nothing": [() => ones([2]).scatterAdd(0, ids(), zeros([0])), [1, 1]],
  "where of nothing": [() => where(none.equal(0), none, 1), [0, 3]],
  "dropout of nothing": [() => dropout(none, 0.5, { seed: 1 }), [0, 3]],
  "uniform of nothing": [() => uniform([0, 3], { seed: 1 }), [0, 3]],
  "arange of nothing": [() => arange(0), [0]],
  "float16 of nothing": [() => none.to("float16").sum(0), [0, 0, 0]],
  "the gradient of a product over nothing": [() => grad((x: Tensor) => x.matmul(zeros([0, 2])).sum())(zeros([3, 0])), [3, 0]],
  "the gradient of no rows by a weight": [
    () => grad((w: Tensor) => none.matmul(w).sum())(ones([3, 2])),
    [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  ],
  "the gradient of no ids by a table": [() => grad((w: Tensor) => w.take(ids()).sum())(ones([1, 2])), [[0, 0]]],
  "the gradient of a slice of nothing": [() => grad((x: Tensor) => x.slice([1, 1, 2]).sum())(ones([3])), [0, 0, 0]],
  "the gradient of a layerNorm of no rows by its weight": [
    () => grad((w: Tensor) => none.layerNorm(w, zeros([3])).sum())(ones([3])),
    [0, 0, 0],
  ],

  "an integer by zero": [() => ids(1, 2).div(0), "refused"],
  "an integer by a computed zero": [() => ids(1, 2).div(ids(1, 0).mul(2)), "refused"],
  "the smallest integer by −1": [() => int64(smallest, 7n).div(ids(-1, -1)), [smallest, -7n]],
  "the smallest integer by a computed −1": [() => int64(smallest, 7n).div(ids(0, 1).sub(1)), "refused"],
  "integers towards zero": [() => ids(7, -7).div(2), [3n, -3n]],
  "an integer to a large power": [() => ids(3, -3, 2).pow(39), [3n ** 39n, -(3n ** 39n), 2n ** 39n]],
  "an integer to computed powers": [() => ids(3, 7, 0).pow(ids(38, -1, -1).add(1)), [3n ** 39n, 1n, 1n]],
  "an integer to a negative power": [() => ids(2).pow(-1), "refused"],
  "the smallest integer, without its sign": [() => int64(smallest).abs(), [smallest]],
};

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" || item === -Infinity || Number.isNaN(item) ? String(item) : item,
  );

function answer(f: () => Tensor): unknown {
  try {
    const found = f();
    const data = found.dtype === "int64" ? [...(found.data as BigInt64Array)] : found.toArray();
    return found.size === 0 ? found.shape : data;
  } catch (error) {
    return (error as { code?: string }).code?.startsWith("ERR_") ? "refused" : String(error);
  }
}

for (const [name, [f, expected]] of Object.entries(trials)) {
  console.log(`begins ${name}`);
  const compiled = (): Tensor => jit(f)();
  for (const [how, run] of Object.entries({ eager: f, compiled })) {
    const found = answer(run);
    if (text(found) !== text(expected)) console.log(`differs ${name}, ${how}: ${text(found)} instead of ${text(expected)}`);
  }
}
console.log("ends");
