import { ArgumentError } from "../../errors.ts";
import { checkInteger, checkNumber, checkObject, checkOptions } from "../../runtime/check.ts";

export interface GPTConfig {
  vocabularySize: number;
  /** The longest input, in tokens. */
  contextLength: number;
  layers: number;
  heads: number;
  /** Numbers in each token's vector; a multiple of the heads. */
  width: number;
  /** Share of numbers dropped after the embeddings, the attention and the MLP in training; from 0 to 1. @default 0 */
  dropout?: number;
  /** Seed of the initial values and the dropout masks. @default 0 */
  seed?: number;
}

const sizes = ["vocabularySize", "contextLength", "layers", "heads", "width"] as const;

/** @throws {ArgumentError} A size is missing, unknown or not an integer ≥ 1; or the width is not a multiple of the heads. */
export function checkConfig(config: GPTConfig): Required<GPTConfig> {
  const hint = `pass { ${sizes.join(", ")} }`;
  checkOptions("GPT", checkObject("the configuration of a GPT", config, { hint }), [...sizes, "dropout", "seed"]);
  for (const name of sizes) checkInteger(name, config[name], { min: 1 });
  const { width, heads, dropout = 0, seed = 0 } = config;
  if (width % heads !== 0) {
    throw new ArgumentError(`a width of ${width} does not divide into ${heads} heads`, {
      hint: "make the width a multiple of the heads",
      facts: { argument: "width", value: width, heads },
    });
  }
  checkNumber("dropout", dropout, { min: 0, max: 1 });
  checkInteger("seed", seed);
  return { ...config, dropout, seed };
}
