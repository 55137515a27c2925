/** A checkpoint that several workers write together: the model once, the optimizer's state once or in shards. */
import path from "node:path";
import { ArgumentError } from "../../errors.ts";
import type { Module } from "../../nn/index.ts";
import type { NamedParameters, Optimizer } from "../../optim/index.ts";
import { assignAll } from "../../tensor/index.ts";
import { loadModel, readTensors, saveModel, writeTensors } from "../model-file.ts";
import type { Shard } from "./layout.ts";

export interface WorkerState {
  model: Module;
  optimizer: Optimizer;
  shard: Shard | undefined;
  /** The shard's own copy of its parameters. */
  pieces: NamedParameters | undefined;
}

const optimizerFile = (folder: string, shard: Shard | undefined): string =>
  path.join(folder, shard ? `optimizer-${shard.index + 1}-of-${shard.count}.safetensors` : "optimizer.safetensors");

/** All numbers besides what the model has learnt: the optimizer's, the shard's, and the model's counters. */
function restOf({ model, optimizer, pieces = {} }: WorkerState): NamedParameters {
  const learnt = model.parameters();
  const counters = Object.entries(model.state()).filter(([name]) => !Object.hasOwn(learnt, name));
  return {
    ...optimizer.state(),
    ...Object.fromEntries(Object.entries(pieces).map(([name, piece]) => [`${name}.value`, piece])),
    ...Object.fromEntries(counters.map(([name, counter]) => [`model.${name}`, counter])),
  };
}

export async function saveState(folder: string, state: WorkerState): Promise<void> {
  if (!state.shard || state.shard.index === 0) await saveModel(state.model, path.join(folder, "model.safetensors"));
  await writeTensors(optimizerFile(folder, state.shard), restOf(state));
}

/** @throws {ArgumentError} It is another model's, or was written with another number of shards. */
export async function loadState(folder: string, state: WorkerState): Promise<void> {
  const file = optimizerFile(folder, state.shard);
  const own = restOf(state);
  const saved = await readTensors(file).catch((cause: unknown) => {
    throw new ArgumentError(`${file} cannot be read`, { hint: "go on with as many workers as the checkpoint was written by", cause });
  });
  const differs = Object.keys(own).find((name) => saved[name]?.shape.join() !== own[name]!.shape.join());
  if (differs !== undefined) {
    throw new ArgumentError(`${file} belongs to another model or optimizer: ${differs} differs`, { hint: "go on with what wrote it" });
  }
  await loadModel(state.model, path.join(folder, "model.safetensors"));
  assignAll(Object.entries(own).map(([name, parameter]) => [parameter, saved[name]!.to(parameter.dtype)]));
}
