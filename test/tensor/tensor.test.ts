import { describe, expect, test } from "vitest";
import { arange, full, ones, parameter, tensor, zeros } from "../../kernel-helpers/tensor/index.ts";

describe("a tensor", () => {
  test("prints its shape, its type and its numbers", () => {
    expect(
      String(
        tensor([
          [1, 2.5],
          [3, -4],
        ]),
      ),
    ).toBe("Tensor float32 (2, 2)\n  [[ 1.0000  2.5000]\n   [ 3.0000 -4.0000]]");
    expect(String(tensor(7))).toBe("Tensor float32 () 7");
    expect(String(tensor([1, 0], { dtype: "bool" }))).toBe("Tensor bool (2)\n  [ true false]");
    expect(String(arange(200).reshape([2, 100]))).toBe(
      "Tensor int64 (2, 100)\n  [[  0   1   2 …  97  98  99]\n   [100 101 102 … 197 198 199]]",
    );
  });

  test("takes typed arrays with a shape, and ids as int64", () => {
    expect(tensor(Float32Array.of(1, 2, 3, 4), { shape: [2, 2] }).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const ids = tensor(Uint32Array.of(5, 6));
    expect([ids.dtype, ids.toArray()]).toEqual(["int64", [5, 6]]);
  });

  test("copies what it is made from", () => {
    const numbers = Float32Array.of(1, 2);
    const x = tensor(numbers);
    numbers[0] = 9;
    expect(x.toArray()).toEqual([1, 2]);
  });

  test("computes in float64, float16, int64 and bool", () => {
    expect(tensor([0.1], { dtype: "float64" }).add(0.2).item()).toBe(0.1 + 0.2);
    expect(tensor([1.5], { dtype: "float16" }).mul(3).item()).toBe(4.5);
    expect(
      tensor([2 ** 40], { dtype: "int64" })
        .add(1)
        .item(),
    ).toBe(2 ** 40 + 1);
    expect(tensor([1, 0, 1], { dtype: "bool" }).logicalNot().toArray()).toEqual([0, 1, 0]);
  });

  test("broadcasts as NumPy does", () => {
    expect(
      ones([2, 1])
        .add(tensor([10, 20, 30]))
        .toArray(),
    ).toEqual([
      [11, 21, 31],
      [11, 21, 31],
    ]);
    expect(zeros([2, 3]).add(full([], 4)).sum().item()).toBe(24);
    expect(() => ones([2, 3]).add(ones([2]))).toThrow(
      /^add: the shapes do not broadcast: \(2, 3\) and \(2\) \(line \d+ of tensor\.test\.ts\)\n {2}hint: aligned at the end, sizes must be equal or 1$/,
    );
  });

  test("multiplies matrices in every arrangement that NumPy knows", () => {
    const a = arange(6, { dtype: "float32" }).reshape([2, 3]);
    expect(a.matmul(a.T).toArray()).toEqual([
      [5, 14],
      [14, 50],
    ]);
    expect(a.T.matmul(a).toArray()).toEqual([
      [9, 12, 15],
      [12, 17, 22],
      [15, 22, 29],
    ]);
    expect(a.matmul(tensor([1, 1, 1])).toArray()).toEqual([3, 12]);
    expect(tensor([1, 1]).matmul(a).toArray()).toEqual([3, 5, 7]);
    expect(
      tensor([1, 2])
        .matmul(tensor([3, 4]))
        .item(),
    ).toBe(11);
    expect(ones([4, 1, 2, 3]).matmul(ones([5, 3, 2])).shape).toEqual([4, 5, 2, 2]);
    const batch = arange(12, { dtype: "float32" }).reshape([2, 2, 3]);
    expect(batch.matmul(batch.T).toArray()).toEqual([
      [
        [5, 14],
        [14, 50],
      ],
      [
        [149, 212],
        [212, 302],
      ],
    ]);
    expect(() => a.matmul(a)).toThrow("matmul: the inner sizes 3 and 2 differ: (2, 3) and (2, 3)");
  });

  test("reduces along axes, negative ones too", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(x.sum(-1).toArray()).toEqual([6, 15]);
    expect(x.mean(0, { keepDims: true }).toArray()).toEqual([[2.5, 3.5, 4.5]]);
    expect(x.max().item()).toBe(6);
    expect(x.variance(1).toArray()).toEqual([1, 1]);
    expect(x.argmax(1).toArray()).toEqual([2, 2]);
    expect(x.cumsum(1).toArray()).toEqual([
      [1, 3, 6],
      [4, 9, 15],
    ]);
    expect(tensor([1000, 1000]).logSumExp().item()).toBeCloseTo(1000 + Math.log(2), 3);
    expect(() => x.sum(2)).toThrow("sum: there is no axis 2 in a tensor of 2 axes");
  });

  test("keeps to one element type unless it is converted", () => {
    expect(() => tensor([1]).add(arange(1))).toThrow("add: float32 and int64 do not mix");
    expect(tensor([1.9, -1.9]).to("int64").toArray()).toEqual([1, -1]);
    expect(() => tensor([0.5], { dtype: "int64" })).toThrow("an int64 tensor cannot hold 0.5");
  });

  test("refuses rows of different lengths and shapes that do not fit", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow("the rows are of different shapes: (2) and (1)");
    expect(() => tensor([1, 2, 3]).reshape([2, -1])).toThrow("reshape: 3 elements do not fill the new shape: (3) and (2, -1)");
  });
});

describe("a parameter", () => {
  test("takes other numbers, and older expressions keep the old ones", () => {
    const w = parameter(tensor([1, 2]));
    const doubled = w.mul(2);
    w.assign(w.add(10));
    expect(w.toArray()).toEqual([11, 12]);
    expect(doubled.toArray()).toEqual([2, 4]);
  });

  test("never changes its shape or type", () => {
    expect(() => parameter(tensor([1, 2])).assign(tensor([1]))).toThrow("a parameter of float32 (2) cannot be assigned float32 (1)");
  });
});
