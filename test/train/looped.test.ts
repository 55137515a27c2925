/** Many steps in one run of the graph, as a GPU takes them, held to one step after the other: here both on the CPU. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { GPT } from "../../kernel-helpers/llm/index.ts";
import type { Module } from "../../kernel-helpers/nn/index.ts";
import { AdamW, Muon, SGD, warmupCosine, type Optimizer } from "../../kernel-helpers/optim/index.ts";
import { crossEntropy, parameter, tensor } from "../../kernel-helpers/tensor/index.ts";
import { Pace } from "../../kernel-helpers/runtime/pace.ts";
import { tensorBatches, tokenBatches, train, type TrainOptions } from "../../kernel-helpers/train/index.ts";
import { batchesOf, Net, numbersOf, products, squaredError, type Pair } from "./models.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-looped-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Run = { losses: number[]; norms: number[]; rates: number[]; numbers: unknown };

async function net(make: (model: Module) => Optimizer, options: Partial<TrainOptions<Net, Pair>> = {}): Promise<Run> {
  const model = new Net(0.2);
  const optimizer = make(model);
  const { history } = await train({ model, optimizer, loss: squaredError, batches: batchesOf(40, 8), steps: 23, show: false, ...options });
  return {
    losses: history.loss,
    norms: history.gradientNorm,
    rates: history.learningRate,
    numbers: [numbersOf(model.state()), numbersOf(optimizer.state())],
  };
}

const optimizers: Record<string, (model: Module) => Optimizer> = {
  AdamW: (model) => new AdamW(model.parameters(), { learningRate: warmupCosine({ peak: 0.02, warmup: 4, steps: 20 }), weightDecay: 0.1 }),
  "AdamW that decays all": (model) => new AdamW(model.parameters(), { learningRate: 0.01, decay: () => true }),
  SGD: (model) => new SGD(model.parameters(), { learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  "SGD without momentum": (model) => new SGD(model.parameters(), { learningRate: 0.05 }),
  Muon: (model) => new Muon(model.parameters(), { learningRate: 0.01 }),
};

describe("steps in one run", () => {
  test.each(Object.entries(optimizers))("with %s are, bit for bit, those of one run each", async (_, make) => {
    const [one, many] = [await net(make), await net(make, { stepsPerRun: 5 })];
    expect(many.losses).toEqual(one.losses);
    expect(many.rates).toEqual(one.rates);
    expect(many.numbers).toEqual(one.numbers);
    // The norm is summed over one long vector, in another order.
    many.norms.forEach((norm, step) => expect(Math.abs(norm / one.norms[step]! - 1)).toBeLessThan(1e-6));
  });

  test("clipped, in parts and on batches of several sizes they are the same but for the order of a sum", async () => {
    const options = { clip: 0.1, accumulate: 2, batches: tensorBatches(products(20, 1), { batchSize: 8, seed: 1, dropLast: false }) };
    const [one, many] = [await net(optimizers.AdamW!, options), await net(optimizers.AdamW!, { ...options, stepsPerRun: "auto" })];
    expect(many.losses).toHaveLength(23);
    many.losses.forEach((loss, step) => expect(Math.abs(loss - one.losses[step]!)).toBeLessThan(1e-6));
  });

  test("of a GPT with a tied embedding are those of one run each", async () => {
    const ids = Array.from({ length: 200 }, (_, place) => (place * 7) % 11);
    const trained = async (stepsPerRun: number): Promise<unknown> => {
      const model = new GPT({ vocabularySize: 11, contextLength: 8, layers: 2, heads: 2, width: 16, seed: 1 });
      const optimizer = new AdamW(model.parameters(), { learningRate: 0.01 });
      const batches = tokenBatches(ids, { batchSize: 4, contextLength: 8 });
      const loss = (gpt: GPT, batch: { inputs: Parameters<GPT["loss"]>[0]; targets: Parameters<GPT["loss"]>[0] }) =>
        crossEntropy(gpt.forward(batch.inputs), batch.targets);
      const { history } = await train({ model, optimizer, loss, batches, steps: 12, show: false, stepsPerRun });
      return [history.loss, numbersOf(model.state())];
    };
    expect(await trained(6)).toEqual(await trained(1));
  });

  test("evaluations, checkpoints and what follows a run come after the same steps, and a run goes on from a checkpoint", async () => {
    const run = async (name: string, stepsPerRun: number, steps: number, resume = false): Promise<unknown> => {
      const seen: string[] = [];
      const model = new Net();
      const { history, best } = await train({
        model,
        optimizer: new AdamW(model.parameters(), { learningRate: 0.02 }),
        loss: squaredError,
        batches: batchesOf(40, 8),
        steps,
        evaluate: { batches: batchesOf(16, 8, 2), every: 4, restoreBest: true },
        checkpoint: { folder: path.join(folder, name), every: 6 },
        resume,
        stepsPerRun,
        onStep: ({ step }) => seen.push(`step ${step}`),
        onEvaluation: ({ step, loss }) => seen.push(`evaluation ${step} ${loss}`),
        show: false,
      });
      return [seen, history.loss, history.evaluations, best, numbersOf(model.state())];
    };
    const whole = (await run("one", 1, 20)) as unknown[];
    expect(await run("many", 50, 20)).toEqual(whole);
    await run("halves", 50, 8);
    const [, ...rest] = (await run("halves", 50, 20, true)) as unknown[];
    expect(rest).toEqual(whole.slice(1));
  });

  test("a step whose numbers are not finite ends the run with its number; those before it count, and all is as they left it", async () => {
    const trainTo = async (bad: number, stepsPerRun: number): Promise<{ error: Error; seen: number[]; numbers: unknown }> => {
      const model = new Net(0.2);
      const optimizer = new AdamW(model.parameters(), { learningRate: 0.01 });
      const batches = Array.from({ length: 10 }, (_, index) => {
        const { x, y } = products(8, index);
        return index === bad ? { x, y: y.mul(Infinity) } : { x, y };
      });
      const seen: number[] = [];
      const error = await train({
        model,
        optimizer,
        loss: squaredError,
        batches,
        steps: 10,
        stepsPerRun,
        onStep: ({ loss }) => seen.push(loss),
        show: false,
      }).catch((caught: Error) => caught);
      return { error: error as Error, seen, numbers: [numbersOf(model.state()), numbersOf(optimizer.state())] };
    };
    const [one, many] = [await trainTo(6, 1), await trainTo(6, 4)];
    expect(many.error.message).toMatch(/^step 7, at a learning rate of 0\.01: the batch's y has/);
    expect(many.error.message).toBe(one.error.message);
    expect(many.seen).toEqual(one.seen);
    expect(many.numbers).toEqual(one.numbers);
    const first = await trainTo(0, 4);
    expect([first.error.message.slice(0, 7), first.seen]).toEqual(["step 1,", []]);
  });

  test("a parameter that is set between two runs is taken up, and afterwards all have memory of their own", async () => {
    const model = new Net();
    const optimizer = new AdamW(model.parameters(), { learningRate: 0.01 });
    const weight = model.first.weight;
    const other = parameter(tensor(weight.data, { shape: weight.shape }));
    const onEvaluation = (): void => weight.assign(other);
    const options = {
      model,
      optimizer,
      loss: squaredError,
      batches: batchesOf(40, 8),
      evaluate: { batches: batchesOf(8, 8), every: 3 },
      show: false,
    };
    await train({ ...options, steps: 6, stepsPerRun: 3, onEvaluation });
    expect(weight.data).toEqual(other.data);
    for (const found of Object.values(model.parameters())) {
      const { data } = (found as unknown as { buffer: { data: Float32Array } }).buffer;
      expect(data.buffer.byteLength).toBe(data.byteLength);
    }
  });

  test("are refused in a number that is none", async () => {
    await expect(net(optimizers.SGD!, { stepsPerRun: 0 })).rejects.toThrow("stepsPerRun must be an integer ≥ 1, got 0");
  });
});

test("a subclass with an update of its own is not taken for its parent", () => {
  class Slower extends AdamW {
    protected override update(...given: Parameters<AdamW["update"]>): ReturnType<AdamW["update"]> {
      return super.update(...given);
    }
  }
  const parameters = new Net().parameters();
  const isFlat = (optimizer: Optimizer): boolean => (optimizer as unknown as { flat: () => unknown }).flat() !== undefined;
  expect([new AdamW(parameters), new Slower(parameters), new Muon(parameters)].map(isFlat)).toEqual([true, false, false]);
});

describe("how many steps a run takes", () => {
  const paceOf = (fixed: number, perStep: number): number[] => {
    const pace = new Pace();
    pace.see(1, 8); // makes things ready
    return Array.from({ length: 12 }, () => {
      pace.see(pace.steps, fixed + perStep * pace.steps);
      return pace.steps;
    });
  };

  test("grows until a run lasts half a second, and longer where copying takes a part of it", () => {
    expect(paceOf(0, 0.01).at(-1)).toBe(50);
    expect(paceOf(0.1, 0.01).at(-1)).toBe(190);
    expect(paceOf(1, 0.01).at(-1)).toBe(200);
    expect(paceOf(0, 2)).toEqual(Array.from({ length: 12 }, () => 1));
  });

  test("is not taken from runs that an evaluation cut short", () => {
    const pace = new Pace();
    for (let run = 0; run < 8; run++) pace.see(pace.steps, 0.01 * pace.steps);
    const before = pace.steps;
    expect(before).toBe(50);
    pace.see(3, 0.4);
    expect(pace.steps).toBe(before);
  });
});
