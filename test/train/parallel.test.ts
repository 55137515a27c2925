import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { AdamW, Muon, SGD, type NamedParameters, type Optimizer } from "../../kernel-helpers/optim/index.ts";
import { parallelStep, type ParallelStep } from "../../kernel-helpers/train/index.ts";
import { makeStep } from "../../kernel-helpers/train/step.ts";
import { Net, numbersOf, products, squaredError, type Pair } from "./models.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-parallel-"));
afterAll(() => rmSync(folder, { recursive: true }));

const rows = 25;
const adamw = (parameters: NamedParameters): Optimizer => new AdamW(parameters, { learningRate: 0.01, weightDecay: 0.1, epsilon: 1e-4 });
const norm = (vector: Float32Array): number => Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));

interface Team {
  models: Net[];
  steps: ParallelStep<Pair>[];
  /** The batch's loss, from workers that see 12 and 13 of its rows. */
  take(batch: Pair): number;
}

/** Two workers, whose sums are taken by hand. */
function team(isSharded: boolean, make: (parameters: NamedParameters) => Optimizer = adamw): Team {
  const models = [new Net(), new Net()];
  const steps = models.map((model, index) =>
    parallelStep({ model, optimizer: make, loss: squaredError, clip: 0.5, parts: 2, ...(isSharded && { shard: { index, count: 2 } }) }),
  );
  const take = (batch: Pair): number => {
    const found = steps.map((step, index) => step.gradients(batch, { index, count: 2 }));
    const sum = found[0]!.gradient.map((x, index) => x + found[1]!.gradient[index]!);
    const half = sum.length / 2;
    steps.forEach((step, index) => step.update(isSharded ? sum.subarray(index * half, (index + 1) * half) : sum, norm(sum)));
    if (isSharded) {
      const whole = new Float32Array([...steps[0]!.values(), ...steps[1]!.values()]);
      for (const step of steps) step.set(whole);
    }
    return found[0]!.loss + found[1]!.loss;
  };
  return { models, steps, take };
}

const weights = (net: Net): number[] => Object.values(net.parameters()).flatMap(({ data }) => Array.from(data as Float32Array));
const farthest = (a: number[], b: number[]): number => Math.max(...a.map((x, index) => Math.abs(x - b[index]!)));

describe("two workers", () => {
  test.each([
    ["with the optimizer's state on both", false],
    ["with a shard of it each (ZeRO-1)", true],
  ])("%s take the steps that one takes with the whole batch, within 1e-6", (_, isSharded) => {
    const model = new Net();
    const step = makeStep({ model, optimizer: adamw(model.parameters()), loss: squaredError, clip: 0.5 });
    const two = team(isSharded);
    for (let index = 0; index < 20; index++) {
      const batch = products(rows, index);
      expect(Math.abs(two.take(batch) - step(batch).loss.item())).toBeLessThan(1e-6);
    }
    for (const other of two.models) expect(farthest(weights(other), weights(model))).toBeLessThan(1e-6);
  });

  test("hold with shards half of the moments each, and a copy of their half of the parameters", () => {
    const [whole, sharded] = [team(false).steps[0]!, team(true).steps];
    const numbers = 3 * 16 + 16 + 16 + 1; // 81, padded to 82
    expect(whole.length).toBe(82);
    expect(whole.memory).toEqual({ parameters: 82 * 4, gradients: 82 * 4, optimizer: 8 + 2 * 4 * numbers });
    expect(sharded[0]!.memory.optimizer + sharded[1]!.memory.optimizer).toBe(2 * 8 + 3 * 4 * numbers);
    expect(sharded[0]!.memory.optimizer).toBe(8 + 3 * 4 * 41);
  });

  test.each([false, true])("go on from their checkpoint to the same numbers (shards: %s)", async (isSharded) => {
    const to = path.join(folder, String(isSharded));
    const before = team(isSharded);
    for (let index = 0; index < 3; index++) before.take(products(rows, index));
    for (const step of isSharded ? before.steps : before.steps.slice(0, 1)) await step.save(to);
    const after = team(isSharded);
    for (const step of after.steps) await step.load(to);
    for (let index = 3; index < 6; index++) expect(after.take(products(rows, index))).toBe(before.take(products(rows, index)));
    expect(numbersOf(after.models[1]!.parameters())).toEqual(numbersOf(before.models[1]!.parameters()));
    if (isSharded) await expect(team(false).steps[0]!.load(to)).rejects.toThrow(/as many workers/);
  });
});

describe("what a step in two halves is given", () => {
  const model = new Net();
  const make =
    (options: object): (() => unknown) =>
    () =>
      parallelStep({ model, optimizer: adamw, loss: squaredError, ...options } as never);

  test.each([
    [{ clip: 0 }, /clip/],
    [{ shard: { index: 2, count: 2 } }, /shard\.index/],
    [{ shards: 2 }, /did you mean "shard"/],
    [{ parts: 3, shard: { index: 0, count: 2 } }, /parts/],
    [{ optimizer: (parameters: NamedParameters) => new Muon(parameters, { learningRate: 0.1 }), shard: { index: 0, count: 2 } }, /Muon/],
  ])("%j is refused", (options, message) => expect(make(options)).toThrow(message));

  test("a gradient of another length, or one that is not finite, changes nothing", () => {
    const own = new Net();
    const step = parallelStep({ model: own, optimizer: (parameters) => new SGD(parameters, { learningRate: 1 }), loss: squaredError });
    const before = weights(own);
    expect(() => step.update(new Float32Array(3), 1)).toThrow(/3 numbers instead of 81/);
    expect(() => step.update(new Float32Array(81).fill(NaN), NaN)).toThrow(/norm of the gradients is NaN/);
    expect(weights(own)).toEqual(before);
  });
});
