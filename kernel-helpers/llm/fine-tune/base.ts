/** The model that a fine-tuning begins with. */
import { existsSync } from "node:fs";
import { argumentError, checkText } from "../../runtime/check.ts";
import { fetchModel } from "../../models/index.ts";
import type { LlamaWeights } from "../llama/llama.ts";
import { readLlama } from "../llama/read.ts";
import { readModelText, type ModelText } from "../model-text.ts";

export interface Base extends ModelText {
  /** As it was asked for. */
  name: string;
  /** A .gguf file, or a folder laid out as on the hub. */
  place: string;
  weights: LlamaWeights;
}

/** Weights that stay as they are, while somebody uses them: the models of a ladder of ranks share them. */
const shared = new Map<string, WeakRef<LlamaWeights>>();

export async function loadBase(name: string, method: "lora" | "qlora" | "full", signal: AbortSignal | undefined): Promise<Base> {
  checkText("model", name, {
    allowEmpty: false,
    hint: 'pass a name such as "SmolLM2-135M-Instruct", or the path of a .gguf file or a folder',
  });
  signal?.throwIfAborted();
  const place = name.endsWith(".gguf") || existsSync(name) ? name : await fetchPlace(name, signal);
  if (!existsSync(place)) throw argumentError("model", "the path of a file that exists", place);
  const key = `${method} ${place}`;
  const known = method === "full" ? undefined : shared.get(key)?.deref();
  const weights = known ?? (await readLlama(place, { keepQuantized: method === "qlora" }));
  if (method !== "full") shared.set(key, new WeakRef(weights));
  return { name, place, weights, ...(await readModelText(place, name)) };
}

async function fetchPlace(name: string, signal: AbortSignal | undefined): Promise<string> {
  const { files, folder } = await fetchModel(name, { signal });
  return Object.values(files).find((file) => file.endsWith(".gguf")) ?? folder;
}
