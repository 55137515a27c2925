import { describe, expect, test } from "vitest";
import { full, tensor, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { SGD, type Schedule } from "../../kernel-helpers/optim/index.ts";
import type { Loss } from "../../kernel-helpers/train/index.ts";
import { findNotFinite as find, trainingError, type Finding } from "../../kernel-helpers/train/not-finite.ts";
import { Net, numbersOf, products, squaredError, type Pair } from "./models.ts";

const good = products(4, 0);

const findNotFinite = (model: Net, loss: Loss<Net, Pair>, batch: Pair, learningRate: number | Schedule = 0.1): Finding | undefined =>
  find({ model, loss, optimizer: new SGD(model.parameters(), { learningRate }) }, batch);

/** Overflows between two modules. */
class Growing extends Net {
  override forward(x: Tensor): Tensor {
    return this.second.forward(this.first.forward(x).mul(1e25).square());
  }
}

describe("what is not finite", () => {
  test("is nothing when all is well", () => {
    expect(findNotFinite(new Net(), squaredError, good)).toBeUndefined();
  });

  test("may be a parameter, by its name", () => {
    const model = new Net();
    model.second.weight.assign(full([1, 16], NaN));
    expect(findNotFinite(model, squaredError, good)).toMatchObject({
      tensor: "the parameter second.weight",
      problem: "has 16 NaN among 16 numbers",
    });
  });

  test("may be the data", () => {
    expect(findNotFinite(new Net(), squaredError, { ...good, y: tensor([[1], [NaN], [Infinity], [NaN]]) })).toMatchObject({
      tensor: "the batch's y",
      problem: "has 2 NaN and 1 infinite among 4 numbers",
    });
  });

  test("may be an activation: the input or output of the module that sees it first", () => {
    expect(findNotFinite(new Growing(), squaredError, good)?.tensor).toBe("the input of second (Linear)");
    const model = new Net();
    model.first.weight.assign(full([16, 3], 3e38));
    expect(findNotFinite(model, squaredError, { ...good, x: full([4, 3], 3) })?.tensor).toBe("the output of first (Linear)");
  });

  test("may be the loss alone", () => {
    const squares = (net: Net, { x, y }: typeof good): Tensor => net.forward(x).sub(y).mul(1e30).square().mean();
    expect(findNotFinite(new Net(), squares, good)).toMatchObject({ tensor: "the loss", problem: "is Infinity" });
  });

  test("may be a gradient: the one nearest to the loss", () => {
    const root = (net: Net, { x }: typeof good): Tensor => net.forward(x).mul(0).square().sum().sqrt();
    expect(findNotFinite(new Net(), root, good)).toMatchObject({ tensor: "the gradient of second.bias", problem: "is NaN" });
  });

  test("may be the norm of gradients that are finite each", () => {
    const steep = (net: Net, { x }: typeof good): Tensor => net.forward(x).mul(1e25).mean();
    expect(findNotFinite(new Net(), steep, good)).toMatchObject({
      tensor: "the gradient of second.bias",
      problem: "reaches 1.0e+25, whose square is too large",
    });
  });

  test("may be the learning rate, before all others", () => {
    const model = new Net();
    model.second.weight.assign(full([1, 16], NaN));
    expect(findNotFinite(model, squaredError, good, (step) => step.log())).toMatchObject({
      tensor: "the learning rate",
      problem: "is -Infinity",
    });
  });

  test("may be how far the step would go", () => {
    const steep = (net: Net, { x }: typeof good): Tensor => net.forward(x).mul(1e10).mean();
    expect(findNotFinite(new Net(), steep, good, 1e30)).toMatchObject({
      tensor: "the learning rate times the gradients' norm",
      problem: "is Infinity",
    });
  });

  test("is looked for without a trace left in the model, random counters apart", () => {
    const model = new Growing();
    const before = numbersOf(model.parameters());
    findNotFinite(model, squaredError, good);
    expect(numbersOf(model.parameters())).toEqual(before);
    expect(Object.hasOwn(model.second, "forward")).toBe(false);
    expect(model.first.forward(good.x).shape).toEqual([4, 16]);
  });

  test("is told with the step, the learning rate and what to do", () => {
    const finding = { tensor: "the output of second (Linear)", problem: "is NaN", hint: "look" };
    const error = trainingError(finding, 12, 0.30000001192092896);
    expect(error).toMatchObject({ name: "TrainingError", tensor: finding.tensor, step: 12, learningRate: 0.30000001192092896 });
    expect(trainingError({ ...finding, tensor: "the learning rate" }, 3, NaN).message).toContain("step 3: the learning rate is NaN");
    expect(error.message).toMatchInlineSnapshot(`
      "step 12, at a learning rate of 0.3: the output of second (Linear) is NaN
        hint: the parameters are as before this step; look"
    `);
  });
});
