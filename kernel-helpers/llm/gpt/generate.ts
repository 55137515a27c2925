/** Sampling from a GPT, one token after the other. */
import { setImmediate } from "node:timers/promises";
import { argumentError, checkIndices, checkInstance, checkInteger, checkOptions, checkSignal } from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { jit, tensor, type Tensor } from "../../tensor/index.ts";
import { Sampler, samplingOptionNames, type SamplingOptions } from "../sampler.ts";
import { GPT } from "./gpt.ts";

export interface GenerateOptions extends SamplingOptions {
  /** How many tokens to add, 0 or more. */
  maxNewTokens: number;
  /** Ends the generation; what has come stays. */
  signal?: AbortSignal;
}

/**
 * New ids that follow the prompt, one by one. The model sees the last `contextLength` tokens each time, in evaluation mode. ■, Ctrl-C and `signal` end it
 * between two tokens.
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
  const { contextLength, vocabularySize } = model.config;
  // One graph for all lengths: the window is padded at the end with zeros, which the tokens before do not see.
  const logitsOf = jit((window: Tensor, last: Tensor) => model.forward(window).reshape([contextLength, vocabularySize]).take(last));
  using interrupt = await interruptible(signal);
  try {
    for (let step = 0; step < maxNewTokens; step++) {
      await setImmediate();
      interrupt.signal.throwIfAborted();
      const seen = ids.slice(-contextLength);
      const window = Uint32Array.from({ length: contextLength }, (_, index) => seen[index] ?? 0);
      const wasTraining = model.training;
      model.eval();
      const logits = logitsOf(tensor(window, { shape: [1, contextLength] }), tensor(seen.length - 1, { dtype: "int64" }));
      model.train(wasTraining);
      const id = sampler.next(logits.data as Float32Array, ids);
      ids.push(id);
      yield id;
    }
  } finally {
    logitsOf.close();
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
