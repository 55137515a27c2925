/** Two workers on a real Ray cluster against one without Ray; and workers and a driver that are killed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRay, trainDataParallel, type DataParallelOptions, type LocalRay } from "../../../kernel-helpers/distributed/index.ts";
import { loadModel, train } from "../../../kernel-helpers/train/index.ts";
import { Net } from "../../train/models.ts";
import makeTask from "./net-task.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-ray-"));
const steps = 12;
let ray: LocalRay;
let undisturbed: number[];
let alone: { losses: number[]; weights: number[] };

beforeAll(async () => {
  ray = await startRay();
  const { model, optimizer, loss, batches, clip } = makeTask({ batchSize: 24 });
  const run = await train({ model, optimizer: optimizer(model.parameters()), loss, batches, clip: clip!, steps, show: false });
  alone = { losses: run.history.loss, weights: weights(model) };
});
afterAll(async () => {
  await ray.close();
  rmSync(folder, { recursive: true });
});

const weights = (net: Net): number[] => Object.values(net.parameters()).flatMap(({ data }) => Array.from(data as Float32Array));
const farthest = (a: number[], b: number[]): number => Math.max(...a.map((x, index) => Math.abs(x - b[index]!)));
const optionsOf = (name: string, more: Partial<DataParallelOptions> = {}): DataParallelOptions => ({
  cluster: ray.cluster,
  task: path.join(import.meta.dirname, "net-task.ts"),
  taskOptions: { batchSize: 24 },
  workers: 2,
  steps,
  every: 5,
  folder: path.join(folder, name),
  ...more,
});

describe("two workers on Ray", () => {
  test.each([
    ["all-reduce", false],
    ["ZeRO-1", true],
  ])("%s: the losses and weights of one worker with the whole batch, within 1e-6", async (name, shardOptimizer) => {
    const run = await trainDataParallel(optionsOf(name, { shardOptimizer }));
    expect(run.steps).toHaveLength(steps);
    expect(
      farthest(
        run.steps.map(({ loss }) => loss),
        alone.losses,
      ),
    ).toBeLessThan(1e-6);
    expect(farthest(weights(await loadModel(new Net(), run.modelFile)), alone.weights)).toBeLessThan(1e-6);
    // A ring of two sends each of the vector's numbers once; scalars, and what gloo says beside, come on top.
    const perStep = run.bytesSent.map((bytes) => bytes / run.stepsSince);
    for (const bytes of perStep) expect(bytes).toBeGreaterThan(82 * 4 * 0.5);
    if (!shardOptimizer) undisturbed = run.steps.map(({ loss }) => loss);
    const optimizer = run.memory.map((each) => each.optimizer);
    expect(optimizer).toEqual(shardOptimizer ? [8 + 3 * 4 * 41, 8 + 3 * 4 * 40] : [8 + 2 * 4 * 81, 8 + 2 * 4 * 81]);
  });

  test("a killed worker is replaced, a killed driver started again, and the losses are the same to the last bit", async () => {
    const runFile = path.join(folder, "killed/run.json");
    const kills = (["node", "actor", "driver"] as const).map((whom, index) => ({
      at: 3 * index + 2,
      whom,
      marker: path.join(folder, `has-killed-${whom}`),
      runFile,
    }));
    const run = await trainDataParallel(optionsOf("killed", { every: 2, taskOptions: { batchSize: 24, kills } }));
    expect(run.steps.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, index) => index + 1));
    expect(run.steps.map(({ loss }) => loss)).toEqual(undisturbed);
    expect(run.events.filter(({ type }) => type === "death")).toMatchObject([
      { ranks: [expect.any(Number)] },
      { ranks: [expect.any(Number)] },
    ]);
    expect(run.events.filter(({ type }) => type === "restart")).toHaveLength(1);
    // The worker that was not killed is still the same process.
    const [first, second] = run.events.filter((event) => event.type === "ready").map(({ workers }) => workers.map(({ node }) => node));
    expect(first!.filter((pid) => second!.includes(pid))).toHaveLength(1);
  });

  test("an error of the task ends the run, and is told", async () => {
    const error: unknown = await trainDataParallel(optionsOf("failing", { taskOptions: { batchSize: 24, failsAt: 1 } })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "ERR_RAY", message: expect.stringContaining("no such batch") });
  });

  test("a folder with checkpoints is not written over", async () => {
    await expect(trainDataParallel(optionsOf("all-reduce"))).rejects.toThrow(/resume: true/);
  });
});
