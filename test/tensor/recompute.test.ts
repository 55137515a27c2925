import { describe, expect, test } from "vitest";
import { decodeModel } from "../../kernel-helpers/onnx/index.ts";
import { grad, jit, parameter, recompute, tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";

const count = (model: Uint8Array, opType: string): number =>
  decodeModel(model).graph.nodes!.filter((node) => node.opType === opType).length;

const w = parameter(
  tensor([
    [0.5, -1],
    [2, 0.25],
  ]),
);
const x = tensor([
  [1, 2],
  [3, -1],
  [0.5, 0],
]);

describe("what is recomputed", () => {
  const block = (h: Tensor): Tensor => h.matmul(w).tanh().mul(h);
  const plain = (h: Tensor): Tensor => block(block(h)).square().sum();
  const frugal = (h: Tensor): Tensor => recompute(block)(recompute(block)(h)).square().sum();

  test("has the same value and the same gradients, of arguments and of parameters", () => {
    for (const target of [x, w]) {
      const [value, gradient] = valueAndGrad((h: Tensor) => plain(target === x ? h : x))(target);
      const [same, again] = valueAndGrad((h: Tensor) => frugal(target === x ? h : x))(target);
      expect(same.item()).toBe(value.item());
      expect(again.toArray()).toEqual(gradient.toArray());
    }
  });

  test("is in the graph twice, and once where no gradient is taken", () => {
    const graphOf = (f: (h: Tensor) => Tensor): Uint8Array => jit(f).toOnnx(x);
    expect(count(graphOf(plain), "Tanh")).toBe(2);
    expect(count(graphOf(frugal), "Tanh")).toBe(2);
    expect(count(graphOf(grad(plain)), "Tanh")).toBe(2);
    expect(count(graphOf(grad(frugal)), "Tanh")).toBe(4);
  });

  test("may lie within what is recomputed, and have gradients of gradients", () => {
    const nested = (h: Tensor): Tensor =>
      recompute((g: Tensor) => recompute(block)(recompute(block)(g)))(h)
        .square()
        .sum();
    expect(grad(nested)(x).toArray()).toEqual(grad(plain)(x).toArray());
    // The two inner calls, the first again for the second's argument, and each for its own gradient.
    expect(count(jit(grad(nested)).toOnnx(x), "Tanh")).toBe(5);
    const second = (f: (h: Tensor) => Tensor): Tensor => grad((h: Tensor) => grad(f)(h).square().sum())(x);
    expect(second(nested).sub(second(plain)).abs().max().item()).toBeLessThan(1e-4);
    expect(second(plain).abs().max().item()).toBeGreaterThan(100);
  });

  test("may reach tensors that are no arguments, and take whole numbers", () => {
    const ids = tensor([1, 0, 1], { dtype: "int64" });
    const f = (rows: (table: Tensor, places: Tensor) => Tensor): Tensor =>
      grad((table: Tensor) => {
        const scaled = table.mul(3);
        return rows(scaled, ids).mul(scaled.sum()).sum();
      })(w);
    const plainly = f((table, places) => table.take(places).tanh());
    expect(f((table, places) => recompute((p: Tensor) => table.take(p).tanh())(places)).toArray()).toEqual(plainly.toArray());
    expect(f((table, places) => recompute((t: Tensor, p: Tensor) => t.take(p).tanh())(table, places)).toArray()).toEqual(plainly.toArray());
  });

  test("may be nothing at all", () => {
    expect(grad((h: Tensor) => recompute((g: Tensor) => g)(h).sum())(x).toArray()).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  test("is not confused with a parameter that is written in place", () => {
    const v = parameter(tensor([1, 2]));
    const step = jit(() => {
      const same = recompute((u: Tensor) => u.reshape([2]))(v);
      v.assign(v.mul(10));
      return same.add(v);
    });
    expect(step().toArray()).toEqual([11, 22]);
    expect(v.toArray()).toEqual([10, 20]);
  });
});

test("what is recomputed takes tensors", () => {
  expect(() => recompute((x: Tensor) => x.mul(2))(null as never)).toThrow("argument 1 must be a tensor, got null");
});
