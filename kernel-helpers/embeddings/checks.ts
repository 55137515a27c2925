/** What may be asked of an encoder, by what its files say. */
import { argumentError, checkText } from "../runtime/check.ts";
import type { EncoderDType } from "./bert/linear.ts";
import type { EncoderSettings } from "./config.ts";
import type { LoadEncoderOptions } from "./load-options.ts";
import type { EncoderParts } from "./open-encoder.ts";

/** @returns The weights' type that is taken: the one that was asked for; else, on a CPU, that of the files. */
export function checkDType({ name, dtype: own }: Pick<EncoderParts, "name" | "dtype">, options: LoadEncoderOptions): EncoderDType {
  const { device = "auto", dtype = device === "auto" || device === "cpu" ? own : "fp32" } = options;
  if (dtype !== "q4" || own === "q4") return dtype;
  throw argumentError("dtype", `one that ${name} has: fp32, fp16 or q8`, dtype, { hint: "weights in 4 bits come in 4 bits" });
}

/** @returns How many numbers of each vector are kept. */
export function checkDimension(asked: number | undefined, { width, dimensions }: EncoderSettings): number {
  const dimension = asked ?? width;
  if (dimension === width || (dimension < width && (dimensions?.includes(dimension) ?? true))) return dimension;
  throw argumentError("dimension", dimensions ? `one of ${dimensions.join(", ")}` : `at most ${width}`, dimension, {
    hint: "as the model's files have it",
  });
}

/** @returns What is put before each text: the prompt of that name, or the model's default, or nothing. */
export function promptOf(asked: string | undefined, { prompts, defaultPrompt }: EncoderSettings): string {
  const name = asked === undefined ? defaultPrompt : asked;
  if (name === undefined) return "";
  const names = Object.keys(prompts);
  if (Object.hasOwn(prompts, checkText("prompt", name))) return prompts[name]!;
  const [expected, hint] =
    names.length === 0
      ? ["left out, for the model has no prompts", "put it before the texts"]
      : ["the name of one of the model's prompts", `they are ${names.map((known) => `"${known}"`).join(", ")}`];
  throw argumentError("prompt", expected, name, { hint });
}
