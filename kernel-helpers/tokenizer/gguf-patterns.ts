/** The ways to cut text that llama.cpp has names for (`tokenizer.ggml.pre`), with the patterns of the models' own tokenizer.json. */
import { gpt2Pattern, gpt2Source, regexPattern, type Normalization, type Pattern } from "./pattern.ts";

interface NamedPattern {
  names: readonly string[];
  /** Each cuts the pieces of the one before; none: GPT-2's way. */
  steps: readonly string[];
  normalization?: Normalization;
  /** Whether a piece that is a token is that token, whatever merging makes of it. */
  ignoresMerges?: boolean;
  /** Whether a text begins with the token for that, unless the file says otherwise. */
  hasPrefix?: boolean;
}

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const symbolsAndSpaces = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const symbolsSlashesAndSpaces = String.raw` ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** GPT-4's, with so many digits in a piece. */
const gpt4 = (digits: string): string => String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}|${symbolsAndSpaces}`;

/** GPT-4o's: capitals begin a piece, and contractions may belong to the word. */
const gpt4o = (ending: string, digits: string): string =>
  String.raw`[^\r\n\p{L}\p{N}]?${upper}*${lower}+${ending}|[^\r\n\p{L}\p{N}]?${upper}+${lower}*${ending}|${digits}|${symbolsSlashesAndSpaces}`;

const patterns: readonly NamedPattern[] = [
  { names: ["gpt-2", "default", "phi-2"], steps: [] },
  { names: ["smollm", "starcoder", "refact"], steps: [String.raw`\p{N}`, gpt2Source] },
  { names: ["qwen2", "deepseek-r1-qwen"], steps: [gpt4(String.raw`\p{N}`)], normalization: "NFC" },
  {
    names: ["llama-bpe", "llama3", "llama-v3"],
    steps: [gpt4(String.raw`\p{N}{1,3}`)],
    ignoresMerges: true,
    hasPrefix: true,
  },
  { names: ["gpt-4o", "llama4"], steps: [gpt4o(`${contractions}?`, String.raw`\p{N}{1,3}`)] },
  { names: ["tekken"], steps: [gpt4o("", String.raw`\p{N}`)], ignoresMerges: true, hasPrefix: true },
  {
    names: ["deepseek-v3"],
    steps: [
      String.raw`\p{N}{1,3}`,
      "[一-龥\u3040-ゟ゠-ヿ]+",
      String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_\`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    ],
  },
];

export const ggufPatternNames: readonly string[] = patterns.flatMap(({ names }) => names);

/** undefined for a name that is not among them. */
export function ggufPattern(
  name: string,
  file: string,
): (Pick<NamedPattern, "ignoresMerges" | "hasPrefix"> & { pattern: Pattern }) | undefined {
  const found = patterns.find(({ names }) => names.includes(name));
  return found && { ...found, pattern: found.steps.length === 0 ? gpt2Pattern : regexPattern(found.steps, file, found.normalization) };
}
