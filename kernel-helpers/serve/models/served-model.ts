/** A model as it is served: how it is opened, and what it takes. */
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { CrossEncoder, SentenceEncoder } from "../../embeddings/index.ts";
import { LanguageModel, type LoadModelOptions } from "../../llm/index.ts";
import { isSeeingFolder, loadSeeingModel, seeingBase } from "../../multimodal/index.ts";
import { fetchModel } from "../../models/index.ts";
import { resolveDevice, type Device } from "../../onnx/index.ts";
import { argumentError, checkChoice, checkInteger, checkObject, checkOptions, checkText } from "../../runtime/check.ts";

export type ModelKind = "chat" | "embeddings" | "rerank";

export interface ServedModel {
  /** What clients call it. @default what `model` is, without folders and extension */
  id?: string;
  /** As LanguageModel.load, SentenceEncoder.load, CrossEncoder.load and loadSeeingModel take it: a name, or the path of a file or a folder. */
  model: string;
  /** @default "chat", a language model */
  kind?: ModelKind;
  /** Of a language model: texts that grow at once. @default 8 */
  slots?: number;
  /** Of a language model: tokens that each has room for. @default 2048 */
  slotTokens?: number;
  /** Of a language model: tokens kept of prompts. @default 4 slots' */
  prefixTokens?: number;
  dtype?: "file" | "fp16" | "fp32";
  /** Of a language model: where it computes. On a device other than the CPU it writes one text at a time, without slots. @default "cpu" */
  device?: LoadModelOptions["device"];
  adapter?: string;
  threads?: number;
}

export type Opened =
  | { kind: "chat"; model: LanguageModel }
  | { kind: "embeddings"; model: SentenceEncoder }
  | { kind: "rerank"; model: CrossEncoder };

export type CheckedModel = ServedModel & { id: string; kind: ModelKind; slots: number; device: Device };

const names = ["id", "model", "kind", "slots", "slotTokens", "prefixTokens", "dtype", "device", "adapter", "threads"];

export function checkServed(argument: string, given: unknown): CheckedModel {
  const model = typeof given === "string" ? { model: given } : checkObject(argument, given, { hint: 'pass a name, or { model: "…" }' });
  checkOptions(argument, model, names);
  const place = checkText(`${argument}.model`, model["model"], { allowEmpty: false });
  const id = checkText(`${argument}.id`, model["id"] ?? path.basename(place).replace(/\.(gguf|bin)$/, ""), { allowEmpty: false });
  const kind = checkChoice(`${argument}.kind`, model["kind"] ?? "chat", ["chat", "embeddings", "rerank"]);
  for (const name of ["slots", "slotTokens", "prefixTokens"]) {
    if (model[name] === undefined) continue;
    if (kind !== "chat") throw argumentError(`${argument}.${name}`, "left out where the model writes no text", model[name]);
    checkInteger(`${argument}.${name}`, model[name], { min: name === "prefixTokens" ? 0 : 1 });
  }
  const device = resolveDevice((model["device"] ?? "cpu") as Device | "auto");
  const hasSlots = kind === "chat" && device === "cpu";
  for (const name of ["slots", "slotTokens", "prefixTokens"]) {
    if (!hasSlots && model[name] !== undefined)
      throw argumentError(`${argument}.${name}`, "left out with a device other than the CPU", model[name], {
        hint: "there one text is written at a time",
      });
  }
  const slots = hasSlots ? ((model["slots"] as number | undefined) ?? 8) : 1;
  return { ...(model as object), model: place, id, kind, slots, device };
}

export async function openServed(served: CheckedModel): Promise<Opened> {
  const { model, kind, slots, slotTokens, prefixTokens, dtype, device, adapter, threads } = served;
  const thread = threads === undefined ? {} : { threads };
  if (kind === "embeddings") return { kind, model: await SentenceEncoder.load(model, thread) };
  if (kind === "rerank") return { kind, model: await CrossEncoder.load(model, thread) };
  const options = {
    ...(device === "cpu" ? { slots } : { device }),
    ...(slotTokens !== undefined && { slotTokens }),
    ...(prefixTokens !== undefined && { prefixTokens }),
    ...(dtype !== undefined && { dtype }),
    ...thread,
  };
  if (isSeeingFolder(model)) return { kind, model: await loadSeeingModel(model, options) };
  return { kind, model: await LanguageModel.load(model, { ...options, ...(adapter !== undefined && { adapter }) }) };
}

/** Bytes of its files, which is about what its weights take in memory. */
export async function bytesOf({ model }: CheckedModel): Promise<number> {
  const places = isSeeingFolder(model) ? [model, await seeingBase(model)] : [model];
  const files = (await Promise.all(places.map(filesOf))).flat();
  return files.filter((file) => /\.(gguf|safetensors|bin|onnx)$/.test(file)).reduce((sum, file) => sum + statSync(file).size, 0);
}

const filesOf = async (place: string): Promise<string[]> =>
  existsSync(place) ? inside(place) : Object.values((await fetchModel(place)).files);

const inside = (place: string): string[] =>
  statSync(place).isDirectory() ? readdirSync(place).map((name) => path.join(place, name)) : [place];

/** Bytes of the keys and values of a language model's slots and of the prompts that are kept, when all are full. */
export function cacheBytesOf({ model }: { model: LanguageModel }): number {
  const { layers, numKeyValueHeads, headSize } = model.config;
  const { cacheCapacity = 0, slots = 1 } = model.activity ?? {};
  return layers * numKeyValueHeads * headSize * 2 * 4 * (cacheCapacity + 5 * (cacheCapacity / slots));
}
