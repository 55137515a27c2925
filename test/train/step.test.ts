import { describe, expect, test } from "vitest";
import { decodeModel } from "../../kernel-helpers/onnx/index.ts";
import { AdamW, SGD, type Schedule } from "../../kernel-helpers/optim/index.ts";
import { jit, stoppedBy, valueAndGrad, where } from "../../kernel-helpers/tensor/index.ts";
import { makeStep, type StepResult } from "../../kernel-helpers/train/step.ts";
import { Net, numbersOf, products, squaredError, type Pair } from "./models.ts";

const run = (options: { accumulate?: number; clip?: number; rows?: number }): { losses: number[]; weights: number[] } => {
  const model = new Net();
  const optimizer = new AdamW(model.parameters(), { learningRate: 0.01 });
  const step = makeStep({ model, optimizer, loss: squaredError, ...options });
  const losses = Array.from({ length: 20 }, (_, index) => step(products(options.rows ?? 24, index)).loss.item());
  return { losses, weights: Object.values(model.parameters()).flatMap(({ data }) => Array.from(data as Float32Array)) };
};

describe("a training step", () => {
  test("is what one writes by hand", () => {
    const model = new Net();
    const optimizer = new AdamW(model.parameters(), { learningRate: 0.01 });
    const byHand = jit((batch: ReturnType<typeof products>) => {
      const [loss, gradients] = valueAndGrad(() => squaredError(model, batch))(model.parameters());
      optimizer.step(gradients);
      return loss;
    });
    const losses = Array.from({ length: 20 }, (_, index) => byHand(products(24, index)).item());
    const ours = run({});
    ours.losses.forEach((loss, index) => expect(loss).toBeCloseTo(losses[index]!, 6));
    expect(ours.losses[19]).toBeLessThan(ours.losses[0]! / 2);
  });

  test("may stand several times in one run, so that a device keeps in between what they change", () => {
    const model = new Net(0.2);
    const optimizer = new AdamW(model.parameters(), { learningRate: 0.01 });
    const step = makeStep({ model, optimizer, loss: squaredError });
    const four = jit((batches: ReturnType<typeof products>[]) => batches.map((batch) => step(batch).loss));
    const other = new Net(0.2);
    const one = makeStep({ model: other, optimizer: new AdamW(other.parameters(), { learningRate: 0.01 }), loss: squaredError });
    const batches = Array.from({ length: 8 }, (_, index) => products(24, index));
    const losses = [...four(batches.slice(0, 4)), ...four(batches.slice(4))].map((loss) => loss.item());
    batches.forEach((batch, index) => expect(losses[index]).toBeCloseTo(one(batch).loss.item(), 6));
  });

  test.each([2, 3, 5, 24, 100])("in %i parts is the step of the whole batch", (accumulate) => {
    const [whole, parts] = [run({}), run({ accumulate })];
    parts.losses.forEach((loss, index) => expect(loss).toBeCloseTo(whole.losses[index]!, 6));
    parts.weights.forEach((weight, index) => expect(Math.abs(weight - whole.weights[index]!)).toBeLessThan(1e-5));
  });

  test("in parts takes their gradients one after the other: a part waits for those of the one before", () => {
    const model = new Net();
    const step = makeStep({
      model,
      optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
      loss: squaredError,
      accumulate: 3,
      clip: 1,
    });
    const { graph } = decodeModel(step.toOnnx(products(6, 0)));
    const makers = new Map(graph.nodes!.flatMap((node) => node.outputs!.map((output) => [output, node] as const)));
    const hiddens = graph.nodes!.filter(({ opType }) => opType === "Tanh");
    const needs = (node: (typeof hiddens)[0], wanted: (typeof hiddens)[0]): boolean =>
      node === wanted || (node.inputs ?? []).some((input) => makers.has(input) && needs(makers.get(input)!, wanted));
    expect(hiddens.length).toBe(3);
    expect(hiddens.map((hidden) => hiddens.filter((other) => needs(hidden, other)).length)).toEqual(expect.arrayContaining([1, 2, 3]));
  });

  test("scales gradients down to the norm asked for, and gives the norm they had", () => {
    const model = new Net();
    const before = numbersOf(model.parameters());
    const step = makeStep({
      model,
      optimizer: new SGD(model.parameters(), { learningRate: 1 }),
      loss: squaredError,
      accumulate: 1,
      clip: 0.01,
    });
    const { gradientNorm, learningRate } = step(products(24, 0));
    const changes = Object.entries(model.parameters()).flatMap(([name, { data }]) =>
      Array.from(data as Float32Array, (w, i) => w - (before[name] as Float32Array)[i]!),
    );
    expect(gradientNorm.item()).toBeGreaterThan(0.1);
    expect(Math.hypot(...changes)).toBeCloseTo(0.01, 5);
    expect(learningRate.item()).toBe(1);
  });

  test.each([
    { clip: undefined, device: "cpu" },
    { clip: 1, device: "cpu" },
    { clip: 1, device: "auto" }, // chooses between old and new numbers, which any device can
  ] as const)("with %o leaves every weight and moment as it is when the loss or a gradient is not finite", (options) => {
    const model = new Net();
    const optimizer = new AdamW(model.parameters(), { learningRate: 0.01 });
    const step = makeStep({ model, optimizer, loss: squaredError, ...options });
    const good = products(24, 0);
    for (let count = 0; count < 3; count++) step(good);
    const numbers = (): Record<string, unknown> => {
      const { step: _, ...moments } = optimizer.state();
      return numbersOf({ ...model.parameters(), ...moments });
    };
    const before = numbers();
    for (const bad of [
      { ...good, y: good.y.div(0) },
      { ...good, x: good.x.mul(0).div(0) },
      { ...good, y: good.y.mul(1e30) },
    ]) {
      expect(attempt(() => step(bad))).toBe("refused");
    }
    expect(numbers()).toEqual(before);
    expect(step(good).loss.item()).toBeLessThan(1);
    expect(numbers()).not.toEqual(before);
  });
});

describe("a learning rate", () => {
  test.each([
    { device: "cpu", rate: NaN },
    { device: "cpu", rate: Infinity },
    { device: "cpu", rate: 1e38 }, // finite, but what it reaches is not
    { device: "auto", rate: NaN },
    { device: "auto", rate: 1e38 },
  ] as const)("of $rate on $device moves no weight and no moment", ({ device, rate }) => {
    const model = new Net();
    const learningRate: Schedule = (step) => where(step.equal(2), rate, 0.01);
    const optimizer = new AdamW(model.parameters(), { learningRate });
    const step = makeStep({ model, optimizer, loss: (net: Net, batch: Pair) => squaredError(net, batch).mul(10), device });
    const numbers = (): Record<string, unknown> => {
      const { step: _, ...moments } = optimizer.state();
      return numbersOf({ ...model.parameters(), ...moments });
    };
    expect([attempt(() => step(products(24, 0))), attempt(() => step(products(24, 1)))]).toEqual(["taken", "taken"]);
    const before = numbers();
    expect(attempt(() => step(products(24, 2)))).toBe("refused");
    expect(numbers()).toEqual(before);
    step.close();
  });
});

/** "refused" by an error or by the result. */
function attempt(take: () => StepResult): string {
  try {
    return take().isTaken.item() === 1 ? "taken" : "refused";
  } catch (error) {
    return stoppedBy(error) ? "refused" : String(error);
  }
}
