/** What numbers become in each element type: exact, rounded once, or refused. Expected values are PyTorch's, where nothing else is said. */
import { describe, expect, test } from "vitest";
import { jit, ones, tensor, uniform, type Tensor } from "../../kernel-helpers/tensor/index.ts";

describe("int64", () => {
  const refuse = (number: number, hint: string): void => {
    expect(() => tensor([number], { dtype: "int64" })).toThrow(`an int64 tensor cannot hold ${number}\n  hint: ${hint}`);
  };

  test("refuses what it cannot hold exactly", () => {
    for (const number of [1e30, 3 ** 39, 2 ** 53, -(2 ** 53)]) refuse(number, "JavaScript's numbers are exact up to 2^53");
    for (const number of [0.5, NaN, Infinity]) refuse(number, "round it");
    expect(() => tensor([1], { dtype: "int64" }).add(2 ** 60)).toThrow("an int64 tensor cannot hold 1152921504606847000");
    expect(() => tensor(BigUint64Array.of(2n ** 63n))).toThrow("an int64 tensor cannot hold 9223372036854775808");
  });

  test("holds larger integers exactly, and refuses to give them as numbers", () => {
    const x = tensor(BigInt64Array.of(3n ** 39n, -1n));
    expect([...x.add(1).data]).toEqual([3n ** 39n + 1n, 0n]);
    expect([...tensor(BigUint64Array.of(2n ** 62n + 1n)).data]).toEqual([2n ** 62n + 1n]);
    expect(() => x.toArray()).toThrow("no number is exactly 4052555153018976267\n  hint: read .data, a BigInt64Array");
    expect(String(x)).toBe("Tensor int64 (2)\n  [4052555153018976267                  -1]");
  });
});

describe("bool", () => {
  test("is false of 0 only", () => {
    const numbers = [0, -0, NaN, 0.5, -1, Infinity];
    expect(tensor(numbers, { dtype: "bool" }).toArray()).toEqual([0, 0, 1, 1, 1, 1]);
    expect(tensor(numbers).to("bool").toArray()).toEqual([0, 0, 1, 1, 1, 1]);
    expect(tensor(Float64Array.from(numbers), { dtype: "bool" }).toArray()).toEqual([0, 0, 1, 1, 1, 1]);
  });
});

describe("float16", () => {
  const start = (): Tensor => tensor([0.1, 1 / 3, 7.77, 60_000], { dtype: "float16" });
  const steps: ((x: Tensor) => Tensor)[] = [
    (x) => x.mul(1.2345),
    (x) => x.add(0.777),
    (x) => x.div(3),
    (x) => x.sigmoid(),
    (x) => x.softmax(),
    (x) => x.cumsum(0),
    (x) =>
      x
        .reshape([2, 2])
        .matmul(
          tensor(
            [
              [1.1, 2.2],
              [3.3, 4.4],
            ],
            { dtype: "float16" },
          ),
        )
        .reshape([4]),
    (x) => x.layerNorm(ones([4], { dtype: "float16" }), start()),
    (x) => x.sub(x.mean()).square(),
  ];

  test("is rounded after each operator, whether its value has been read in between, or is computed in a compiled function", () => {
    const together = (x: Tensor): Tensor => steps.reduce((value, step) => step(value), x);
    let read = start();
    for (const step of steps) {
      read = step(read);
      void read.data;
    }
    expect(together(start()).toArray()).toEqual(read.toArray());
    expect(jit(together)(start()).toArray()).toEqual(read.toArray());
  });

  test("overflows where its range ends, not where the last of several operators ends", () => {
    expect(tensor([60_000, 1], { dtype: "float16" }).mul(2).div(4).toArray()).toEqual([Infinity, 0.5]);
  });

  test("has the mean of numbers whose sum is beyond its range", () => {
    expect(
      tensor(
        Float32Array.from({ length: 100_000 }, () => 3),
        { dtype: "float16" },
      )
        .mean()
        .item(),
    ).toBe(3);
  });
});

describe("uniform", () => {
  test.each([
    [1, 2],
    [0, 1e-45],
    [-1, 0],
    [1e8, 1e8 + 8],
    [-3, -2],
  ])("from %d to %d never reaches its end, even where float32 has few numbers between", (low, high) => {
    const numbers = uniform([300_000], { seed: 3, low, high }).data as Float32Array;
    expect(numbers.every((number) => number >= Math.fround(low) && number < high)).toBe(true);
  });

  test("is its bound when both are the same", () => {
    expect(uniform([2], { seed: 1, low: 5, high: 5 }).toArray()).toEqual([5, 5]);
  });
});

test("int64 is summed exactly, modulo 2^64, as torch.sum does", () => {
  const sums = (numbers: readonly bigint[], shape: readonly number[], axes?: number | readonly number[]): bigint[] => {
    const x = tensor(BigInt64Array.from(numbers), { shape });
    const eager = [...x.sum(axes).data] as bigint[];
    expect([...jit((given: Tensor) => given.sum(axes))(x).data]).toEqual(eager);
    return eager;
  };
  const odd = 2n ** 53n + 1n;
  expect(sums([odd, 1n], [2])).toEqual([odd + 1n]);
  expect(sums([2n ** 62n, 2n ** 62n, 2n ** 62n, 2n ** 62n, 7n], [5])).toEqual([7n]);
  expect(sums([odd, 1n, 2n, 3n], [2, 2], 0)).toEqual([odd + 2n, 4n]);
  expect(sums([odd, 1n, 2n, 3n], [2, 2], 1)).toEqual([odd + 1n, 5n]);
  expect(sums([odd, 1n, 2n, 3n, odd, 4n], [3, 1, 2], [0, 1])).toEqual([2n * odd + 2n, 8n]);
});
