import { ArgumentError } from "../../errors.ts";
import { checkInteger, checkNumber, checkObject, checkOptions } from "../../runtime/check.ts";
import { checkExperts, type GPTExperts, type GPTExpertsConfig } from "./experts.ts";

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
  /** Layers whose MLP is a mixture of experts. @default none */
  experts?: GPTExperts;
  /** Seed of the initial values and the dropout masks. @default 0 */
  seed?: number;
}

/** A configuration with all that it leaves out. */
export interface CheckedConfig extends Required<Omit<GPTConfig, "experts">> {
  experts?: GPTExpertsConfig;
}

const sizes = ["vocabularySize", "contextLength", "layers", "heads", "width"] as const;

/** @throws {ArgumentError} A size is missing, unknown or not an integer ≥ 1; or the width is not a multiple of the heads. */
export function checkConfig(config: GPTConfig): CheckedConfig {
  const hint = `pass { ${sizes.join(", ")} }`;
  checkOptions("GPT", checkObject("the configuration of a GPT", config, { hint }), [...sizes, "dropout", "experts", "seed"]);
  for (const name of sizes) checkInteger(name, config[name], { min: 1 });
  const { width, heads, dropout = 0, seed = 0, experts, ...others } = config;
  if (width % heads !== 0) {
    throw new ArgumentError(`a width of ${width} does not divide into ${heads} heads`, {
      hint: "make the width a multiple of the heads",
      facts: { argument: "width", value: width, heads },
    });
  }
  checkNumber("dropout", dropout, { min: 0, max: 1 });
  checkInteger("seed", seed);
  return { ...others, width, heads, dropout, seed, ...(experts && { experts: checkExperts(experts, config) }) };
}
