import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Linear } from "../../kernel-helpers/nn/index.ts";
import { SGD } from "../../kernel-helpers/optim/index.ts";
import { loadModel, tensorBatches, train } from "../../kernel-helpers/train/index.ts";
import { batchesOf, Net, numbersOf, products, squaredError } from "./models.ts";
import { resumable } from "./resumable.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(path.join(tmpdir(), "resume-"))));
afterEach(() => rm(folder, { recursive: true }));

describe("a run that is resumed", () => {
  test("in another process goes on bit for bit as one that never stopped", async () => {
    const straight = await resumable(undefined, 20);
    const first = await resumable(folder, 10);
    expect(first.steps).toBe(10);
    const script = fileURLToPath(new URL("run-resumed.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, folder, "20"]);
    const { losses, evaluations, best } = JSON.parse(stdout) as { losses: number[]; evaluations: number[]; best: unknown };
    expect(losses).toEqual(straight.history.loss);
    expect(new Set(losses).size).toBe(20);
    expect(evaluations.at(-1)).toBe(straight.history.evaluations.loss.at(-1));
    expect(best).toEqual(straight.best);
  });

  test("after a stop in between goes on from the very step", async () => {
    const straight = await resumable(undefined, 20);
    expect(await resumable(folder, 20, { stopAfter: 7 })).toMatchObject({ steps: 7, stoppedBy: "interrupt" });
    expect((await readdir(folder)).toSorted()).toEqual(["best.safetensors", "step-00000005", "step-00000007"]);
    const resumed = await resumable(folder, 20);
    expect(resumed.history.loss).toEqual(straight.history.loss);
    expect(resumed.history.evaluations).toEqual(straight.history.evaluations);
  });

  test("that was over is not gone through again", async () => {
    const done = await resumable(folder, 10);
    const model = new Net(0.3);
    const again = await resumable(folder, 10, { model });
    expect(again).toMatchObject({ steps: 10, stoppedBy: "end", best: done.best });
    expect(again.history).toEqual(done.history);
    const saved = await loadModel(new Net(), path.join(folder, "step-00000010", "model.safetensors"));
    expect(numbersOf(model.parameters())).toEqual(numbersOf(saved.parameters()));
  });

  test("keeps the best model in the folder, and ends with it when asked to", async () => {
    const model = new Net();
    const options = {
      model,
      loss: squaredError,
      batches: tensorBatches(products(40, 1), { batchSize: 16 }),
      evaluate: { batches: batchesOf(20, 8, 2), every: 2, restoreBest: true },
      show: false,
    };
    const rate = (step: Parameters<Exclude<ConstructorParameters<typeof SGD>[1]["learningRate"], number>>[0]) =>
      step.sub(8).neg().mul(0.02);
    const optimizer = new SGD(model.parameters(), { learningRate: rate }); // uphill after eight steps
    const run = await train({ ...options, optimizer, steps: 20, checkpoint: { folder, every: 10 } });
    const best = await loadModel(new Net(), path.join(folder, "best.safetensors"));
    expect(run.best!.step).toBeLessThan(20);
    expect(numbersOf(model.parameters())).toEqual(numbersOf(best.parameters()));

    const other = new Net();
    const resumed = await train({
      ...options,
      model: other,
      optimizer: new SGD(other.parameters(), { learningRate: rate }),
      steps: 22,
      checkpoint: { folder, every: 10 },
      resume: true,
    });
    expect(resumed.best).toEqual(run.best);
    expect(numbersOf(other.parameters())).toEqual(numbersOf(best.parameters()));
  });

  test("without being asked to resume, in a folder that has a run, is refused", async () => {
    await resumable(folder, 5);
    const model = new Net();
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    const begun = train({
      model,
      optimizer,
      loss: squaredError,
      batches: batchesOf(8, 8),
      steps: 5,
      checkpoint: { folder, every: 5 },
      show: false,
    });
    await expect(begun).rejects.toThrow(/has checkpoints of a run already, up to step-00000005\n {2}hint: go on with \{ resume: true \}/);
  });

  test("with another model is refused by the names that differ", async () => {
    await resumable(folder, 5);
    const model = new Net();
    Object.assign(model, { third: new Linear(2, 2, { seed: 3 }) });
    await expect(resumable(folder, 10, { model })).rejects.toThrow(/belongs to another model or optimizer: optimizer\.third/);
  });
});
