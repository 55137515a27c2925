import { describe, expect, test } from "vitest";
import { grad, guarded, jit, parameter, tensor, valueAndGrad, Tensor } from "../../kernel-helpers/tensor/index.ts";
import { decodeModel, resolveDevice } from "../../kernel-helpers/onnx/index.ts";

const operators = (model: Uint8Array): string[] => decodeModel(model).graph.nodes!.map(({ opType }) => opType);

describe("a compiled function", () => {
  test("is recorded once for each combination of shapes", () => {
    let recorded = 0;
    const double = jit((x: Tensor) => {
      recorded++;
      return x.add(x);
    });
    expect(double(tensor([1, 2])).toArray()).toEqual([2, 4]);
    expect(double(tensor([5, 6])).toArray()).toEqual([10, 12]);
    expect(double(tensor([[1]])).toArray()).toEqual([[2]]);
    expect(recorded).toBe(2);
  });

  test("takes and gives trees, and fixes what is no tensor in the graph", () => {
    const f = jit(({ x, power }: { x: Tensor; power: number }) => ({ all: [x.pow(power), x.sum()], power }));
    expect(f({ x: tensor([2, 3]), power: 3 }).all.map((t) => t.toArray())).toEqual([[8, 27], 5]);
    expect(f({ x: tensor([2, 3]), power: 2 }).all[0]!.toArray()).toEqual([4, 9]);
    expect(f({ x: tensor([2, 3]), power: 2 }).power).toBe(2);
  });

  test("trains: state that it reads and assigns carries over from call to call", () => {
    const w = parameter(tensor([0, 0]));
    const momentum = parameter(tensor([0, 0]));
    const target = tensor([3, -2]);
    const step = jit(() => {
      const [loss, gradient] = valueAndGrad((v: Tensor) => v.sub(target).square().sum())(w);
      momentum.assign(momentum.mul(0.9).add(gradient));
      w.assign(w.sub(momentum.mul(0.01)));
      return loss;
    });
    const [v, m] = [
      [0, 0],
      [0, 0],
    ];
    for (let count = 0; count < 200; count++) {
      const expected = (v[0]! - 3) ** 2 + (v[1]! + 2) ** 2;
      expect(step().item()).toBeCloseTo(expected, 3);
      [3, -2].forEach((goal, index) => {
        m[index] = 0.9 * m[index]! + 2 * (v[index]! - goal);
        v[index]! -= 0.01 * m[index]!;
      });
    }
    expect(w.toArray()).toEqual([expect.closeTo(3, 2), expect.closeTo(-2, 2)]);
  });

  test("sees what was assigned earlier in the same call", () => {
    const n = parameter(tensor(0));
    const twice = jit(() => {
      n.assign(n.add(1));
      n.assign(n.mul(10));
      return n.add(0.5);
    });
    expect([twice().item(), twice().item(), n.item()]).toEqual([10.5, 110.5, 110]);
  });

  test("swaps two parameters, which cannot be done in place", () => {
    const [a, b] = [parameter(tensor([1, 2])), parameter(tensor([3, 4]))];
    const swap = jit(() => {
      const old = a.add(0.5);
      a.assign(b.mul(2));
      b.assign(old);
    });
    swap();
    swap();
    expect([a.toArray(), b.toArray()]).toEqual([
      [3, 5],
      [6.5, 8.5],
    ]);
  });

  test("reads a parameter that is assigned from outside between calls", () => {
    const w = parameter(tensor([1]));
    const f = jit((x: Tensor) => x.mul(w));
    expect(f(tensor([2])).item()).toBe(2);
    w.assign(tensor([5]));
    expect(f(tensor([2])).item()).toBe(10);
  });

  test("says so when an older expression needs numbers that it has overwritten", () => {
    const w = parameter(tensor([1]));
    const step = jit(() => w.assign(w.add(1)));
    const before = w.mul(3);
    step();
    expect(() => before.item()).toThrow(
      /^a parameter that this value is made from has been updated in place since \(line \d+ of jit.test.ts\)/,
    );
    expect(w.mul(3).item()).toBe(6);
  });

  test("cannot give numbers while it is recorded", () => {
    expect(() => jit((x: Tensor) => x.mul(x.item()))(tensor(2))).toThrow("the value is known only when the compiled function runs");
  });

  test("is compiled anew when something it relied on has changed", () => {
    const mode = { training: true };
    const f = jit((x: Tensor) => (guarded(() => mode.training) ? x.mul(2) : x));
    expect(f(tensor([1])).item()).toBe(2);
    mode.training = false;
    expect(f(tensor([1])).item()).toBe(1);
    mode.training = true;
    expect(f(tensor([1])).item()).toBe(2);
  });

  test("computes what is written twice only once, and leaves out what nobody needs", () => {
    const f = jit((x: Tensor) => {
      x.exp().mul(7);
      return x.sqrt().add(1).mul(x.sqrt().add(1));
    });
    expect(operators(f.toOnnx(tensor([1])))).toEqual(["Sqrt", "Add", "Mul"]);
  });

  test("reads transposed matrices where they lie", () => {
    const f = jit((a: Tensor, b: Tensor) => grad((x: Tensor) => x.matmul(b).square().sum())(a));
    const used = operators(
      f.toOnnx(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    );
    expect(used).not.toContain("Transpose");
    expect(used).toContain("Gemm");
  });

  test("is part of the other when called within one", () => {
    const inner = jit((x: Tensor) => x.mul(3));
    const outer = jit((x: Tensor) => inner(x).add(1));
    expect(outer(tensor([2])).item()).toBe(7);
    expect(operators(outer.toOnnx(tensor([2])))).toEqual(["Mul", "Add"]);
  });
});

describe("a compiled function says", () => {
  test("what it runs on", () => {
    expect(jit((x: Tensor) => x).device).toBe("cpu");
    const auto = jit((x: Tensor) => x.add(1), { device: "auto" });
    expect(auto.device).toBe(resolveDevice("auto"));
    expect(auto(tensor([1])).item()).toBe(2);
  });

  test.each<[string, () => unknown, string]>([
    ["no function", () => jit(3 as never), "f must be a function, got 3"],
    [
      "a device",
      () => jit((x: Tensor) => x, { device: "tpu" as never }),
      'device must be one of "auto", "cpu", "webgpu", "cuda", got "tpu"',
    ],
    ["threads", () => jit((x: Tensor) => x, { threads: 0 }), "threads must be an integer ≥ 1 and ≤ 1024, got 0"],
    ["an option", () => jit((x: Tensor) => x, { devise: "cpu" } as never), 'options has no option "devise"'],
    ["an async function", () => jit(async (x: Tensor) => x)(tensor(1)), "jit was given an async function"],
    ["grad of no function", () => grad(tensor(1) as never), "f must be a function"],
    ["grad by a number", () => grad((x: Tensor) => x)(3 as never), "x must be a tensor, or an array or a plain object of tensors, got 3"],
    ["grad by a list with a number", () => grad(([x]: readonly Tensor[]) => x!)([3] as never), "x[0] must be a tensor, got 3"],
    ["grad by integers", () => grad((x: Tensor) => x.sum())(tensor([1], { dtype: "int64" })), "there is no gradient with respect to int64"],
    ["a loss that is missing", () => grad((() => undefined) as never)(tensor(1)), "the value of f must be a tensor, got undefined"],
    ["a parameter of numbers", () => parameter([1, 2] as never), "initial must be a tensor, got an array of 2"],
    ["an assigned number", () => parameter(tensor(1)).assign(2 as never), "value must be a tensor, got 2"],
    [
      "numbers for the constructor",
      () => new (Tensor as unknown as new (numbers: number[]) => Tensor)([1]),
      "Tensor has no public constructor",
    ],
    ["guarded without a function", () => guarded(true as never), "read must be a function, got true"],
  ])("that it was given %s", (_name, call, message) => {
    expect(call).toThrow(message);
  });
});
