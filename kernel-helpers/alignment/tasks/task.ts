import { Module } from "../../nn/index.ts";
import { argumentError } from "../../runtime/check.ts";
import type { Batch, BatchSource, Loss } from "../../train/index.ts";
import type { Policy } from "../policy.ts";

/** What `train` needs besides an optimizer: `train({ ...task, optimizer, steps })`. */
export interface Task<M extends Module, B extends Batch, S extends BatchSource<B>> {
  readonly model: M;
  readonly loss: Loss<M, B>;
  readonly batches: S;
}

/** @throws {ArgumentError} It has no logits, or does not say how large its vocabulary and its context are. */
export function checkPolicy<P extends Policy>(argument: string, policy: P): P {
  const { config, forward } = (policy ?? {}) as Partial<Policy>;
  const isPolicy = policy instanceof Module && typeof forward === "function";
  if (isPolicy && Number.isInteger(config?.vocabularySize) && Number.isInteger(config?.contextLength)) return policy;
  throw argumentError(argument, "a language model", policy, {
    hint: "pass a GPT, or a Module with forward(ids) and a config of these two sizes",
  });
}
