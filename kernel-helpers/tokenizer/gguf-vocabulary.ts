/** The tokenizer within a GGUF file (keys `tokenizer.ggml.*`, github.com/ggml-org/ggml/blob/master/docs/gguf.md): byte-level BPE as GPT-2 has it. */
import { FormatError } from "../errors.ts";
import { shown } from "../runtime/check.ts";
import { gpt2Pattern, regexPattern, singleDigitsSource, type Pattern } from "./pattern.ts";
import { toJavaScript } from "./regex-dialect.ts";
import type { DrawnVocabulary } from "./vocabulary.ts";

/** Key → field, as checkpoints' `Gguf.metadata` has it. */
export type GgufFields = Readonly<Record<string, { readonly value: unknown }>>;

/** llama.cpp's names of ways to cut text (`tokenizer.ggml.pre`), and the patterns of the models' own tokenizer.json. */
const patterns: Readonly<Record<string, string>> = {
  smollm: singleDigitsSource,
  qwen2: String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
};

/** llama.cpp's kinds of tokens (`tokenizer.ggml.token_type`). */
const [normal, control, userDefined] = [1, 3, 4];

/**
 * @param file Named in errors.
 * @throws {FormatError} No tokenizer, or one of another kind. Facts: file.
 */
export function parseGgufTokenizer(fields: GgufFields, file: string): { vocabulary: DrawnVocabulary; pattern: Pattern } {
  const model = fields["tokenizer.ggml.model"]?.value;
  if (model !== "gpt2") throw unsupported(file, model === undefined ? "no tokenizer" : `a tokenizer of kind ${shown(model)}`);
  const tokens = strings(fields, "tokens", file);
  const kinds = fields["tokenizer.ggml.token_type"] === undefined ? tokens.map(() => normal) : list(fields, "token_type", file);
  if (kinds.length !== tokens.length) throw unsupported(file, `${tokens.length} tokens of ${kinds.length} kinds`);
  const idsOfKind = (...wanted: number[]): Map<string, number> =>
    new Map(tokens.flatMap((token, id) => (wanted.includes(kinds[id] as number) ? [[token, id] as const] : [])));
  const specialTokens = idsOfKind(control, userDefined);
  const first = tokens[Number(fields["tokenizer.ggml.bos_token_id"]?.value)];
  const isAdded = fields["tokenizer.ggml.add_bos_token"]?.value === true && first !== undefined && specialTokens.has(first);
  return {
    pattern: patternOf(fields["tokenizer.ggml.pre"]?.value, file),
    vocabulary: {
      ids: idsOfKind(normal),
      merges: strings(fields, "merges", file).map((merge, rank) => splitMerge(merge, rank, file)),
      specialTokens,
      prefix: isAdded ? [first] : [],
    },
  };
}

function patternOf(name: unknown, file: string): Pattern {
  if (name === undefined || name === "gpt-2" || name === "default") return gpt2Pattern;
  const source = typeof name === "string" && Object.hasOwn(patterns, name) ? patterns[name] : undefined;
  if (source === undefined) throw unsupported(file, `text cut in the way that llama.cpp calls ${shown(name)}`);
  return regexPattern(toJavaScript(source, file), source, name === "qwen2" ? "NFC" : undefined);
}

function splitMerge(merge: string, rank: number, file: string): [string, string] {
  const [left, right, ...rest] = merge.split(" ");
  if (left !== undefined && right !== undefined && rest.length === 0) return [left, right];
  throw unsupported(file, `merge ${rank + 1}, ${JSON.stringify(merge)}, which is not two tokens`);
}

function list(fields: GgufFields, name: string, file: string): readonly unknown[] {
  const value = fields[`tokenizer.ggml.${name}`]?.value;
  if (Array.isArray(value)) return value as readonly unknown[];
  throw unsupported(file, `a tokenizer without ${name}`);
}

function strings(fields: GgufFields, name: string, file: string): readonly string[] {
  const values = list(fields, name, file);
  const wrong = values.findIndex((value) => typeof value !== "string");
  if (wrong === -1) return values as readonly string[];
  throw unsupported(file, `a tokenizer whose ${name}[${wrong}] is ${shown(values[wrong])}, not a string`);
}

const unsupported = (file: string, what: string): FormatError =>
  new FormatError(`${file} has ${what}`, {
    hint: `byte-level BPE can be read, cut as ${["gpt-2", ...Object.keys(patterns)].join(", ")}`,
    facts: { file },
  });
