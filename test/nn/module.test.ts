import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import { GPT } from "../../kernel-helpers/llm/index.ts";
import {
  applyRotary,
  createRandom,
  Dropout,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  normalParameter,
  RMSNorm,
  SelfAttention,
  Sequential,
  splitHeads,
  SwiGLU,
  uniformParameter,
} from "../../kernel-helpers/nn/index.ts";
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

  test("takes tensors by name and nothing else", () => {
    const model = new Mlp(1);
    const before = numbers(model);
    const state = new Mlp(2).state();
    for (const [given, message] of [
      [new Mlp(2), "state must be tensors by name, not a module, got a Mlp\n  hint: pass other.state()"],
      [null, "state must be a plain object, got null"],
      [Object.values(state), "state must be a plain object, got an array of 7"],
      [{ ...state, "named.scale": [1] }, 'state["named.scale"] must be a Tensor or a typed array, got an array of 1'],
      [{ ...state, toString: tensor(1) }, "toString unexpected"],
    ] as const) {
      expect(() => model.load(given as never)).toThrow(message);
    }
    expect(numbers(model)).toEqual(before);
  });

  test("says which shape differs", () => {
    const state = { ...new Mlp(2).parameters(), "layers.0.weight": zeros([2, 3]) };
    expect(() => new Mlp(1).load(state)).toThrow('"layers.0.weight" is of shape (3, 2) here, and (2, 3) in what is loaded');
    expect(() => new Mlp(1).load({ ...state, "layers.0.weight": new Float32Array(5) })).toThrow("and (5) in what is loaded");
  });
});

describe("random initialisation", () => {
  const weights = (model: Module): unknown[] => Object.values(model.state()).map(({ data }) => data);
  const build = (): Sequential => {
    const random = createRandom(7);
    return new Sequential(
      new Linear(4, 4, { random }),
      new Dropout(0.5, { random }),
      new Linear(4, 4, { random }),
      new Dropout(0.5, { random }),
    );
  };

  test("is the same for the same seed, and another for another", () => {
    expect(weights(new Linear(3, 3, { seed: 4 }))).toEqual(weights(new Linear(3, 3, { seed: 4 })));
    expect(weights(new Linear(3, 3, { seed: 4 }))).not.toEqual(weights(new Linear(3, 3, { seed: 5 })));
  });

  test("of the same code is the same however often it runs, and another in each layer", () => {
    const [first, second] = [build(), build()];
    expect(weights(second)).toEqual(weights(first));
    const [one, , other] = [first[0], first[1], first[2]] as unknown as [Linear, Dropout, Linear];
    expect(one.weight.data).not.toEqual(other.weight.data);
    const gpt = (): GPT => new GPT({ vocabularySize: 5, contextLength: 4, layers: 2, heads: 1, width: 4, dropout: 0.5 });
    expect(weights(gpt())).toEqual(weights(gpt()));
  });

  test("draws the same masks, eager and compiled, in a model that is made again", () => {
    const masks = (): unknown[] => {
      const model = build();
      const compiled = jit((x: Tensor) => model.forward(x));
      return [model.forward(ones([2, 4])), compiled(ones([2, 4])), compiled(ones([2, 4]))].map(({ data }) => data);
    };
    const [eager, first, second] = masks();
    expect(masks()).toEqual([eager, first, second]);
    expect(first).not.toEqual(second);
  });

  test.each<[string, (options: object) => unknown]>([
    ["Linear", (options) => new Linear(3, 3, options)],
    ["Linear", (options) => new Linear(3, 3, { weight: new Linear(3, 3, { seed: 1 }).weight, ...options })], // the bias is drawn
    ["Embedding", (options) => new Embedding(3, 3, options)],
    ["Dropout", (options) => new Dropout(0.5, options)],
    ["SwiGLU", (options) => new SwiGLU(3, 3, options)],
    ["SelfAttention", (options) => new SelfAttention(4, { heads: 2, ...options })],
  ])("of %s needs a seed, or a stream", (name, make) => {
    expect(() => make({})).toThrow(`${name} needs a seed for its random numbers\n  hint: pass { seed: 1 }`);
    expect(() => make({ seed: 0.5 })).toThrow("seed must be an integer, got 0.5");
    expect(() => make({ random: Math.random })).toThrow("random must be a stream of random numbers, got the function random");
    expect(() => make({ seed: 1, random: createRandom(1) })).toThrow("takes either a seed or a random stream, got both");
    expect(() => make({ seed: 1, sead: 1 })).toThrow(`${name} has no option "sead"\n  hint: did you mean "seed"?`);
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

describe("what layers are given", () => {
  const seed = 1;
  const linear = new Linear(3, 2, { seed });
  test.each<[string, () => unknown]>([
    ["inputs must be an integer ≥ 1, got 0", () => new Linear(0, 2, { seed })],
    ["inputs must be an integer ≥ 1, got -3", () => new Linear(-3, 2, { seed })],
    ["outputs must be an integer ≥ 1, got 2.5", () => new Linear(3, 2.5, { seed })],
    ['outputs must be an integer ≥ 1, got "2"', () => new Linear(3, "2" as never, { seed })],
    ["bias must be true or false, got 0", () => new Linear(3, 2, { seed, bias: 0 as never })],
    ["weight must be of (3, 2), got (2, 3)", () => new Linear(2, 3, { seed, weight: linear.weight })],
    ["weight must be a Parameter, got a Tensor of shape (2, 3)", () => new Linear(3, 2, { seed, weight: zeros([2, 3]) as never })],
    ["Linear must be a plain object, got false", () => new Linear(3, 2, false as never)],
    ["count must be an integer ≥ 1, got NaN", () => new Embedding(NaN, 2, { seed })],
    ["std must be ≥ 0, got -1", () => new Embedding(3, 2, { seed, std: -1 })],
    ['Embedding has no option "deviation"', () => new Embedding(3, 2, { seed, deviation: 1 } as never)],
    ["rate must be ≥ 0 and ≤ 1, got 1.5", () => new Dropout(1.5, { seed })],
    ["rate must be a finite number ≥ 0 and ≤ 1, got NaN", () => new Dropout(NaN, { seed })],
    ["width must be an integer ≥ 1, got 0", () => new LayerNorm(0)],
    ["epsilon must be ≥ 0, got -1", () => new LayerNorm(3, { epsilon: -1 })],
    ["epsilon must be a finite number ≥ 0, got NaN", () => new RMSNorm(3, { epsilon: NaN })],
    ['RMSNorm has no option "eps"', () => new RMSNorm(3, { eps: 1 } as never)],
    ["heads must be an integer ≥ 1, got undefined", () => new SelfAttention(4, undefined as never)],
    ["width, 4, is not a multiple of heads, 3", () => new SelfAttention(4, { heads: 3, seed })],
    ["heads, 4, is not a multiple of numKeyValueHeads, 3", () => new SelfAttention(4, { heads: 4, numKeyValueHeads: 3, seed })],
    ['SelfAttention has no option "keyHeads"', () => new SelfAttention(4, { heads: 4, keyHeads: 2, seed } as never)],
    ["width / heads, 3, is not a multiple of the pairs that rotary turns, 2", () => new SelfAttention(6, { heads: 2, rotary: {}, seed })],
    ["base must be > 0, got 0", () => new SelfAttention(4, { heads: 2, rotary: { base: 0 }, seed })],
    ["layers[1] must be a module with a forward method, or a function of a tensor, got null", () => new Sequential(linear, null as never)],
    ["what layers[0] returns must be a Tensor, got undefined", () => new Sequential((() => {}) as never).forward(zeros([1, 3]))],
    ["hint: pass the layers one by one: new Sequential(...layers)", () => new Sequential([linear] as never)],
    ["training must be true or false, got 1", () => linear.train(1 as never)],
    ["seed must be an integer, got undefined", () => createRandom(undefined as never)],
    ["std must be ≥ 0, got -1", () => normalParameter([2], -1, createRandom(1))],
    ["shape[0] must be an integer ≥ 0, got -2", () => uniformParameter([-2], 1, createRandom(1))],
    ["x must be a Tensor, got an array of 3", () => linear.forward([1, 2, 3] as never)],
    ["Linear(3, 2) takes (…, 3), got (4, 2)", () => linear.forward(zeros([4, 2]))],
    ["Linear(3, 2) takes (…, 3), got ()", () => linear.forward(tensor(1))],
    ["Linear(3, 2) takes float32, got int64", () => linear.forward(zeros([3], { dtype: "int64" }))],
    ["Embedding(3, 2) takes ids of int64, got float32", () => new Embedding(3, 2, { seed }).forward(zeros([3]))],
    ["ids must be a Tensor, got an array of 1", () => new Embedding(3, 2, { seed }).forward([1] as never)],
    ["LayerNorm(3) takes (…, 3), got (3, 1)", () => new LayerNorm(3).forward(zeros([3, 1]))],
    ["RMSNorm(3) takes (…, 3), got (4)", () => new RMSNorm(3).forward(zeros([4]))],
    ["SelfAttention takes (…, 4), got (1, 2, 3)", () => new SelfAttention(4, { heads: 2, seed }).forward(zeros([1, 2, 3]))],
    ["SelfAttention takes (batch, tokens, width), got (2, 4)", () => new SelfAttention(4, { heads: 2, seed }).forward(zeros([2, 4]))],
    ["splitHeads takes (batch, tokens, width), got (4, 4)", () => splitHeads(zeros([4, 4]), 2)],
    ["the last axis, 4, is not a multiple of heads, 3", () => splitHeads(zeros([1, 2, 4]), 3)],
    ["applyRotary takes (…, T, D) with an even D, got (2, 3)", () => applyRotary(zeros([2, 3]))],
    ['layout must be one of "halves", "pairs", got "half"', () => applyRotary(zeros([2, 4]), { layout: "half" as never })],
  ])("is refused: %s", (message, make) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });
});

describe("modules of odd structure", () => {
  class Cyclic extends Module {
    readonly w = parameter(ones([1]));
    readonly own: unknown;
    readonly bag: Record<string, unknown> = {};
    constructor() {
      super();
      this.own = { self: this };
      this.bag.bag = this.bag;
    }
  }

  test("one that holds itself has its parameters once", () => {
    const model = new Cyclic();
    expect(Object.keys(model.parameters())).toEqual(["w"]);
    expect(model.modules()).toEqual({});
    expect(String(model.eval())).toBe("Cyclic()  1 parameters");
  });

  test("two parameters of one name are refused: one of them would be lost", () => {
    class Clash extends Module {
      readonly a = { b: parameter(ones([1])) };
      readonly "a.b" = parameter(zeros([1]));
    }
    expect(() => new Clash().parameters()).toThrow('two parameters are called "a.b"\n  hint: name properties without dots');
  });

  test("initial numbers come from a stream, and fit into memory", () => {
    expect(() => normalParameter([1], 1, undefined as never)).toThrow("random must be a stream of random numbers, got undefined");
    expect(() => uniformParameter([1], 1, { next: 3 } as never)).toThrow(
      "random must be a stream of random numbers, got an object with next",
    );
    expect(() => new Linear(2 ** 20, 2 ** 20, { seed: 1 })).toThrow("there is no memory for a parameter of (1048576, 1048576)");
  });
});
