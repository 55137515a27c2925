/** NaN is never passed over. Expected values are PyTorch 2.13's; operators.test.ts of the parity tests draws many more. */
import { describe, expect, test } from "vitest";
import { tensor, type DType, type Tensor } from "../../kernel-helpers/tensor/index.ts";

describe.each(["float32", "float64", "float16"] as const)("NaN in %s", (dtype: DType) => {
  const of = (...numbers: number[]): Tensor => tensor(numbers, { dtype });
  const long = (at: number): Tensor => of(...Array.from({ length: 100 }, (_, index) => (index === at ? NaN : index % 7)));

  test("is the extreme, wherever it lies", () => {
    for (const at of [0, 1, 31, 64, 99]) {
      for (const x of [long(at), long(at).reshape([10, 10])]) expect([x.max().item(), x.min().item()]).toEqual([NaN, NaN]);
      expect(long(at).argmax(0).item()).toBe(at);
    }
    expect(of(Infinity, NaN, NaN).argmax(0).item()).toBe(1);
    expect(of(1, NaN, 3, 2).reshape([2, 2]).max(0).toArray()).toEqual([3, NaN]);
    expect(of(-Infinity, -Infinity).max().item()).toBe(-Infinity);
  });

  test("goes through maximum, minimum, clip and relu", () => {
    expect(
      of(1, NaN, NaN)
        .maximum(of(NaN, 1, NaN))
        .toArray(),
    ).toEqual([NaN, NaN, NaN]);
    expect(of(1, NaN).minimum(0).toArray()).toEqual([0, NaN]);
    expect(of(1, NaN).clip(2, 3).toArray()).toEqual([2, NaN]);
    expect(of(1, 2).clip(NaN, 3).toArray()).toEqual([NaN, NaN]);
    expect(of(1, 2).clip(0, of(NaN, 1)).toArray()).toEqual([NaN, 1]);
    expect(of(NaN, -1).relu().toArray()).toEqual([NaN, 0]);
  });

  test("is in all that is made along its axis", () => {
    for (const x of [of(1, NaN, -9), long(40)]) {
      for (const y of [x.softmax(), x.logSoftmax()]) expect(new Set(y.toArray() as number[])).toEqual(new Set([NaN]));
      expect([x.sum().item(), x.mean().item(), x.logSumExp().item(), x.variance().item()]).toEqual([NaN, NaN, NaN, NaN]);
    }
    expect(of(1, NaN, 2).cumsum(0).toArray()).toEqual([1, NaN, NaN]);
  });

  test("has no sign and no order, and is true", () => {
    expect(of(NaN, -2).sign().toArray()).toEqual([0, -1]);
    for (const name of ["equal", "less", "lessEqual", "greater", "greaterEqual"] as const)
      expect(of(NaN)[name](of(NaN)).toArray()).toEqual([0]);
    expect(of(NaN).to("bool").toArray()).toEqual([1]);
  });
});
