import { describe, expect, test } from "vitest";
import { AdamW, SGD, warmupCosine } from "../../kernel-helpers/optim/index.ts";
import { type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { train, TrainingError, type EvaluationRecord, type StepRecord, type TrainOptions } from "../../kernel-helpers/train/index.ts";
import { batchesOf, Net, numbersOf, products, squaredError, type Pair } from "./models.ts";

/** A net and all that trains it, with anything else asked for. */
function setting(options: Partial<TrainOptions<Net, Pair>> & { rate?: number } = {}): TrainOptions<Net, Pair> {
  const model = new Net(options.rate ?? 0.1);
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

  test.each([
    [{ steps: 0 }, "steps is 0"],
    [{ steps: 2, epochs: 1 }, "there are steps and epochs"],
    [{ steps: undefined }, "there is no end of the training"],
    [{ epochs: 1, batches: () => [products(2, 0)] }, "nobody knows how many batches an epoch has here"],
    [{ clip: 0 }, "clip is 0"],
    [{ resume: true }, "resume without checkpoints"],
    [{ accumulate: 1.5 }, "accumulate is 1.5"],
  ])("with %o is refused", async (options, message) => {
    await expect(train(setting(options as Partial<TrainOptions<Net, Pair>>))).rejects.toThrow(message);
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
