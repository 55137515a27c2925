import { mkdtemp, readdir, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSafetensors } from "../../kernel-helpers/checkpoints/index.ts";
import { AdamW, SGD } from "../../kernel-helpers/optim/index.ts";
import { checkpointsIn, loadCheckpoint, saveCheckpoint, type Trained } from "../../kernel-helpers/train/checkpoint.ts";
import { emptyHistory } from "../../kernel-helpers/train/history.ts";
import { loadModel, saveModel } from "../../kernel-helpers/train/model-file.ts";
import { makeStep } from "../../kernel-helpers/train/step.ts";
import { Net, numbersOf, products, squaredError } from "./models.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(path.join(tmpdir(), "checkpoints-"))));
afterEach(() => rm(folder, { recursive: true }));

const trained = (steps: number): Trained & { model: Net; next: (index: number) => number } => {
  const model = new Net(0.2);
  const optimizer = new AdamW(model.parameters(), { learningRate: 0.01 });
  const step = makeStep({ model, optimizer, loss: squaredError, accumulate: 1, clip: 1 });
  const next = (index: number): number => step(products(24, index)).loss.item();
  for (let index = 0; index < steps; index++) next(index);
  return { model, optimizer, next };
};

describe("a model's file", () => {
  test("has the parameters by their names, without counters, and opens as a model of the hub", async () => {
    const file = path.join(folder, "model.safetensors");
    const { model } = trained(3);
    await saveModel(model, file);
    const opened = await openSafetensors(file);
    expect(opened.names.toSorted()).toEqual(["first.bias", "first.weight", "second.bias", "second.weight"]);
    expect(opened.metadata).toEqual({ format: "pt" });
    await opened.close();
    const other = await loadModel(new Net(), file);
    expect(numbersOf(other.parameters())).toEqual(numbersOf(model.parameters()));
  });
});

describe("a model's file that is not one", () => {
  test("is refused by what was passed", async () => {
    const model = new Net();
    const file = path.join(folder, "model.safetensors");
    await expect(saveModel(model, undefined as never)).rejects.toThrow("file must be a string, got undefined");
    await expect(saveModel(file as never, model as never)).rejects.toThrow("model must be a Module, got ");
    await expect(loadModel(model, "")).rejects.toThrow('file must be text that is not empty, got ""');
    await expect(loadModel(model.parameters() as never, file)).rejects.toThrow("model must be a Module, got an object with first.weight");
  });
});

describe("checkpoints", () => {
  test("hold all numbers of a run exactly: weights, moments, counts of masks", async () => {
    const one = trained(5);
    await saveCheckpoint(folder, 2, one, { step: 5, history: { ...emptyHistory(), loss: [0.1, 1 / 3, NaN] } });
    const expected = [5, 6, 7].map(one.next);
    const other = trained(1);
    const progressed = await loadCheckpoint(folder, other);
    expect(progressed).toEqual({ step: 5, history: { ...emptyHistory(), loss: [0.1, 1 / 3, NaN] } });
    expect([5, 6, 7].map(other.next)).toEqual(expected);
    expect(numbersOf({ ...other.model.state(), ...other.optimizer.state() })).toEqual(
      numbersOf({ ...one.model.state(), ...one.optimizer.state() }),
    );
  });

  test("are kept in the number asked for, the latest ones", async () => {
    const run = trained(0);
    for (const step of [9, 10, 100]) await saveCheckpoint(folder, 2, run, { step, history: emptyHistory() });
    expect(await checkpointsIn(folder)).toEqual(["step-00000010", "step-00000100"]);
  });

  test("that were not completed are not there, and go when the next one is", async () => {
    await mkdir(path.join(folder, "step-00000050.0b0e.draft"));
    await writeFile(path.join(folder, "step-00000050.0b0e.draft", "model.safetensors"), "half");
    const run = trained(0);
    expect(await loadCheckpoint(folder, run)).toBeUndefined();
    await saveCheckpoint(folder, 2, run, { step: 60, history: emptyHistory() });
    expect(await readdir(folder)).toEqual(["step-00000060"]);
  });

  test("whose record cannot be read are named, with what to do", async () => {
    await saveCheckpoint(folder, 2, trained(1), { step: 1, history: emptyHistory() });
    await writeFile(path.join(folder, "step-00000001", "training.json"), '{ "step": ');
    const error: unknown = await loadCheckpoint(folder, trained(0)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "FormatError", facts: { file: path.join(folder, "step-00000001", "training.json") } });
  });

  test("of a folder that is not there are none", async () => {
    expect(await loadCheckpoint(path.join(folder, "none"), trained(0))).toBeUndefined();
  });

  test("of another optimizer are refused, and nothing is changed", async () => {
    await saveCheckpoint(folder, 2, trained(2), { step: 2, history: emptyHistory() });
    const model = new Net();
    const before = numbersOf(model.state());
    const refused = loadCheckpoint(folder, { model, optimizer: new SGD(model.parameters(), { learningRate: 1 }) });
    await expect(refused).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ArgumentError: checkpoint step-00000002 belongs to another model or optimizer: optimizer.first.bias.exp_avg, optimizer.first.bias.exp_avg_sq, optimizer.first.weight.exp_avg differ
        hint: make both as they were made for the run that is to go on, or start a new one in another folder]
    `);
    expect(numbersOf(model.state())).toEqual(before);
  });
});

test.each(["{}", "null", "[]", "5", '{"step": 6}', '{"step": 1.5, "history": {}}', undefined])(
  "a record of %s is refused",
  async (text) => {
    const run = trained(0);
    await saveCheckpoint(folder, 2, run, { step: 6, history: emptyHistory() });
    const file = path.join(folder, "step-00000006", "training.json");
    await (text === undefined ? rm(file) : writeFile(file, text));
    await expect(loadCheckpoint(folder, run)).rejects.toThrow("training.json is not the JSON that a checkpoint holds\n  hint: delete ");
  },
);

test("a folder that is a file is named", async () => {
  const file = path.join(folder, "file");
  await writeFile(file, "");
  await expect(checkpointsIn(file)).rejects.toThrow("checkpoint.folder must be the path of a folder, got ");
});

test("metadata that is not an object is refused", async () => {
  await expect(saveModel(new Net(), path.join(folder, "model.safetensors"), new Set(["a"]) as never)).rejects.toThrow(
    "metadata must be a plain object, got a Set",
  );
});
