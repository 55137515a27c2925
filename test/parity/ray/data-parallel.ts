/** Two workers on a real Ray cluster against one without Ray; and workers and a driver that are killed. */
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  trainDataParallel,
  type DataParallelOptions,
  type DataParallelRun,
  type RayAddress,
} from "../../../kernel-helpers/distributed/index.ts";
import { loadModel, train } from "../../../kernel-helpers/train/index.ts";
import { Net } from "../../train/models.ts";
import makeTask from "./net-task.ts";

const steps = 12;

const weights = (net: Net): number[] => Object.values(net.parameters()).flatMap(({ data }) => Array.from(data as Float32Array));
const farthest = (a: number[], b: number[]): number => Math.max(...a.map((x, index) => Math.abs(x - b[index]!)));
export const dataParallelTests = (cluster: () => RayAddress, folder: string): void => {
  let alone: { losses: number[]; weights: number[] };
  beforeAll(async () => {
    const { model, optimizer, loss, batches, clip } = makeTask({ batchSize: 24 });
    const run = await train({ model, optimizer: optimizer(model.parameters()), loss, batches, clip: clip!, steps, show: false });
    alone = { losses: run.history.loss, weights: weights(model) };
  });

  const optionsOf = (name: string, more: Partial<DataParallelOptions> = {}): DataParallelOptions => ({
    cluster: cluster(),
    task: path.join(import.meta.dirname, "net-task.ts"),
    taskOptions: { batchSize: 24 },
    workers: 2,
    steps,
    every: 5,
    folder: path.join(folder, name),
    ...more,
  });
  async function expectSame(run: DataParallelRun): Promise<void> {
    expect(run.steps.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, index) => index + 1));
    const losses = run.steps.map(({ loss }) => loss);
    expect(farthest(losses, alone.losses)).toBeLessThan(1e-6);
    expect(farthest(weights(await loadModel(new Net(), run.modelFile)), alone.weights)).toBeLessThan(1e-6);
  }

  describe("two workers on Ray", () => {
    test("with ZeRO-1: the losses and weights of one worker with the whole batch, within 1e-6", async () => {
      const run = await trainDataParallel(optionsOf("ZeRO-1", { shardOptimizer: true }));
      await expectSame(run);
      // A ring of two sends each of the vector's numbers once; scalars, and what gloo says beside, come on top.
      for (const bytes of run.bytesSent) expect(bytes / run.stepsSince).toBeGreaterThan(82 * 4 * 0.5);
      expect(run.memory.map(({ optimizer }) => optimizer)).toEqual([8 + 3 * 4 * 41, 8 + 3 * 4 * 40]);
    });

    test("a killed worker is replaced, a killed driver started again, and the losses are those of one undisturbed worker", async () => {
      const runFile = path.join(folder, "killed/run.json");
      const kills = (["node", "actor", "driver"] as const).map((whom, index) => ({
        at: 3 * index + 2,
        whom,
        marker: path.join(folder, `has-killed-${whom}`),
        runFile,
      }));
      const run = await trainDataParallel(optionsOf("killed", { every: 2, taskOptions: { batchSize: 24, kills } }));
      await expectSame(run);
      expect(run.memory.map(({ optimizer }) => optimizer)).toEqual([8 + 2 * 4 * 81, 8 + 2 * 4 * 81]);
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
      const options = optionsOf("failing", { workers: 1, taskOptions: { batchSize: 24, failsAt: 1 } });
      await expect(trainDataParallel(options)).rejects.toMatchObject({
        code: "ERR_RAY",
        message: expect.stringContaining("no such batch") as string,
      });
    });

    test("a folder with checkpoints is not written over", async () => {
      await expect(trainDataParallel(optionsOf("ZeRO-1"))).rejects.toThrow(/resume: true/);
    });
  });
};
