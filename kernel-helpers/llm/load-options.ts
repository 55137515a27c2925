/** How a language model is opened. */
import { checkDevice, type Device } from "../onnx/index.ts";
import { argumentError, checkChoice, checkInteger, checkOptions, checkSignal, checkText } from "../runtime/check.ts";
import type { Eyes } from "./eyes.ts";

export interface LoadModelOptions {
  /**
   * `file`: the numbers as the file holds them, quantised ones multiplied as integers; `fp32`: all of them as float32; `fp16`: as float16, half of the
   * memory, for a GPU. @default "file"
   */
  dtype?: "file" | "fp16" | "fp32";
  /**
   * Where it computes. On a GPU tokens are drawn there, many in a run, as temperature, topK, topP and minP say; what has to be chosen from logits (constraints,
   * repetitionPenalty, logProbs, draft) comes back for each token. `auto` takes the fastest that can run the model; `model.device` says which. @default "cpu"
   */
  device?: Device | "auto";
  /** CPU threads. @default as many as there are physical cores */
  threads?: number;
  /** A folder with adapter_config.json and adapter_model.safetensors, as fineTune and peft write them: the low-rank products are added to the weights'. */
  adapter?: string;
  /**
   * How many texts may grow at once: then calls need not wait for each other, and each has the text that it would have alone. A call beyond that waits
   * for its turn. ■ ends only the waiting for a text; `signal` ends the text. @default calls may not overlap
   */
  slots?: number;
  /** With slots: tokens that each has room for, the prompt's included. @default 2048, or the context length where that is less */
  slotTokens?: number;
  /** With slots: tokens that are kept of prompts, for later ones that begin alike. @default 4 slots' */
  prefixTokens?: number;
  /** A Jinja template in the place of the checkpoint's own, for a model that was tuned on another one. */
  chatTemplate?: string;
  /** What the model sees the images of messages with; closed with it. @default it sees none */
  eyes?: Eyes;
  signal?: AbortSignal;
}

const names = ["dtype", "device", "threads", "adapter", "slots", "slotTokens", "prefixTokens", "chatTemplate", "eyes", "signal"];

export function checkLoadOptions(options: LoadModelOptions): LoadModelOptions & Required<Pick<LoadModelOptions, "dtype" | "device">> {
  checkOptions("options", options, names);
  const { dtype = "file", device = "cpu", threads, slots, chatTemplate, eyes, signal } = options;
  checkChoice("dtype", dtype, ["file", "fp16", "fp32"]);
  checkSlots(options);
  if (checkDevice(device) !== "cpu" && slots !== undefined) {
    throw argumentError("slots", 'left out with a device other than "cpu"', slots, { hint: "there one text is written at a time" });
  }
  if (device !== "cpu" && eyes) {
    throw argumentError("device", '"cpu" with eyes', device, { hint: "what a model sees is placed among its tokens on the CPU alone" });
  }
  if (threads !== undefined) checkInteger("threads", threads, { min: 1 });
  if (chatTemplate !== undefined) checkText("chatTemplate", chatTemplate, { allowEmpty: false });
  checkSignal("signal", signal);
  return { ...options, dtype, device };
}

function checkSlots({ slots, slotTokens, prefixTokens }: LoadModelOptions): void {
  if (slots !== undefined) checkInteger("slots", slots, { min: 1, max: 256 });
  for (const [name, value, min] of [
    ["slotTokens", slotTokens, 2],
    ["prefixTokens", prefixTokens, 0],
  ] as const) {
    if (value === undefined) continue;
    checkInteger(name, value, { min });
    if (slots === undefined)
      throw argumentError(name, "left out where there are no slots", value, { hint: "say how many texts may grow at once: slots: 8" });
  }
}
