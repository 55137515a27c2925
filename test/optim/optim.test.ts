import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { AdamW, clipByGlobalNorm, constant, linear, Muon, orthogonalize, SGD, warmupCosine } from "../../kernel-helpers/optim/index.ts";
import { jit, parameter, tensor, valueAndGrad, type Tensor } from "../../kernel-helpers/tensor/index.ts";
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

  test.each([
    [() => new AdamW({}, { learningRate: -1 }), "learningRate is -1"],
    [() => new AdamW({}, { betas: [0.9, 1] }), "a beta is 1"],
    [() => new SGD({}, { learningRate: 1, nesterov: true }), "Nesterov's method without momentum"],
    [() => new Muon({}, { momentum: 1 }), "momentum is 1"],
    [() => clipByGlobalNorm({}, 1), "there are no gradients to clip"],
    [() => clipByGlobalNorm({ a: tensor(1) }, 0), "max is 0"],
  ])("%s is refused", (make, message) => {
    expect(make).toThrow(message);
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
