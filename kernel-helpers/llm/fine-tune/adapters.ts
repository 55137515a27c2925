/** Low-rank adapters in the place of a model's projections. */
import { argumentError, checkArray, checkChoice } from "../../runtime/check.ts";
import { createRandom, LoRALinear } from "../../nn/index.ts";
import type { Parameter } from "../../tensor/index.ts";
import { Llama, type LlamaWeights } from "../llama/llama.ts";

/** The projections of a block that can have an adapter, by their names on the hub. */
export const projectionNames = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
export type ProjectionName = (typeof projectionNames)[number];

export interface AdapterSettings {
  rank: number;
  alpha: number;
  dropout: number;
  targets: readonly ProjectionName[];
  seed: number;
}

export function checkTargets(argument: string, targets: unknown): ProjectionName[] {
  const names = checkArray(argument, targets, (name, target) => checkChoice(name, target, projectionNames), { allowEmpty: false });
  if (new Set(names).size === names.length) return names as ProjectionName[];
  throw argumentError(argument, "each name once", targets);
}

/** A model whose named projections have adapters that change nothing yet; the rest is shared with the weights. */
export function withAdapters(weights: LlamaWeights, settings: AdapterSettings): Llama {
  const { rank, alpha, dropout, targets, seed } = settings;
  const random = createRandom(seed);
  return new Llama(weights, (name, base) => {
    const isTarget = (targets as readonly string[]).includes(name.split(".").at(-1)!);
    return isTarget ? new LoRALinear(base, { rank, alpha, dropout, random }) : base;
  });
}

/** A and B of every adapter, by their names in the model. */
export function adapterParameters(model: Llama): Record<string, Parameter> {
  return Object.fromEntries(Object.entries(model.parameters()).filter(([name]) => /\.lora_[AB]\.weight$/.test(name)));
}
