import { describe, expect, test } from "vitest";
import { Linear, Module } from "../../kernel-helpers/nn/index.ts";
import { jit, ones, parameter, tensor, valueAndGrad, zeros, type Parameter, type Tensor } from "../../kernel-helpers/tensor/index.ts";

class Mlp extends Module {
  readonly layers: Linear[];
  readonly named: { head: Linear; scale: Parameter };
  readonly drawn: Parameter = parameter(tensor(0, { dtype: "int64" }));
  readonly settings: { width: number; kinds: readonly string[] } = { width: 3, kinds: ["plain"] };

  constructor(seed: number) {
    super();
    this.layers = [new Linear(2, 3, { seed }), new Linear(3, 3, { seed: seed + 1 })];
    this.named = { head: new Linear(3, 1, { seed: seed + 2, bias: false }), scale: parameter(ones([1])) };
  }

  forward(x: Tensor): Tensor {
    const hidden = this.layers.reduce((out, layer) => layer.forward(out).tanh(), x);
    return this.named.head.forward(hidden).mul(this.named.scale);
  }
}

class Tied extends Module {
  readonly inner: Linear = new Linear(2, 2, { seed: 1, bias: false });
  readonly outer: Linear = new Linear(2, 2, { weight: this.inner.weight, bias: false });
}

class Moody extends Module {
  forward(x: Tensor): Tensor {
    return this.training ? x.mul(2) : x;
  }
}

class Outer extends Module {
  readonly moods: Moody[] = [new Moody()];
  forward(x: Tensor): Tensor {
    return this.moods[0]!.forward(x);
  }
}

const names = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "named.head.weight", "named.scale"];

describe("a module", () => {
  test("names its parameters by property path, through arrays and plain objects", () => {
    const model = new Mlp(0);
    expect(Object.keys(model.parameters())).toEqual(names);
    expect(model.parameters()["layers.1.weight"]).toBe(model.layers[1]!.weight);
    expect(model.parameterCount()).toBe(6 + 3 + 9 + 3 + 3 + 1);
  });

  test("has in its state what is not learnt, too", () => {
    expect(Object.keys(new Mlp(0).state())).toEqual([...names, "drawn"]);
  });

  test("counts a tied parameter once, under its first name", () => {
    const tied = new Tied();
    expect(Object.keys(tied.parameters())).toEqual(["inner.weight"]);
    expect(tied.parameterCount()).toBe(4);
  });

  test("prints as a tree, neighbours of one kind together", () => {
    expect(String(new Mlp(0))).toBe(
      `Mlp(
  (layers.0): Linear(2, 3)
  (layers.1): Linear(3, 3)
  (named.head): Linear(3, 1, no bias)
)  25 parameters`,
    );
    class Stack extends Module {
      readonly h: Outer[] = [new Outer(), new Outer(), new Outer()];
    }
    expect(String(new Stack())).toBe(
      `Stack(
  (h.0-2): 3 × Outer(
    (moods.0): Moody()
  )
)  0 parameters`,
    );
  });

  test("is differentiated by all of its parameters", () => {
    const model = new Mlp(3);
    const [loss, gradients] = valueAndGrad(() => model.forward(tensor([[1, 2]])).sum())(model.parameters());
    expect(Object.keys(gradients)).toEqual(names);
    expect(gradients["named.scale"]!.item()).toBeCloseTo(loss.item(), 6); // d(s·y)/ds = y at s = 1
  });
});

describe("training and evaluation", () => {
  test("are set for all modules within; training comes first", () => {
    const outer = new Outer();
    expect([outer.training, outer.moods[0]!.training]).toEqual([true, true]);
    outer.eval();
    expect([outer.training, outer.moods[0]!.training]).toEqual([false, false]);
    expect(outer.train().moods[0]!.training).toBe(true);
  });

  test("a compiled function follows the mode, and keeps both graphs", () => {
    const outer = new Outer();
    let recorded = 0;
    const f = jit((x: Tensor) => {
      recorded++;
      return outer.forward(x);
    });
    const results = [true, false, true, false].map((training) => {
      outer.train(training);
      return f(tensor(3)).item();
    });
    expect(results).toEqual([6, 3, 6, 3]);
    expect(recorded).toBe(2);
  });
});

describe("load", () => {
  const numbers = (model: Module): number[] => Object.values(model.state()).flatMap(({ data }) => Array.from(data, Number));

  test("gives a model the numbers of another, as tensors or arrays", () => {
    const [from, into] = [new Mlp(1), new Mlp(2)];
    expect(numbers(into)).not.toEqual(numbers(from));
    into.load(from.state());
    expect(numbers(into)).toEqual(numbers(from));
    const arrays = Object.fromEntries(Object.entries(from.parameters()).map(([name, { data }]) => [name, data as Float32Array]));
    expect(numbers(new Mlp(5).load(arrays))).toEqual(numbers(from));
  });

  test("converts to the parameter's type, and takes a tied parameter by any of its names", () => {
    const tied = new Tied().load({
      "outer.weight": tensor(
        [
          [1, 2],
          [3, 4],
        ],
        { dtype: "float64" },
      ),
    });
    expect(tied.inner.weight.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("says which names are missing and unexpected, and changes nothing", () => {
    const model = new Mlp(1);
    const before = numbers(model);
    const { "layers.0.bias": _, ...rest } = new Mlp(2).parameters();
    expect(() => model.load({ ...rest, "layers.2.bias": zeros([3]) })).toThrow(
      "what is loaded does not fit the Mlp: layers.0.bias missing; layers.2.bias unexpected",
    );
    expect(numbers(model)).toEqual(before);
  });

  test("says which shape differs", () => {
    const state = { ...new Mlp(2).parameters(), "layers.0.weight": zeros([2, 3]) };
    expect(() => new Mlp(1).load(state)).toThrow('"layers.0.weight" is of shape (3, 2) here, and (2, 3) in what is loaded');
    expect(() => new Mlp(1).load({ ...state, "layers.0.weight": new Float32Array(5) })).toThrow("and (5) in what is loaded");
  });
});

describe("random initialisation", () => {
  test("is the same for the same seed, another for another, and another for each layer without one", () => {
    const weights = (model: Linear): unknown => model.weight.toArray();
    expect(weights(new Linear(3, 3, { seed: 4 }))).toEqual(weights(new Linear(3, 3, { seed: 4 })));
    expect(weights(new Linear(3, 3, { seed: 4 }))).not.toEqual(weights(new Linear(3, 3, { seed: 5 })));
    expect(weights(new Linear(3, 3))).not.toEqual(weights(new Linear(3, 3)));
  });

  test("of Linear is uniform in ±1/√inputs, as in PyTorch", () => {
    const { weight, bias } = new Linear(100, 200, { seed: 0 });
    expect(weight.abs().max().item()).toBeLessThanOrEqual(0.1);
    expect(weight.abs().max().item()).toBeGreaterThan(0.0999);
    expect(weight.mean().item()).toBeCloseTo(0, 2);
    expect(weight.variance().item()).toBeCloseTo(0.2 ** 2 / 12, 4);
    expect(bias!.abs().max().item()).toBeLessThanOrEqual(0.1);
  });
});
