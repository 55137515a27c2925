import { describe, expect, test } from "vitest";
import { SGD } from "../../kernel-helpers/optim/index.ts";
import { tensor } from "../../kernel-helpers/tensor/index.ts";
import { evaluate, train, type MeasuredLoss } from "../../kernel-helpers/train/index.ts";
import { batchesOf, Net, squaredError, type Pair } from "./models.ts";

const largestError = (model: Net, batch: Pair): MeasuredLoss => {
  const error = model.forward(batch.x).sub(batch.y);
  return { loss: error.square().mean(), metrics: { error: error.abs().mean(), bias: error.mean() } };
};

describe("a loss with metrics", () => {
  test("has them in the history, and trains as it does without", async () => {
    const [plain, measured] = await Promise.all(
      [squaredError, largestError].map((loss) => {
        const model = new Net();
        const optimizer = new SGD(model.parameters(), { learningRate: 0.05 });
        return train({ model, optimizer, loss, batches: batchesOf(20, 8), steps: 5, show: false });
      }),
    );
    expect(measured!.history.loss).toEqual(plain!.history.loss);
    expect(Object.keys(measured!.history.metrics)).toEqual(["error", "bias"]);
    measured!.history.metrics["error"]!.forEach((error, step) => {
      expect(error).toBeGreaterThanOrEqual(Math.abs(measured!.history.metrics["bias"]![step]!));
      expect(error ** 2).toBeLessThan(measured!.history.loss[step]!); // Jensen
    });
  });

  test("has the same ones when a batch is computed in parts", async () => {
    const runs = await Promise.all(
      [1, 3].map((accumulate) => {
        const model = new Net();
        const optimizer = new SGD(model.parameters(), { learningRate: 0.05 });
        return train({ model, optimizer, loss: largestError, batches: batchesOf(20, 8), steps: 3, accumulate, show: false });
      }),
    );
    const [whole, inParts] = runs.map((run) => run.history.metrics["error"]!);
    inParts!.forEach((error, step) => expect(error).toBeCloseTo(whole![step]!, 5));
  });

  test("has them in an evaluation", async () => {
    const { loss, metrics } = await evaluate({ model: new Net(), loss: largestError, batches: batchesOf(20, 8) });
    expect(metrics["error"]! ** 2).toBeLessThan(loss);
  });

  test("that returns something else beside the loss is refused by name", async () => {
    const model = new Net();
    const wrong = (net: Net, batch: Pair) => ({ loss: squaredError(net, batch), accuracy: tensor(1) }) as unknown as MeasuredLoss;
    await expect(evaluate({ model, loss: wrong, batches: batchesOf(20, 8) })).rejects.toThrow("put accuracy into metrics");
  });
});
