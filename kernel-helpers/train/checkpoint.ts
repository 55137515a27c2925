/**
 * Checkpoints: folders that hold all a run needs to go on as if it had never stopped. Each appears under its name when it is complete, and the
 * last few are kept.
 *
 *   step-00000500/model.safetensors      what is learnt, by the names of the hub
 *                 training.safetensors   the optimizer's moments, the model's random counters, and batches that were made on the way
 *                 training.json          the step, the history, the best evaluation
 *   best.safetensors                     the model as it was when it did best
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { ArgumentError, FormatError } from "../errors.ts";
import type { Module } from "../nn/index.ts";
import type { Optimizer } from "../optim/index.ts";
import { argumentError, isPlainObject } from "../runtime/check.ts";
import { assignAll, type Parameter, type Tensor } from "../tensor/index.ts";
import type { TrainingHistory } from "../reporters/index.ts";
import { isLive, type Batch, type BatchSource, type LiveBatches } from "./batches.ts";
import { loadModel, readTensors, saveModel, writeTensors } from "./model-file.ts";

/** When the model did best, and how well. */
export interface Best {
  step: number;
  loss: number;
}

/** What a checkpoint says of a run, besides its tensors. */
export interface Progressed {
  /** How many steps have been taken. */
  step: number;
  history: TrainingHistory;
  best?: Best | undefined;
}

export interface Trained {
  model: Module;
  optimizer: Optimizer;
  batches?: unknown;
}

const liveIn = (batches: unknown): LiveBatches<Batch> | undefined => {
  const source = batches as BatchSource<Batch>;
  return isLive(source) ? source : undefined;
};
const livePrefix = "batches.";

const folderName = (step: number): string => `step-${String(step).padStart(8, "0")}`;
const bestName = "best.safetensors";

/** The complete checkpoints of a folder, the latest last. */
export async function checkpointsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw argumentError("checkpoint.folder", "the path of a folder", folder, { hint: `it cannot be read (${error.code})` });
  });
  return names.filter((name) => /^step-\d{8,}$/.test(name)).toSorted((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
}

export async function saveCheckpoint(
  folder: string,
  keep: number,
  { model, optimizer, batches }: Trained,
  progressed: Progressed,
): Promise<void> {
  const name = folderName(progressed.step);
  const draft = path.join(folder, `${name}.${randomUUID()}.draft`);
  await mkdir(draft, { recursive: true });
  try {
    await saveModel(model, path.join(draft, "model.safetensors"));
    await writeTensors(path.join(draft, "training.safetensors"), {
      ...restOf(model, optimizer),
      ...withPrefix(livePrefix, liveIn(batches)?.state() ?? {}),
    });
    await writeFile(path.join(draft, "training.json"), JSON.stringify(progressed, undefined, 1));
    await rm(path.join(folder, name), { recursive: true, force: true });
    await rename(draft, path.join(folder, name));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  const old = (await checkpointsIn(folder)).slice(0, -keep);
  const drafts = (await readdir(folder)).filter((entry) => /^step-.*\.draft$/.test(entry)); // of runs that were killed
  for (const entry of [...old, ...drafts]) await rm(path.join(folder, entry), { recursive: true, force: true });
}

/** Sets model and optimizer to the latest checkpoint, if there is one. */
export async function loadCheckpoint(folder: string, { model, optimizer, batches }: Trained): Promise<Progressed | undefined> {
  const latest = (await checkpointsIn(folder)).at(-1);
  if (latest === undefined) return undefined;
  const inside = (file: string): string => path.join(folder, latest, file);
  const progressed = await readProgress(inside("training.json"));
  const saved = Object.entries(await readTensors(inside("training.safetensors")));
  const isLiveState = ([name]: readonly [string, Tensor]): boolean => name.startsWith(livePrefix);
  const pairs = pairUp(latest, restOf(model, optimizer), Object.fromEntries(saved.filter((entry) => !isLiveState(entry))));
  await loadModel(model, inside("model.safetensors"));
  assignAll(pairs);
  const live = saved.filter(isLiveState).map(([name, state]) => [name.slice(livePrefix.length), state] as const);
  liveIn(batches)?.load(Object.fromEntries(live));
  return progressed;
}

/** JSON has no NaN: it was written as null. */
async function readProgress(file: string): Promise<Progressed> {
  try {
    const progressed: unknown = JSON.parse(await readFile(file, "utf8"), (_, value: unknown) => value ?? NaN);
    if (isProgressed(progressed))
      return { ...progressed, history: { ...progressed.history, metrics: (progressed.history as Partial<TrainingHistory>).metrics ?? {} } };
    throw new TypeError("no step, or no history");
  } catch (cause) {
    throw new FormatError(`${file} is not the JSON that a checkpoint holds`, {
      hint: `delete ${path.dirname(file)} to go on from the checkpoint before it`,
      cause,
      facts: { file },
    });
  }
}

function isProgressed(value: unknown): value is Progressed {
  if (!isPlainObject(value) || !isPlainObject(value["history"])) return false;
  const { step, history } = value as unknown as Progressed;
  const { evaluations, ...columns } = history;
  const metrics: unknown = (history as Partial<TrainingHistory>).metrics ?? {}; // checkpoints of earlier versions have none
  if (
    !Number.isSafeInteger(step) ||
    step < 0 ||
    !isPlainObject(evaluations) ||
    !isPlainObject(evaluations.metrics) ||
    !isPlainObject(metrics)
  )
    return false;
  const { step: steps, loss, gradientNorm, learningRate, speed } = columns;
  const lists = [
    steps,
    loss,
    gradientNorm,
    learningRate,
    speed,
    evaluations.step,
    evaluations.loss,
    ...Object.values(evaluations.metrics),
    ...Object.values(metrics),
  ];
  return lists.every(Array.isArray);
}

export async function saveBest(folder: string, model: Module, { step, loss }: Best): Promise<void> {
  await mkdir(folder, { recursive: true });
  await saveModel(model, path.join(folder, bestName), { step: String(step), loss: String(loss) });
}

export async function loadBest(folder: string): Promise<Record<string, Tensor>> {
  return readTensors(path.join(folder, bestName));
}

/** All of a run's numbers except what is learnt. */
function restOf(model: Module, optimizer: Optimizer): Record<string, Parameter> {
  const learnt = model.parameters();
  const counters = Object.entries(model.state()).filter(([name]) => !Object.hasOwn(learnt, name));
  return Object.fromEntries([
    ...counters.map(([name, counter]) => [`model.${name}`, counter] as const),
    ...Object.entries(optimizer.state()).map(([name, moment]) => [`optimizer.${name}`, moment] as const),
  ]);
}

const withPrefix = (prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, found]) => [`${prefix}${name}`, found]));

function pairUp(
  checkpoint: string,
  own: Readonly<Record<string, Parameter>>,
  saved: Readonly<Record<string, Tensor>>,
): [Parameter, Tensor][] {
  const differ = [
    ...Object.keys(own).filter((name) => !Object.hasOwn(saved, name)),
    ...Object.keys(saved).filter((name) => !Object.hasOwn(own, name)),
    ...Object.keys(own).filter((name) => Object.hasOwn(saved, name) && own[name]!.shape.join() !== saved[name]!.shape.join()),
  ];
  if (differ.length > 0) {
    throw new ArgumentError(`checkpoint ${checkpoint} belongs to another model or optimizer: ${differ.slice(0, 3).join(", ")} differ`, {
      hint: "make both as they were made for the run that is to go on, or start a new one in another folder",
    });
  }
  return Object.entries(own).map(([name, parameter]) => [parameter, saved[name]!.to(parameter.dtype)]);
}
