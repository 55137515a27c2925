import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import { Linear } from "../../kernel-helpers/nn/index.ts";
import {
  AdamW,
  clipByGlobalNorm,
  constant,
  globalNorm,
  linear,
  Muon,
  orthogonalize,
  SGD,
  warmupCosine,
} from "../../kernel-helpers/optim/index.ts";
import { jit, parameter, stoppedBy, tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { answerQuestion, largestError, type OptimizerQuestion } from "./torch-cases.ts";

interface Recorded {
  question: OptimizerQuestion;
  answer: Record<string, number[]>;
}
const recorded = JSON.parse(readFileSync(path.join(import.meta.dirname, "fixtures/optimizers.json"), "utf8")) as Recorded[];

const rows = (t: Tensor): number[] => t.toArray() as number[];

describe("optimizers", () => {
  test.each(recorded.map(({ question, answer }) => ({ ...question, question, answer })))(
    "$kind with $options ends where PyTorch ends, eager and compiled",
    ({ question, answer }) => {
      expect(largestError(answerQuestion(question), answer)).toBeLessThan(1e-5);
      expect(largestError(answerQuestion(question, jit), answer)).toBeLessThan(1e-5);
    },
  );

  test("AdamW goes on exactly where a state left off", () => {
    const start = { w: tensor([[1, -2]]), b: tensor([3]) };
    const begin = () => {
      const parameters = { w: parameter(start.w), b: parameter(start.b) };
      const optimizer = new AdamW(parameters, { learningRate: warmupCosine({ peak: 0.1, warmup: 3, steps: 10 }) });
      const step = jit(() => {
        const [loss, gradients] = valueAndGrad(({ w, b }: { w: Tensor; b: Tensor }) => w.mul(b).square().sum())(parameters);
        optimizer.step(gradients);
        return loss;
      });
      return { parameters, optimizer, step };
    };
    const whole = begin();
    for (let count = 0; count < 6; count++) whole.step();
    const first = begin();
    for (let count = 0; count < 4; count++) first.step();
    const second = begin();
    const saved = { ...first.parameters, ...first.optimizer.state() };
    expect(Object.keys(first.optimizer.state())).toEqual(["step", "w.exp_avg", "w.exp_avg_sq", "b.exp_avg", "b.exp_avg_sq"]);
    const targets = { ...second.parameters, ...second.optimizer.state() };
    for (const [name, from] of Object.entries(saved)) targets[name as keyof typeof targets]!.assign(from);
    second.step();
    second.step();
    expect(second.parameters.w.data).toEqual(whole.parameters.w.data);
    expect(second.optimizer.state().step!.item()).toBe(6);
  });

  test("which parameters decay is the caller's choice", () => {
    const parameters = { w: parameter(tensor([[1]])), b: parameter(tensor([1])) };
    const still = { w: tensor([[0]]), b: tensor([0]) };
    new AdamW(parameters, { learningRate: 0.1, weightDecay: 0.5 }).step(still);
    expect([parameters.w.item(), parameters.b.item()]).toEqual([expect.closeTo(0.95, 6), 1]);
    new SGD(parameters, { learningRate: 0.1, weightDecay: 0.5, decay: (name) => name === "b" }).step(still);
    expect([parameters.w.item(), parameters.b.item()]).toEqual([expect.closeTo(0.95, 6), expect.closeTo(0.95, 6)]);
  });

  test("Muon leaves embeddings, output layers and vectors to AdamW", () => {
    const matrix = tensor([
      [1, 2],
      [3, 4],
    ]);
    const parameters = Object.fromEntries(
      ["transformer.wte.weight", "h.0.mlp.c_fc.weight", "lm_head.weight", "embed_tokens.weight"].map((name) => [name, parameter(matrix)]),
    );
    const names = Object.keys(new Muon({ ...parameters, "h.0.ln.bias": parameter(tensor([1])) }).state());
    expect(names.filter((name) => name.endsWith("momentum_buffer"))).toEqual(["h.0.mlp.c_fc.weight.momentum_buffer"]);
  });

  test("gradients of other names are refused", () => {
    const optimizer = new SGD({ a: parameter(tensor(1)) }, { learningRate: 1 });
    expect(() => optimizer.step({ b: tensor(1) })).toThrow(
      "the gradients are not those of the parameters: none for a, one for b, which is not optimized",
    );
  });

  test("gradients of another shape or type are refused, also where they would broadcast", () => {
    const w = parameter(tensor([1, 2, 3]));
    const optimizer = new SGD({ w }, { learningRate: 1 });
    expect(() => optimizer.step({ w: tensor(1) })).toThrow("the gradient of w, float32 (3), is float32 ()");
    expect(() => optimizer.step({ w: tensor([1, 1, 1], { dtype: "float64" }) })).toThrow("is float64 (3)");
    expect(() => optimizer.step({ w: [1, 1, 1] as never })).toThrow('gradients["w"] must be a Tensor, got an array of 3');
    expect(rows(w)).toEqual([1, 2, 3]);
  });

  test("a parameter under two names is trained once, with its gradient under either", () => {
    const shared = parameter(tensor([1]));
    const optimizer = new SGD({ first: shared, second: shared }, { learningRate: 0.5, momentum: 0.9 });
    expect(optimizer.parameters).toEqual({ first: shared });
    expect(Object.keys(optimizer.state())).toEqual(["step", "first.momentum_buffer"]);
    const [, gradients] = valueAndGrad(({ first, second }: Record<string, Tensor>) => first!.add(second!).sum())({
      first: shared,
      second: shared,
    });
    optimizer.step(gradients);
    expect(rows(shared)).toEqual([1 - 0.5 * 2]);
  });

  test("is given a model's parameters, not the model, and says the line to write", () => {
    const model = new Linear(2, 1, { seed: 1 });
    expect(() => new AdamW(model as never)).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: parameters must be parameters by name, not the module that has them, got a Linear
        hint: pass them by name, as a model has them: new AdamW(model.parameters(), …)]
    `);
    expect(() => new SGD(Object.values(model.parameters()) as never, { learningRate: 1 })).toThrow(
      "parameters must be a plain object, got an array of 2\n  hint: pass them by name, as a model has them: new SGD(model.parameters(), …)",
    );
    const count = parameter(tensor(0, { dtype: "int64" }));
    expect(() => new AdamW({ count })).toThrow('parameters["count"] is int64, which has no gradient');
    expect(() => new AdamW({ w: tensor([1, 2]) as never })).toThrow('parameters["w"] must be a Parameter, got a Tensor of shape (2)');
    expect(() => new AdamW({})).toThrow("AdamW was given no parameters");
    expect(() => new AdamW(null as never)).toThrow("parameters must be a plain object, got null");
  });

  const w = { w: parameter(tensor([[1]])) };
  test.each<[() => unknown, string]>([
    [() => new AdamW(w, { learningRate: -1 }), "learningRate must be ≥ 0, got -1"],
    [() => new AdamW(w, { learningRate: NaN }), "got NaN"],
    [() => new AdamW(w, { learningRate: 1e39 }), "got 1e+39"],
    [() => new AdamW(w, { learningRate: "0.1" as never }), 'got "0.1"'],
    [() => new AdamW(w, 0.01 as never), "options must be a plain object, got 0.01"],
    [() => new AdamW(w, null as never), "options must be a plain object, got null"],
    [() => new AdamW(w, { lr: 0.1 } as never), 'AdamW has no option "lr"'],
    [() => new AdamW(w, { learningrate: 0.1 } as never), 'did you mean "learningRate"?'],
    [() => new AdamW(w, { weightDecay: -0.1 }), "weightDecay must be"],
    [() => new AdamW(w, { weightDecay: Infinity }), "weightDecay must be"],
    [() => new AdamW(w, { decay: true as never }), "decay must be a function, got true"],
    [() => new AdamW(w, { betas: [0.9, 1] }), "betas[1] must be ≥ 0 and < 1, got 1"],
    [() => new AdamW(w, { betas: [NaN, 0.9] }), "betas[0] must be a finite number ≥ 0 and < 1, got NaN"],
    [() => new AdamW(w, { betas: 0.9 as never }), "betas must be two numbers, got 0.9"],
    [() => new AdamW(w, { epsilon: 0 }), "epsilon must be ≥ 1e-30 and ≤ 1e+30, got 0"],
    [() => new SGD(w, undefined as never), "options must be a plain object, got undefined"],
    [() => new SGD(w, {} as never), "learningRate must be a finite number"],
    [() => new SGD(w, { learningRate: 1, nesterov: true }), "nesterov needs a momentum, got 0"],
    [() => new SGD(w, { learningRate: 1, nesterov: "yes" as never }), 'nesterov must be true or false, got "yes"'],
    [() => new SGD(w, { learningRate: 1, momentum: -0.1 }), "momentum must be ≥ 0 and < 1, got -0.1"],
    [() => new SGD(w, { learningRate: 1, dampening: 0.1 } as never), 'SGD has no option "dampening"'],
    [() => new Muon(w, { momentum: 1 }), "momentum must be ≥ 0 and < 1, got 1"],
    [() => new Muon(w, { adam: { rate: NaN } }), "adam.rate must be"],
    [() => new Muon(w, { adam: { beta: [0, 0] } as never }), 'adam has no option "beta"'],
    [() => new Muon({ v: parameter(tensor([1])) }, { hidden: () => true }), "Muon updates matrices, but v is of shape (1)"],
    [() => orthogonalize(tensor([1, 2])), "orthogonalize takes a matrix, got shape (2)"],
    [() => clipByGlobalNorm({}, 1), "there are no gradients to clip"],
    [() => clipByGlobalNorm({ a: tensor(1) }, 0), "max must be > 0, got 0"],
    [() => clipByGlobalNorm({ a: tensor(1) }, NaN), "max must be a finite number > 0, got NaN"],
    [() => globalNorm([tensor(1)] as never), "gradients must be a plain object, got an array of 1"],
  ])("%s is refused", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });
});

describe("orthogonalize", () => {
  test("leaves singular vectors and brings singular values near 1", () => {
    const x = orthogonalize(
      tensor([
        [3, 0, 0],
        [0, 0.5, 0],
      ]),
    );
    const [[a, ,], [, b]] = x.toArray() as number[][] as [number[], number[]];
    expect([a, b].every((value) => value! > 0.6 && value! < 1.3)).toBe(true);
    expect(x.square().sum().item()).toBeCloseTo(a! ** 2 + b! ** 2, 5);
  });
});

describe("clipByGlobalNorm", () => {
  test("scales gradients of norm 5 down to norm 1, and leaves those within it", () => {
    const { gradients, norm } = clipByGlobalNorm({ a: tensor([3, 0]), b: tensor([[4]]) }, 1);
    expect(norm.item()).toBe(5);
    expect([...rows(gradients.a), gradients.b.item()]).toEqual([expect.closeTo(0.6, 5), 0, expect.closeTo(0.8, 5)]);
    expect(rows(clipByGlobalNorm({ a: tensor([0.5]) }, 1).gradients.a)).toEqual([0.5]);
  });
});

function attempt(take: () => void): unknown {
  try {
    return take();
  } catch (error) {
    return error;
  }
}

describe("schedules", () => {
  const at = (schedule: (step: Tensor) => Tensor, steps: number[]): number[] => steps.map((step) => schedule(tensor(step)).item());
  const close = (numbers: number[]): unknown[] => numbers.map((number) => expect.closeTo(number, 6));

  test("constant is the same at every step", () => {
    expect(at(constant(0.5), [0, 7])).toEqual([0.5, 0.5]);
  });

  test("linear rises to `from`, then goes to `to` and stays there", () => {
    expect(at(linear({ from: 1, to: 0.5, warmup: 1, steps: 5 }), [0, 1, 3, 5, 9])).toEqual(close([0.5, 1, 0.75, 0.5, 0.5]));
  });

  test("warmupCosine follows nanoGPT's get_lr", () => {
    const getLr = (step: number): number => {
      if (step < 100) return (1e-3 * (step + 1)) / 101;
      if (step > 2000) return 1e-4;
      return 1e-4 + 0.5 * (1 + Math.cos((Math.PI * (step - 100)) / 1900)) * 9e-4;
    };
    const steps = [0, 1, 50, 99, 100, 101, 777, 1999, 2000, 2500];
    expect(at(warmupCosine({ peak: 1e-3, floor: 1e-4, warmup: 100, steps: 2000 }), steps)).toEqual(
      steps.map((step) => expect.closeTo(getLr(step), 8)),
    );
  });

  test.each<[() => unknown, string]>([
    [() => warmupCosine({ peak: 0.1, warmup: 1 } as never), "steps must be a finite number > 0, got undefined"],
    [() => warmupCosine({ warmup: 1, steps: 10 } as never), "peak must be"],
    [() => warmupCosine({ peak: Infinity, warmup: 1, steps: 10 }), "peak must be"],
    [() => warmupCosine({ peak: 0.1, warmup: -1, steps: 10 }), "warmup must be ≥ 0 and ≤ 10, got -1"],
    [() => warmupCosine({ peak: 0.1, warmup: 20, steps: 10 }), "warmup must be ≥ 0 and ≤ 10, got 20"],
    [() => warmupCosine({ peak: 0.1, floor: 0.2, warmup: 1, steps: 10 }), "floor must be ≥ 0 and ≤ 0.1, got 0.2"],
    [() => warmupCosine({ peak: 0.1, warmup: 1, step: 10 } as never), 'warmupCosine has no option "step"'],
    [() => warmupCosine(0.1 as never), "warmupCosine must be a plain object, got 0.1"],
    [() => linear({ from: 0.1, steps: 0 }), "steps must be > 0, got 0"],
    [() => linear({ from: 0.1, to: NaN, steps: 5 }), "to must be"],
    [() => linear(undefined as never), "from must be"],
    [() => constant(-1), "rate must be"],
  ])("%s is refused", (make, message) => {
    expect(make).toThrow(message);
  });

  test("one that is not finite at a step ends there, named with the step, and nothing is changed", () => {
    const v = parameter(tensor([1]));
    const optimizer = new SGD({ v }, { learningRate: (step) => step.sub(2).reciprocal(), momentum: 0.9 });
    optimizer.step({ v: tensor([1]) });
    optimizer.step({ v: tensor([1]) });
    const before = [v, ...Object.values(optimizer.state())].map(({ data }) => data);
    expect(() => optimizer.step({ v: tensor([1]) })).toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: the learning rate of step 3 is Infinity
        hint: nothing was changed; look at the schedule, which has to be finite at every step]
    `);
    expect([v, ...Object.values(optimizer.state())].map(({ data }) => data)).toEqual(before);
  });

  test("one that is not finite at a step stops a compiled step, too, before it has changed a weight or moment", () => {
    const v = parameter(tensor([1]));
    const optimizer = new SGD({ v }, { learningRate: (step) => step.sub(2).reciprocal(), momentum: 0.9 });
    const step = jit(() => optimizer.step({ v: tensor([1]) }));
    step();
    step();
    const numbers = (): unknown => [v, optimizer.state()["v.momentum_buffer"]!].map(({ data }) => data);
    const before = numbers();
    const error = attempt(step);
    expect(stoppedBy(error)).toBe(true);
    expect(numbers()).toEqual(before);
  });

  test("one that returns no scalar tensor is refused", () => {
    const v = { v: parameter(tensor([1])) };
    for (const schedule of [() => 0.1, (step: Tensor) => step.add(tensor([1, 2])), () => undefined]) {
      const optimizer = new SGD(v, { learningRate: schedule as never });
      expect(() => optimizer.step({ v: tensor([1]) })).toThrow(
        "the learning rate's schedule must be a function that returns a scalar tensor",
      );
    }
  });

  test("an optimizer asks the schedule at each step, compiled or not", () => {
    const w = parameter(tensor([0]));
    const optimizer = new SGD({ w }, { learningRate: linear({ from: 1, steps: 4 }) });
    const step = jit(() => optimizer.step({ w: tensor([1]) }));
    step();
    step();
    optimizer.step({ w: tensor([1]) });
    expect(w.item()).toBe(-(1 + 0.75 + 0.5));
    expect(optimizer.learningRate().item()).toBe(0.25);
  });
});

describe("functions among the options", () => {
  const weights = { w: parameter(tensor([[1, 2]])), b: parameter(tensor([1])) };
  const gradients = { w: tensor([[1, 1]]), b: tensor([1]) };

  test("return true or false", () => {
    expect(() => new Muon(weights, { hidden: (() => 1) as never })).toThrow("what hidden returns for w must be true or false, got 1");
    const late = new AdamW(weights, { decay: (async () => false) as never });
    expect(() => late.step(gradients)).toThrow("what decay returns for w must be true or false, got a Promise");
  });

  test("options of Muon's Adam that are undefined have their default", () => {
    const [one, other] = [{ b: parameter(tensor([1])) }, { b: parameter(tensor([1])) }] as const;
    new Muon(one, { adam: { betas: undefined, epsilon: undefined } as never }).step({ b: tensor([0.5]) });
    new Muon(other).step({ b: tensor([0.5]) });
    expect(one.b.toArray()).toEqual(other.b.toArray());
  });

  test("a schedule takes a tensor of any number type, and names anything else", () => {
    for (const schedule of [constant(1), linear({ from: 1, steps: 10 }), warmupCosine({ peak: 1, warmup: 2, steps: 10 })]) {
      expect(() => schedule(5 as never)).toThrow("step must be a tensor, got 5\n  hint: a schedule takes the step as a scalar tensor");
      expect(schedule(tensor(5, { dtype: "int64" })).item()).toBe(schedule(tensor(5)).item());
    }
    expect(linear({ from: 1, steps: 10 })(tensor(5, { dtype: "int64" })).item()).toBeCloseTo(0.5, 6);
  });

  test("the norm of gradients of several types is computed in the widest, at least float32", () => {
    const half = tensor([300, 400], { dtype: "float16" });
    expect([globalNorm({ half }).dtype, globalNorm({ half }).item()]).toEqual(["float32", 500]);
    const mixed = { half, wide: tensor([1200], { dtype: "float64" }) };
    expect([globalNorm(mixed).dtype, globalNorm(mixed).item()]).toEqual(["float64", 1300]);
    const { gradients: clipped } = clipByGlobalNorm(mixed, 13);
    expect([clipped.half.dtype, clipped.wide.dtype]).toEqual(["float16", "float64"]);
    expect(clipped.wide.item()).toBeCloseTo(12, 6);
  });
});
