import { describe, expect, test } from "vitest";
import { crossEntropy, parameter, tensor, zeros, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { bits, evaluate, perplexity } from "../../kernel-helpers/train/evaluate.ts";
import { tensorBatches } from "../../kernel-helpers/train/tensor-batches.ts";
import { batchesOf, Net, numbersOf, products, squaredError, type Pair } from "./models.ts";

describe("an evaluation", () => {
  test("gives the mean over all rows, the last smaller batch by its rows", async () => {
    const model = new Net();
    const whole = squaredError(model, products(25, 1)).item();
    const largest = (net: Net, { y }: Pair): Tensor => y.mul(0).add(net.first.weight.max()).max();
    const found = await evaluate({ model, loss: squaredError, batches: batchesOf(25, 8), metrics: { largest } });
    expect(found.loss).toBeCloseTo(whole, 6);
    expect(found.metrics.largest).toBeCloseTo(model.first.weight.max().item(), 6);
  });

  test("changes neither weights nor random state, and leaves every module in the mode it was in", async () => {
    const model = new Net(0.5);
    model.second.eval();
    const before = numbersOf(model.state());
    const losses = [
      await evaluate({ model, loss: squaredError, batches: batchesOf(20, 8) }),
      await evaluate({ model, loss: squaredError, batches: batchesOf(20, 8) }),
    ];
    expect(losses[1]).toEqual(losses[0]);
    expect(numbersOf(model.state())).toEqual(before);
    expect([model.training, model.first.training, model.second.training]).toEqual([true, true, false]);
  });

  test("of a failing loss leaves the modes too", async () => {
    const model = new Net();
    const failing = (): Tensor => zeros([2]).add(zeros([3]));
    await expect(evaluate({ model, loss: failing, batches: batchesOf(4, 2) })).rejects.toThrow("the shapes do not broadcast");
    expect(model.training).toBe(true);
  });

  test("without a batch is refused", async () => {
    await expect(evaluate({ model: new Net(), loss: squaredError, batches: [] })).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: there is no batch to evaluate on
        hint: a generator yields its batches only once: pass a function that makes a new one]
    `);
  });

  const given = { model: new Net(), loss: squaredError, batches: batchesOf(4, 2) };
  const refused: readonly (readonly [options: Record<string, unknown>, message: string])[] = [
    [{ model: null }, "model must be a Module, got null"],
    [{ loss: 1 }, "loss must be a function, got 1"],
    [{ loss: (net: Net, { x }: Pair) => net.forward(x) }, "what loss returns must be a scalar, got shape (2, 1)"],
    [{ metrics: { hits: () => 3 } }, "what metrics.hits returns must be a scalar Tensor, got 3"],
    [{ metrics: [squaredError] }, "metrics must be a plain object, got an array of 1"],
    [{ batches: 3 }, "batches must be batches, an array of them, a generator"],
    [{ batches: [tensor(1)] }, "a batch must be an object or an array of tensors"],
    [{ signal: true }, "signal must be an AbortSignal, got true"],
    [{ optimizer: 1 }, 'evaluate has no option "optimizer"'],
  ];
  test.each(refused.map(([options, message]) => [message, options] as const))("is refused: %s", async (message, options) => {
    await expect(evaluate({ ...given, ...options } as never)).rejects.toThrow(message);
    expect(() => perplexity(NaN)).toThrow("nats must be a finite number, got NaN");
  });

  test("stops with its signal", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(evaluate({ model: new Net(), loss: squaredError, batches: batchesOf(4, 2), signal })).rejects.toThrow("enough");
  });

  test("of a model that knows nothing has the number of classes as its perplexity", async () => {
    const model = Object.assign(new Net(), { logits: parameter(zeros([1, 8])) });
    const batches = tensorBatches({ y: tensor([0, 1, 7], { dtype: "int64" }) }, { batchSize: 2 });
    const { loss } = await evaluate({ model, loss: (net, { y }) => crossEntropy(net.logits.broadcastTo([y.shape[0]!, 8]), y), batches });
    expect(perplexity(loss)).toBeCloseTo(8, 5);
    expect(bits(loss)).toBeCloseTo(3, 6);
  });
});

test("a batch without rows does not count: its mean would be NaN", async () => {
  const model = new Net();
  const empty = { x: products(8, 1).x.slice([0, 0]), y: products(8, 1).y.slice([0, 0]) };
  const full = await evaluate({ model, loss: squaredError, batches: [products(8, 1)] });
  expect(full.loss).toBeGreaterThan(0);
  expect(await evaluate({ model, loss: squaredError, batches: [products(8, 1), empty] })).toEqual(full);
});
