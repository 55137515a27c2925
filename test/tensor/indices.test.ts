/** Indices out of range: an error of ours with operator, index, size and line, whether the index is known, computed or fed to a compiled function. */
import { describe, expect, test } from "vitest";
import { crossEntropy, grad, jit, ones, tensor, type Tensor } from "../../kernel-helpers/tensor/index.ts";

const ids = (numbers: number[]): Tensor => tensor(numbers, { dtype: "int64" });
const table = ones([3, 2]);
const logits = ones([2, 4]);

const thrownBy = (f: () => unknown): unknown => {
  try {
    f();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

/** Each operator that takes indices, the number of its choices, and its indices as [n, n]. */
const operators: [name: string, size: number, f: (pair: Tensor) => Tensor][] = [
  ["take", 3, (pair) => table.take(pair)],
  ["gather", 3, (pair) => table.gather(0, pair.reshape([1, 2]))],
  ["scatterAdd", 3, (pair) => table.scatterAdd(0, pair.reshape([1, 2]), ones([1, 2]))],
  ["crossEntropy", 4, (pair) => crossEntropy(logits, pair)],
];

describe.each(operators)("%s", (operator, size, f) => {
  const computed = (x: Tensor): Tensor => f(x.add(1).sub(1));
  const ways: [string, (x: Tensor) => unknown][] = [
    ["known", (x) => f(x).data],
    ["computed", (x) => computed(x).data],
    ["fed", (x) => jit(f)(x)],
    ["computed from what is fed", (x) => jit(computed)(x)],
  ];

  test.each(ways)("takes indices from 0 to the last, %s", (_way, run) => {
    expect(() => run(ids([0, size - 1]))).not.toThrow();
  });

  test.each(ways)("refuses others, %s: with operator, index, size and line", (_way, run) => {
    for (const index of [size, -1, -size, 2 ** 40, -(2 ** 40)]) {
      const error = thrownBy(() => run(ids([0, index])));
      expect(error).toMatchObject({ code: "ERR_OUT_OF_RANGE", facts: { operator, index, size } });
      expect((error as Error).message).toMatch(
        new RegExp(`^${operator}: (index|target) ${index} is out of range for .* \\(line \\d+ of indices\\.test\\.ts\\)`),
      );
    }
  });
});

describe("an index out of range", () => {
  test("is found when only the gradient needs it", () => {
    const gradient = jit((w: Tensor, at: Tensor) => grad((x: Tensor) => x.take(at).sum())(w));
    expect(gradient(table, ids([1, 1])).toArray()).toEqual([
      [0, 0],
      [2, 2],
      [0, 0],
    ]);
    expect(() => gradient(table, ids([0, 3]))).toThrow("take: index 3 is out of range for axis 0 of (3, 2)");
  });

  test("is the caller's, when another caller asked for the same before", () => {
    const first = (): unknown => table.take(ids([0]).add(1)).data;
    first();
    expect(() => table.take(ids([0]).add(9)).data).toThrow(/index 9 is out of range .* \(line \d+ of indices\.test\.ts\)/);
  });

  test("that is to be ignored is not a class, and is not looked up", () => {
    expect(crossEntropy(logits, ids([-100, 1])).item()).toBeCloseTo(Math.log(4), 6);
    expect(crossEntropy(logits, ids([9, 1]), { ignoreIndex: 9 }).item()).toBeCloseTo(Math.log(4), 6);
    expect(jit((at: Tensor) => crossEntropy(logits, at, { ignoreIndex: -1 }))(ids([-1, 1])).item()).toBeCloseTo(Math.log(4), 6);
    expect(() => crossEntropy(logits, ids([-1, 1]))).toThrow("crossEntropy: target -1 is out of range for 4 classes");
    expect(() => crossEntropy(logits, ids([-100, 1]), { ignoreIndex: 0 })).toThrow("target -100 is out of range");
  });

  test("of a slice counts from the end when it is negative", () => {
    expect(table.slice(-3).shape).toEqual([2]);
    expect(thrownBy(() => table.slice(null, -3))).toMatchObject({
      code: "ERR_OUT_OF_RANGE",
      facts: { operator: "slice", index: -3, size: 2 },
    });
  });

  test("leaves a compiled function usable", () => {
    const f = jit((at: Tensor) => table.take(at));
    expect(() => f(ids([7]))).toThrow("take: index 7");
    expect(f(ids([2])).toArray()).toEqual([[1, 1]]);
  });
});
