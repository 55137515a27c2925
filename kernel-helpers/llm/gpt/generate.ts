/** Sampling from a GPT, one token after the other. */
import { ArgumentError } from "../../errors.ts";
import { createRandom } from "../../runtime/random.ts";
import { jit, tensor, type Tensor } from "../../tensor/index.ts";
import type { GPT } from "./gpt.ts";

export interface GenerateOptions {
  /** How many tokens to add. */
  maxNewTokens: number;
  /** Below 1 prefers the likely, above 1 the unlikely; 0 always takes the likeliest. @default 1 */
  temperature?: number;
  /** Only so many of the likeliest tokens are drawn from. @default all */
  topK?: number;
  /** The same seed draws the same tokens. @default 0 */
  seed?: number;
}

/**
 * The ids with new ones behind them. The model sees the last `contextLength` tokens each time, in evaluation mode.
 *
 * @param prompt At least one id.
 */
export function generate(model: GPT, prompt: ArrayLike<number>, options: GenerateOptions): Uint32Array {
  const { maxNewTokens, temperature = 1, topK = Infinity, seed = 0 } = options;
  if (prompt.length === 0) throw new ArgumentError("there is nothing to go on from", { hint: "give a prompt of one token at least" });
  const { contextLength, vocabularySize } = model.config;
  const random = createRandom(seed);
  const ids = Array.from(prompt);
  // One graph for all lengths: the window is filled up behind with zeros, which the tokens before do not see.
  const logitsOf = jit((window: Tensor, last: Tensor) => model.forward(window).reshape([contextLength, vocabularySize]).take(last));
  const wasTraining = model.training;
  model.eval();
  try {
    for (let step = 0; step < maxNewTokens; step++) {
      const seen = ids.slice(-contextLength);
      const window = Uint32Array.from({ length: contextLength }, (_, place) => seen[place] ?? 0);
      const logits = logitsOf(tensor(window, { shape: [1, contextLength] }), tensor(seen.length - 1, { dtype: "int64" }));
      ids.push(draw(logits.data as Float32Array, temperature, topK, random.next()));
    }
  } finally {
    logitsOf.close();
    model.train(wasTraining);
  }
  return Uint32Array.from(ids);
}

/** The id at which the probabilities, added up from the likeliest on, pass the point in [0, 1). */
function draw(logits: Float32Array, temperature: number, topK: number, point: number): number {
  const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, temperature === 0 ? 1 : topK);
  const largest = logits[order[0]!]!;
  const weights = order.map((id) => (temperature === 0 ? 1 : Math.exp((logits[id]! - largest) / temperature)));
  let left = point * weights.reduce((total, weight) => total + weight, 0);
  return order.find((_, index) => (left -= weights[index]!) < 0) ?? order.at(-1)!;
}
