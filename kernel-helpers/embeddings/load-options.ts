/** How an encoder is made ready to run. */
import { ArgumentError } from "../errors.ts";
import type { Device } from "../onnx/index.ts";
import { checkChoice, checkFunction, checkInteger, checkOptions, checkSignal } from "../runtime/check.ts";
import type { EncoderDType } from "./bert/linear.ts";
import type { HiddenStates } from "./runner.ts";

export interface LoadEncoderOptions {
  /** `auto` tries cuda, webgpu, cpu; `encoder.device` says which it took. @default "auto" */
  device?: Device | "auto";
  /**
   * `fp16`: half of the memory, for a GPU; the cosine to fp32 is above 0.9999. `q8`: int8 weights and inputs of the linear layers, about twice as fast on a CPU, cosine to fp32 about 0.99. `q4`: 4 bits, as multilingual-e5-small
   * has them. @default as the model's files have the weights
   */
  dtype?: EncoderDType;
  /** CPU threads, 1 or more. @default as many as there are physical cores */
  threads?: number;
  /**
   * Only so many of each vector's first numbers, made as long as 1 again, for models that were trained for it (Kusupati et al. 2022, "Matryoshka
   * Representation Learning", arXiv:2205.13147). @default all
   */
  dimension?: number;
  /**
   * Of an encoder that is a decoder, such as Qwen3-Embedding, what reads its folder:
   * `async folder => new Llama(await readLlama(folder))`, with both from kernel-helpers/llm. @default none
   */
  decoder?: (folder: string) => Promise<HiddenStates>;
  signal?: AbortSignal;
}

/** What can be asked of an encoder that another process will load. */
export interface CheckEncoderOptions extends Omit<LoadEncoderOptions, "decoder"> {
  /** As encode() takes it. */
  prompt?: string;
}

const dtypes: readonly EncoderDType[] = ["fp32", "fp16", "q8", "q4"];
const devices: readonly (Device | "auto")[] = ["auto", "cpu", "webgpu", "cuda"];

const all: readonly (keyof LoadEncoderOptions)[] = ["device", "dtype", "threads", "dimension", "decoder", "signal"];

/** @param known The options that there are. */
export function checkLoadOptions(options: LoadEncoderOptions, known: readonly (keyof LoadEncoderOptions)[] = all): void {
  checkOptions("options", options, known);
  const { device = "auto", dtype, threads, dimension, decoder, signal } = options;
  checkChoice("device", device, devices);
  if (dtype !== undefined) checkChoice("dtype", dtype, dtypes);
  if (threads !== undefined) checkInteger("threads", threads, { min: 1 });
  if (dimension !== undefined) checkInteger("dimension", dimension, { min: 1 });
  if (decoder !== undefined) checkFunction("decoder", decoder);
  checkSignal("signal", signal);
  if ((dtype === "q8" || dtype === "q4") && device !== "cpu" && device !== "auto") {
    throw new ArgumentError(`dtype "${dtype}" does not go with device "${device}"`, {
      hint: 'few bits pay on the CPU: use device "cpu", or dtype "fp16"',
      facts: { dtype, device },
    });
  }
}
