import { describe, expect, test, vi } from "vitest";
import { Session } from "../../kernel-helpers/onnx/index.ts";
import { GPT } from "../../kernel-helpers/llm/index.ts";
import { Linear, Module } from "../../kernel-helpers/nn/index.ts";
import { AdamW, SGD, warmupCosine, type Schedule } from "../../kernel-helpers/optim/index.ts";
import { crossEntropy, parameter, tensor, type DType, type Parameter, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import {
  evaluate,
  tensorBatches,
  tokenBatches,
  train,
  TrainingError,
  type EvaluationRecord,
  type StepRecord,
  type TokenBatch,
  type TrainOptions,
} from "../../kernel-helpers/train/index.ts";
import { batchesOf, Net, numbersOf, products, squaredError, type Pair } from "./models.ts";

/** x · slope, in one element type. */
class Line extends Module {
  readonly slope: Parameter;
  constructor(dtype: DType) {
    super();
    this.slope = parameter(tensor([[2]], { dtype }));
  }
  forward(x: Tensor): Tensor {
    return x.matmul(this.slope);
  }
}

/** A net and all that trains it, with anything else asked for. */
function setting({ rate = 0.1, ...options }: Partial<TrainOptions<Net, Pair>> & { rate?: number } = {}): TrainOptions<Net, Pair> {
  const model = new Net(rate);
  const optimizer = new AdamW(model.parameters(), { learningRate: 0.01 });
  const length = options.epochs === undefined ? { steps: 20 } : {};
  return { model, optimizer, loss: squaredError, batches: batchesOf(40, 16), show: false, ...length, ...options };
}

describe("training", () => {
  test("makes the loss smaller, and tells each step", async () => {
    const seen: StepRecord[] = [];
    const given = setting({ steps: 60, rate: 0, clip: 1, onStep: (record) => seen.push(record) });
    const optimizer = new AdamW(given.model.parameters(), { learningRate: warmupCosine({ peak: 0.02, warmup: 5, steps: 60 }) });
    const run = await train({ ...given, optimizer });
    expect(run).toMatchObject({ steps: 60, stoppedBy: "end", best: undefined });
    expect(run.history.step).toEqual(seen.map(({ step }) => step));
    expect(run.history.loss).toEqual(seen.map(({ loss }) => loss));
    expect(run.history.loss.slice(-10).every((loss) => loss < run.history.loss[0]! / 3)).toBe(true);
    expect(run.history.learningRate[0]).toBeCloseTo(0.02 / 6, 6);
    expect(run.history.learningRate[5]).toBeCloseTo(0.02, 6);
    expect(run.history.gradientNorm.every((norm) => norm > 0)).toBe(true);
    expect(run.history.speed.every((speed) => speed > 0)).toBe(true);
  });

  test("goes through the batches as often as asked, the smaller last one included", async () => {
    const rows: number[] = [];
    const loss = (net: Net, batch: Pair): Tensor => {
      rows.push(batch.x.shape[0]!);
      return squaredError(net, batch);
    };
    const run = await train(setting({ epochs: 3, loss }));
    expect(run.steps).toBe(9);
    expect(rows).toEqual([16, 8]); // each shape is recorded once
  });

  test("ends when a generator has no more batches", async () => {
    function* four(): Generator<Pair> {
      for (let index = 0; index < 4; index++) yield products(8, index);
    }
    const run = await train(setting({ batches: four(), evaluate: { batches: batchesOf(10, 5), every: 100 } }));
    expect(run).toMatchObject({ steps: 4, stoppedBy: "end" });
    expect(run.history.evaluations.step).toEqual([4]);
  });

  test("leaves the model in the mode it was in", async () => {
    const given = setting({ steps: 2 });
    given.model.eval();
    given.model.second.train();
    await train(given);
    expect([given.model.training, given.model.first.training, given.model.second.training]).toEqual([false, false, true]);
    expect(given.model.masks.item()).toBe(2); // it was in training mode meanwhile
  });

  test("trains what the optimizer was given, and leaves the rest as it is", async () => {
    const given = setting({ rate: 0 });
    const { first, second } = given.model;
    const before = numbersOf(given.model.parameters());
    const optimizer = new AdamW({ weight: second.weight }, { learningRate: 0.01 });
    const run = await train({ ...given, optimizer });
    expect(first.weight.data).toEqual(before["first.weight"]);
    expect(second.bias!.data).toEqual(before["second.bias"]);
    expect(second.weight.data).not.toEqual(before["second.weight"]);
    expect(run.history.loss.at(-1)).toBeLessThan(run.history.loss[0]!);
  });

  test("with the optimizer of another model is refused, though names and shapes are the same", async () => {
    const given = setting();
    const [before, other] = [numbersOf(given.model.parameters()), new Net()];
    const optimizer = new AdamW(other.parameters(), { learningRate: 0.01 });
    await expect(train({ ...given, optimizer })).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: the optimizer trains parameters that this Net does not have: first.weight, first.bias, second.weight and 1 more
        hint: make it from this model, and again whenever you make the model anew: new AdamW(model.parameters(), …)]
    `);
    const mixed = new SGD({ mine: given.model.first.weight, theirs: other.first.weight }, { learningRate: 0.01 });
    await expect(train({ ...given, optimizer: mixed })).rejects.toThrow("does not have: theirs\n");
    expect(numbersOf(given.model.parameters())).toEqual(before);
    expect(numbersOf(other.parameters())).toEqual(numbersOf(new Net().parameters()));
  });

  const batch = products(2, 0);
  const refused: readonly (readonly [options: Record<string, unknown>, message: string])[] = [
    [{ steps: 0 }, "steps must be an integer ≥ 1, got 0"],
    [{ steps: 2.5 }, "steps must be an integer ≥ 1, got 2.5"],
    [{ steps: 2, epochs: 1 }, "train takes either steps or epochs, got both"],
    [{ steps: undefined }, "train takes either steps or epochs, got neither"],
    [{ epochs: 1, batches: () => [batch] }, "train cannot tell how many batches an epoch has"],
    [{ epochs: 0 }, "epochs must be an integer ≥ 1, got 0"],
    [{ step: 3 }, 'train has no option "step"\n  hint: did you mean "steps"?'],
    [{ clip: 0 }, "clip must be > 0, got 0"],
    [{ clip: NaN }, "clip must be a finite number > 0, got NaN"],
    [{ resume: true }, "resume needs checkpoints"],
    [{ resume: "yes" }, 'resume must be true or false, got "yes"'],
    [{ accumulate: 1.5 }, "accumulate must be an integer ≥ 1, got 1.5"],
    [{ model: {} }, "model must be a Module, got {}"],
    [{ optimizer: "adam" }, 'optimizer must be an Optimizer, got "adam"'],
    [{ loss: undefined }, "loss must be a function, got undefined"],
    [{ loss: () => 1 }, "what loss returns must be a scalar Tensor, got 1"],
    [{ loss: async () => tensor(1) }, "it must not be async"],
    [{ loss: (net: Net, { x }: Pair) => net.forward(x) }, "what loss returns must be a scalar, got shape (16, 1)"],
    [{ batches: undefined }, "batches must be batches, an array of them, a generator"],
    [{ batches: "text" }, 'got "text"'],
    [{ batches: batch }, "hint: wrap a single batch in an array: [batch]"],
    [{ batches: [] }, "there is no batch to train on"],
    [{ batches: [][Symbol.iterator]() }, "there is no batch to train on"],
    [{ batches: () => [] }, "there is no batch to train on"],
    [{ batches: () => batch }, "what the function of batches returns must be an array or a generator of batches"],
    [{ batches: [batch.x] }, "a batch must be an object or an array of tensors, got a Tensor of shape (2, 3)"],
    [{ batches: [{ ...batch, y: [1, 2] }] }, "the batch's y must be a Tensor, got an array of 2"],
    [{ batches: [{}] }, "a batch must be an object or an array of tensors, got {}"],
    [{ accumulate: 2, batches: [{ ...batch, y: tensor([[1]]) }] }, "accumulate cuts a batch into rows, but x is (2, 3), y is (1, 1)"],
    [{ evaluate: { batches: [batch] } }, "evaluate.every must be an integer ≥ 1, got undefined"],
    [{ evaluate: { every: 2 } }, "evaluate.batches must be batches, got undefined"],
    [{ evaluate: { batches: [batch].values(), every: 2 } }, "evaluate.batches must be batches that can be gone through more than once"],
    [{ evaluate: { batches: [batch], every: 2, patience: 0 } }, "evaluate.patience must be an integer ≥ 1, got 0"],
    [{ evaluate: { batches: [batch], every: 2, metrics: { hits: 1 } } }, "evaluate.metrics.hits must be a function, got 1"],
    [{ evaluate: { batches: [batch], steps: 2 } }, 'evaluate has no option "steps"'],
    [{ checkpoint: { every: 2 } }, "checkpoint.folder must be a string, got undefined"],
    [{ checkpoint: { folder: "", every: 2 } }, "checkpoint.folder must be text that is not empty"],
    [{ checkpoint: { folder: "x", every: 2, keep: 0 } }, "checkpoint.keep must be an integer ≥ 1, got 0"],
    [{ checkpoint: "x" }, 'checkpoint must be a plain object, got "x"'],
    [{ onStep: 1 }, "onStep must be a function, got 1"],
    [{ onEvaluation: "x" }, 'onEvaluation must be a function, got "x"'],
    [{ reporters: [console.log] }, "reporters[0] must be a reporter"],
    [{ show: 1 }, "show must be true or false, got 1"],
    [{ signal: new AbortController() }, "signal must be an AbortSignal, got an AbortController"],
  ];
  test.each(refused.map(([options, message]) => [message, options] as const))("is refused: %s", async (message, options) => {
    await expect(train(setting(options as Partial<TrainOptions<Net, Pair>>))).rejects.toThrow(message);
    expect(process.listenerCount("SIGINT")).toBe(0);
  });

  test("without options is refused, too", async () => {
    await expect(train(undefined as never)).rejects.toThrow("the options of train must be a plain object, got undefined");
  });

  test("with a generator that was gone through already is refused", async () => {
    function* two(): Generator<Pair> {
      yield products(8, 0);
      yield products(8, 1);
    }
    const batches = two();
    expect((await train(setting({ batches }))).steps).toBe(2);
    await expect(train(setting({ batches }))).rejects.toThrow("hint: a generator yields its batches only once: pass a function");
  });
});

describe("evaluation while training", () => {
  test("comes every so many steps and at the end, and changes no step", async () => {
    const seen: EvaluationRecord[] = [];
    const metrics = { first: (net: Net, { y }: Pair): Tensor => y.mul(0).add(net.first.bias!.mean()).mean() };
    const plain = await train(setting());
    const run = await train(
      setting({ evaluate: { batches: batchesOf(30, 7, 2), every: 8, metrics }, onEvaluation: (record) => seen.push(record) }),
    );
    expect(run.history.loss).toEqual(plain.history.loss);
    expect(run.history.evaluations.step).toEqual([8, 16, 20]);
    expect(seen.map(({ loss }) => loss)).toEqual(run.history.evaluations.loss);
    expect(run.history.evaluations.metrics.first).toHaveLength(3);
    expect(run.best?.loss).toBe(Math.min(...run.history.evaluations.loss));
  });

  test("ends a run that does not get better any more, with the model as it was when it did best", async () => {
    const given = setting({ steps: 500, rate: 0 });
    const weights: Record<number, unknown> = {};
    const optimizer = new SGD(given.model.parameters(), { learningRate: (step) => step.sub(12).neg().mul(0.02) }); // downhill, later uphill
    const run = await train({
      ...given,
      optimizer,
      evaluate: { batches: batchesOf(30, 30, 2), every: 2, patience: 3 },
      onStep: ({ step }) => (weights[step] = numbersOf(given.model.parameters())),
    });
    const { step, loss } = run.history.evaluations;
    const best = loss.indexOf(Math.min(...loss));
    expect(run.stoppedBy).toBe("patience");
    expect(run.best).toEqual({ step: step[best], loss: loss[best] });
    expect(step.length - 1 - best).toBe(3);
    expect(run.steps).toBe(step.at(-1));
    expect(numbersOf(given.model.parameters())).toEqual(weights[step[best]!]);
  });
});

describe("a run that goes wrong", () => {
  test("says which tensor, at which step and learning rate, and leaves all numbers as they were before", async () => {
    const given = setting({ clip: 1 });
    let before: unknown;
    const numbers = (): unknown => numbersOf({ ...given.model.state(), ...given.optimizer.state() });
    const spoilt = { ...products(16, 1), x: products(16, 1).x.abs().add(1).div(0) };
    const error = await train({
      ...given,
      batches: [products(16, 0), products(16, 1), spoilt],
      onStep: () => (before = numbers()),
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TrainingError);
    expect(error).toMatchObject({ tensor: "the batch's x", step: 3, learningRate: expect.closeTo(0.01, 6) as number });
    expect((error as Error).message).toMatchInlineSnapshot(`
      "step 3, at a learning rate of 0.01: the batch's x has 48 infinite among 48 numbers
        hint: the parameters are as before this step; look at the data: a missing value or a division by zero, perhaps"
    `);
    expect(numbers()).toEqual(before);
    expect(given.model.training).toBe(true);
  });

  test.each([
    [{ accumulate: 1 }, 1],
    [{ accumulate: 4, clip: 1 }, 1],
    [{ accumulate: 1 }, 3],
  ])("with %o, by a schedule that is not finite at step %i, names it, and leaves all numbers as they were before", async (options, at) => {
    const given = setting(options);
    const numbers = (): unknown => numbersOf({ ...given.model.state(), ...given.optimizer.state() });
    const learningRate: Schedule = (step) =>
      step
        .sub(at - 1)
        .reciprocal()
        .mul(0.001);
    given.optimizer = new AdamW(given.model.parameters(), { learningRate });
    let before = numbers();
    const error = await train({ ...given, onStep: () => (before = numbers()) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "TrainingError",
      code: "ERR_TRAINING",
      tensor: "the learning rate",
      step: at,
      learningRate: Infinity,
    });
    expect((error as Error).message).toBe(
      `step ${at}: the learning rate is Infinity\n  hint: the parameters are as before this step; look at the optimizer's schedule, which has to be finite at every step`,
    );
    expect(numbers()).toEqual(before);
  });

  test.each([
    [-1, 1, "crossEntropy: target -1 is out of range for 3 classes (line "],
    [3, 1, "crossEntropy: target 3 is out of range for 3 classes (line "],
    [-1, 2, "crossEntropy: target -1 is out of range for 3 classes (line "],
  ])("by a target of %i, in %i parts, names it, and moves no weight", async (target, accumulate, message) => {
    const model = new Linear(3, 3, { seed: 1 });
    const batches = tensorBatches({ x: products(2, 0).x, y: tensor([0, target], { dtype: "int64" }) }, { batchSize: 2 });
    const loss = (net: Linear, { x, y }: { x: Tensor; y: Tensor }): Tensor => crossEntropy(net.forward(x), y);
    const before = numbersOf(model.parameters());
    const run = train({ model, optimizer: new AdamW(model.parameters()), loss, batches, steps: 3, accumulate, show: false });
    await expect(run).rejects.toMatchObject({ name: "OutOfRangeError", message: expect.stringContaining(message) as string });
    expect(numbersOf(model.parameters())).toEqual(before);
    await expect(evaluate({ model, loss, batches })).rejects.toThrow(message);
  });

  test("by a token beyond the model's vocabulary names it, and its place in the code", async () => {
    const gpt = new GPT({ vocabularySize: 5, contextLength: 4, layers: 1, heads: 1, width: 4 });
    const batches = tokenBatches([0, 1, 2, 3, 4, 5, 4, 3, 2], { batchSize: 2, contextLength: 4, windows: "in order" });
    const loss = (net: GPT, { inputs, targets }: TokenBatch): Tensor => net.loss(inputs, targets);
    const run = train({ model: gpt, optimizer: new AdamW(gpt.parameters()), loss, batches, steps: 1, show: false });
    await expect(run).rejects.toThrow(
      /index 5 is out of range for axis 0 of \(5, 4\) \(line \d+ of train\.test\.ts\)\n {2}hint: indices run from 0 to 4/,
    );
  });

  test("by a learning rate that is too high names what overflows", async () => {
    const given = setting({ steps: 200, rate: 0 });
    const optimizer = new SGD(given.model.parameters(), { learningRate: 1e12 });
    await expect(train({ ...given, optimizer })).rejects.toMatchObject({ tensor: expect.stringMatching(/second|loss/) as string });
  });

  test("by another mistake throws that", async () => {
    const loss = (net: Net, { x }: Pair): Tensor => net.forward(x).matmul(x).mean();
    await expect(train(setting({ loss }))).rejects.toMatchObject({ name: "ShapeError" });
  });
});

describe("stopping", () => {
  test("by a signal keeps what was reached", async () => {
    const controller = new AbortController();
    const given = setting({ steps: 1000, signal: controller.signal, onStep: ({ step }) => step === 7 && controller.abort() });
    const run = await train(given);
    expect(run).toMatchObject({ steps: 7, stoppedBy: "interrupt" });
    expect(run.history.loss).toEqual((await train(setting({ steps: 7 }))).history.loss);
  });

  test("by Ctrl-C does too, and within an evaluation leaves no half of one", async () => {
    const loss = (net: Net, batch: Pair): Tensor => {
      if (!net.training) process.kill(process.pid, "SIGINT");
      return squaredError(net, batch);
    };
    const given = setting({ steps: 1000, loss, evaluate: { batches: batchesOf(30, 5), every: 10 } });
    const run = await train(given);
    expect(run).toMatchObject({ steps: 10, stoppedBy: "interrupt", best: undefined });
    expect(run.history.evaluations.step).toEqual([]);
    expect(given.model.training).toBe(true);
  });

  test("prints in a line", async () => {
    const run = await train(setting({ evaluate: { batches: batchesOf(30, 5), every: 10 } }));
    const { inspect } = await import("node:util");
    expect(inspect(run).replaceAll(/\d+\.\d+/g, "#")).toBe("20 steps in # s · loss # · validation # · best # at step 20");
  });
});

describe("many runs", () => {
  const [ran, closed] = [vi.spyOn(Session.prototype, "runSync"), vi.spyOn(Session.prototype, "close")];
  const sessions = (of: { mock: { contexts: unknown[] } }): Set<Session> => new Set(of.mock.contexts as Session[]);

  test("leave no listener, session or timer behind, nor do those that fail, are stopped or only evaluate", async () => {
    const stopped = AbortSignal.abort();
    const spoilt = [{ ...products(8, 0), x: products(8, 0).x.div(0) }];
    const each = async (): Promise<void> => {
      const given = setting({ steps: 2, evaluate: { batches: batchesOf(8, 4), every: 1 } });
      await train(given);
      await train({ ...given, signal: stopped });
      await expect(train({ ...given, batches: spoilt })).rejects.toThrow(TrainingError);
      await expect(train({ ...given, loss: () => tensor([1, 2]) })).rejects.toThrow("must be a scalar");
      await evaluate({ model: given.model, loss: squaredError, batches: batchesOf(8, 4) });
      await expect(evaluate({ model: given.model, loss: squaredError, batches: [] })).rejects.toThrow("there is no batch");
    };
    const open = (): number => [...sessions(ran)].filter((session) => !sessions(closed).has(session)).length;
    const counts = (): unknown => [
      open(),
      process.listenerCount("SIGINT"),
      process.getActiveResourcesInfo().filter((kind) => kind === "Timeout"),
    ];
    await each(); // eager operations keep up to 64 sessions, no matter who asks for them
    const before = counts();
    for (let count = 0; count < 20; count++) await each();
    expect(counts()).toEqual(before);
    expect(sessions(closed).size).toBeGreaterThan(20 * 4);
  });
});

describe("what the loop is given by mistake", () => {
  test("a reporter has methods, and they are functions", async () => {
    const run = (reporters: unknown): Promise<unknown> => train(setting({ reporters: reporters as [] }));
    await expect(run([{ onStep: 5 }])).rejects.toThrow("reporters[0].onStep must be a function, got 5");
    await expect(run([[]])).rejects.toThrow("reporters[0] must be a reporter, got []");
  });

  test("batches count batches only", () => {
    const [rows, tokens] = [batchesOf(8, 4), tokenBatches([1, 2, 3, 4], { batchSize: 1, contextLength: 2 })];
    expect(() => rows.count(undefined as never)).toThrow("a batch must be an object or an array of tensors, got undefined");
    expect(() => tokens.count({ inputs: 3 } as never)).toThrow("the batch's inputs must be a Tensor, got 3");
  });
});

test.each(["float16", "float64"] as const)("a model of %s is trained, with a clipped gradient and in its own type", async (dtype) => {
  const model = new Line(dtype);
  const optimizer = new SGD(model.parameters(), { learningRate: 0.25 });
  const x = tensor([[1], [2]], { dtype });
  const loss = (line: Line, [given]: readonly Tensor[]): Tensor => line.forward(given!).square().mean();
  const { history } = await train({ model, optimizer, loss, batches: [[x]], steps: 2, clip: 1, show: false });
  expect(history.loss[0]).toBe(10); // (2² + 4²) / 2, with a slope of 10, clipped to 1
  expect(history.gradientNorm[0]).toBe(10);
  expect(model.slope.dtype).toBe(dtype);
  expect(model.slope.to("float32").item()).toBeCloseTo(1.5, 3);
});
