import { ArgumentError } from "../../errors.ts";

export interface GPTConfig {
  vocabularySize: number;
  /** The longest input, in tokens. */
  contextLength: number;
  layers: number;
  heads: number;
  /** Numbers in each token's vector; a multiple of the heads. */
  width: number;
  /** Share of numbers dropped after the embeddings, the attention and the MLP in training. @default 0 */
  dropout?: number;
  /** Of the initial numbers and the dropout masks. @default 0 */
  seed?: number;
}

export function checkConfig(config: GPTConfig): Required<GPTConfig> {
  const { vocabularySize, contextLength, layers, heads, width } = config;
  for (const [name, value] of Object.entries({ vocabularySize, contextLength, layers, heads, width })) {
    if (!Number.isInteger(value) || value < 1) throw new ArgumentError(`${name} is ${value}`, { hint: "give a whole number, 1 or more" });
  }
  if (width % heads !== 0) {
    throw new ArgumentError(`a width of ${width} does not divide into ${heads} heads`, { hint: "make the width a multiple of the heads" });
  }
  return { dropout: 0, seed: 0, ...config };
}
