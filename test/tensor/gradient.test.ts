import { describe, expect, test } from "vitest";
import { grad, parameter, tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";

describe("gradients", () => {
  test("agree with micrograd's published example", () => {
    const g = ([a, b]: readonly [Tensor, Tensor]): Tensor => {
      let c = a.add(b);
      let d = a.mul(b).add(b.pow(3));
      c = c.add(c.add(1));
      c = c.add(c.add(1).sub(a));
      d = d.add(d.mul(2).add(b.add(a).relu()));
      d = d.add(d.mul(3).add(b.sub(a).relu()));
      const f = c.sub(d).square();
      return f.div(2).add(tensor(10).div(f));
    };
    const [value, [toA, toB]] = valueAndGrad(g)([tensor(-4), tensor(2)]) as [Tensor, Tensor[]];
    expect(value.item()).toBeCloseTo(24.7041, 4);
    expect(toA!.item()).toBeCloseTo(138.8338, 3);
    expect(toB!.item()).toBeCloseTo(645.5773, 3);
  });

  test("of what was computed before the function count as constants", () => {
    const x = tensor([3]);
    const before = x.square();
    expect(grad((y: Tensor) => y.mul(before).sum())(x).toArray()).toEqual([9]);
  });

  test("are found for parameters that the function reaches by itself", () => {
    const weights = { a: parameter(tensor([2, 3])), b: parameter(tensor([1, 1])) };
    const gradients = grad(() => weights.a.square().mul(weights.b).sum())(weights);
    expect(gradients.a.toArray()).toEqual([4, 6]);
    expect(gradients.b.toArray()).toEqual([4, 9]);
  });

  test("reach a parameter that happens to be 1 or 0", () => {
    const [scale, shift] = [parameter(tensor(1)), parameter(tensor(0))];
    const gradients = grad(([a, b]: readonly Tensor[]) => tensor([2, 3]).mul(a!).add(b!).sum())([scale, shift]);
    expect(gradients.map((gradient) => gradient.item())).toEqual([5, 2]);
  });

  test("are zero for what the value does not depend on", () => {
    expect(grad(([x]: readonly Tensor[]) => x!.sum())([tensor([1, 2]), tensor([[5]])]).map((t) => t.toArray())).toEqual([[1, 1], [[0]]]);
  });

  test("take each argument for itself, even if one was made from another", () => {
    const w = parameter(tensor([3]));
    const [toX, toW] = grad(([x, v]: readonly Tensor[]) => x!.mul(v!).sum())([w.square(), w]) as Tensor[];
    expect([toX!.item(), toW!.item()]).toEqual([3, 9]);
  });

  test("nest: the third derivative of x⁴ is 24x", () => {
    const third = grad((x: Tensor) => grad((y: Tensor) => grad((z: Tensor) => z.pow(4).sum())(y).sum())(x).sum());
    expect(third(tensor([2, -1])).toArray()).toEqual([48, -24]);
  });

  test("survive printing in between", () => {
    const doubled = grad((x: Tensor) => {
      const y = x.mul(x);
      expect(y.toArray()).toEqual([9]);
      return y.mul(2).sum();
    });
    expect(doubled(tensor([3])).toArray()).toEqual([12]);
  });

  test("do not flow through detach", () => {
    expect(grad((x: Tensor) => x.mul(x.detach()).sum())(tensor([3])).toArray()).toEqual([3]);
  });

  test("want a scalar of floats", () => {
    expect(() => grad((x: Tensor) => x)(tensor([1, 2]))).toThrow("grad: the function's value is not a scalar: (2)");
    expect(() => grad((x: Tensor) => x.to("int64").sum())(tensor([1, 2]))).toThrow("grad: there is no gradient of int64");
  });
});
