/** Sampling from a GPT, one token after the other. */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkIndices, checkInstance, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";
import { jit, tensor, type Tensor } from "../../tensor/index.ts";
import { GPT } from "./gpt.ts";

export interface GenerateOptions {
  /** How many tokens to add, 0 or more. */
  maxNewTokens: number;
  /** 0 or more: below 1 prefers the likely, above 1 the unlikely; 0 always takes the likeliest. @default 1 */
  temperature?: number;
  /** Only the topK likeliest tokens are drawn from, 1 or more. @default all */
  topK?: number;
  /** An integer; the same seed draws the same tokens. @default 0 */
  seed?: number;
}

/**
 * The prompt's ids, followed by new ones. The model sees the last `contextLength` tokens each time, in evaluation mode.
 *
 * @param prompt At least one id.
 * @throws {OutOfRangeError} An id that is not in the model's vocabulary.
 * @throws {ArgumentError} A prompt that is not an array of ids, an option out of range, or a model whose logits are NaN.
 * @example
 * const ids = generate(gpt, tokenizer.encode("To be"), { maxNewTokens: 20, temperature: 0.8, topK: 40 });
 * tokenizer.decode(ids)
 */
export function generate(model: GPT, prompt: ArrayLike<number>, options: GenerateOptions): Uint32Array {
  checkInstance("model", model, GPT);
  const { contextLength, vocabularySize } = model.config;
  checkPrompt(prompt, vocabularySize);
  const { maxNewTokens, temperature, topK, seed } = checkGenerateOptions(options);
  const random = createRandom(seed);
  const ids = Array.from(prompt);
  // One graph for all lengths: the window is padded at the end with zeros, which the tokens before do not see.
  const logitsOf = jit((window: Tensor, last: Tensor) => model.forward(window).reshape([contextLength, vocabularySize]).take(last));
  const wasTraining = model.training;
  model.eval();
  try {
    for (let step = 0; step < maxNewTokens; step++) {
      const seen = ids.slice(-contextLength);
      const window = Uint32Array.from({ length: contextLength }, (_, index) => seen[index] ?? 0);
      const logits = logitsOf(tensor(window, { shape: [1, contextLength] }), tensor(seen.length - 1, { dtype: "int64" }));
      ids.push(draw(logits.data as Float32Array, temperature, topK, random.next()));
    }
  } finally {
    logitsOf.close();
    model.train(wasTraining);
  }
  return Uint32Array.from(ids);
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

function checkGenerateOptions(options: GenerateOptions): Required<GenerateOptions> {
  checkOptions("options", options ?? {}, ["maxNewTokens", "temperature", "topK", "seed"]);
  const { maxNewTokens, temperature = 1, topK = Infinity, seed = 0 } = options ?? {};
  return {
    maxNewTokens: checkInteger("maxNewTokens", maxNewTokens, { min: 0 }),
    temperature: checkNumber("temperature", temperature, {
      min: 0,
      hint: "0 takes the likeliest token; 1 leaves the probabilities as they are",
    }),
    topK:
      topK === Infinity ? topK : checkInteger("topK", topK, { min: 1, hint: "1 takes the likeliest token; leave it out to draw from all" }),
    seed: checkInteger("seed", seed),
  };
}

/** The id at which the probabilities, added up from the likeliest on, pass the point in [0, 1). */
function draw(logits: Float32Array, temperature: number, topK: number, point: number): number {
  const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, temperature === 0 ? 1 : topK);
  const largest = logits[order[0]!]!;
  if (logits.some(Number.isNaN) || largest === Infinity) {
    throw new ArgumentError("the model's logits are not finite: its weights hold NaN, or numbers that are too large", {
      hint: "train it again with a lower learning rate, or load another checkpoint",
      facts: { argument: "model" },
    });
  }
  const weights = order.map((id) => (temperature === 0 ? 1 : Math.exp((logits[id]! - largest) / temperature)));
  let left = point * weights.reduce((total, weight) => total + weight, 0);
  return order.find((_, index) => (left -= weights[index]!) < 0) ?? order.at(-1)!;
}
