/** Sampling from a GPT, one token after the other. */
import { setImmediate } from "node:timers/promises";
import { argumentError, checkIndices, checkInstance, checkInteger, checkOptions, checkSignal } from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { Sampler, samplingOptionNames, type SamplingOptions } from "../sampler.ts";
import { GPT } from "./gpt.ts";
import { GPTReader } from "./reader.ts";

export interface GenerateOptions extends SamplingOptions {
  /** How many tokens to add, 0 or more. */
  maxNewTokens: number;
  /** Ends the generation; what has come stays. */
  signal?: AbortSignal;
}

/**
 * New ids that follow the prompt, one by one. The model sees the last `contextLength` tokens each time, in evaluation mode. Keys and values of the tokens
 * before are kept, so a token costs the work of one, until the context is full: then positions shift with each token, and the whole window is read again. ■,
 * Ctrl-C and `signal` end it between two tokens.
 *
 * @param prompt At least one id.
 * @throws {OutOfRangeError} An id that is not in the model's vocabulary.
 * @throws {ArgumentError} A prompt that is not an array of ids, an option out of range, or a model whose logits are NaN.
 * @example
 * const ids = [...tokenizer.encode("To be")];
 * for await (const id of generate(gpt, ids, { maxNewTokens: 20, temperature: 0.8, topK: 40 })) ids.push(id);
 * tokenizer.decode(ids)
 */
export function generate(model: GPT, prompt: ArrayLike<number>, options: GenerateOptions): AsyncGenerator<number, void> {
  checkInstance("model", model, GPT);
  checkPrompt(prompt, model.config.vocabularySize);
  checkOptions("options", options ?? {}, [...samplingOptionNames, "maxNewTokens", "signal"]);
  const { maxNewTokens, signal, ...sampling } = options ?? {};
  checkInteger("maxNewTokens", maxNewTokens, { min: 0 });
  checkSignal("signal", signal);
  return draw(model, Array.from(prompt), new Sampler(sampling), maxNewTokens, signal);
}

async function* draw(
  model: GPT,
  ids: number[],
  sampler: Sampler,
  maxNewTokens: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<number, void> {
  const reader = new GPTReader(model);
  using interrupt = await interruptible(signal);
  for (let step = 0; step < maxNewTokens; step++) {
    await setImmediate();
    interrupt.signal.throwIfAborted();
    const id = sampler.next(reader.logitsAfter(ids), ids);
    ids.push(id);
    yield id;
  }
}

function checkPrompt(prompt: unknown, vocabularySize: number): void {
  const hint =
    typeof prompt === "string"
      ? "encode it with the model's tokenizer: tokenizer.encode(text)"
      : `pass ids of the model's vocabulary, from 0 to ${vocabularySize - 1}`;
  if (checkIndices("prompt", prompt, vocabularySize, { hint }).length > 0) return;
  throw argumentError("prompt", "at least one id", prompt, {
    hint: "start with the id of a line break, or of another token that begins texts",
  });
}
