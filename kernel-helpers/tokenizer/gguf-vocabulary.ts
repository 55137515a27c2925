/** The tokenizer within a GGUF file (keys `tokenizer.ggml.*`, github.com/ggml-org/ggml/blob/master/docs/gguf.md): byte-level BPE as GPT-2 has it. */
import { FormatError } from "../errors.ts";
import { shown } from "../runtime/check.ts";
import { ggufPattern, ggufPatternNames } from "./gguf-patterns.ts";
import type { Pattern } from "./pattern.ts";
import type { DrawnVocabulary } from "./vocabulary.ts";

/** Key → field, as checkpoints' `Gguf.metadata` has it. */
export type GgufFields = Readonly<Record<string, { readonly value: unknown }>>;

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
  const [ids, specialTokens] = [new Map<string, number>(), new Map<string, number>()];
  for (const [id, token] of tokens.entries()) {
    const kind = kinds[id];
    if (kind === normal) ids.set(token, id);
    else if (kind === control || kind === userDefined) specialTokens.set(token, id);
  }
  const pre = fields["tokenizer.ggml.pre"]?.value ?? "default";
  const cutting = typeof pre === "string" ? ggufPattern(pre, file) : undefined;
  if (cutting === undefined) throw unsupported(file, `text cut in the way that llama.cpp calls ${shown(pre)}`);
  const { pattern, hasPrefix = false, ignoresMerges = false } = cutting;
  const first = tokens[Number(fields["tokenizer.ggml.bos_token_id"]?.value)];
  const isPut = (fields["tokenizer.ggml.add_bos_token"]?.value ?? hasPrefix) === true && first !== undefined && specialTokens.has(first);
  return {
    pattern,
    vocabulary: {
      ids,
      merges: strings(fields, "merges", file).map((merge, rank) => splitMerge(merge, rank, file)),
      specialTokens,
      prefix: isPut ? [first] : [],
      ignoresMerges,
    },
  };
}

function splitMerge(merge: string, rank: number, file: string): [string, string] {
  const space = merge.indexOf(" ");
  if (space > 0 && space === merge.lastIndexOf(" ") && space < merge.length - 1) return [merge.slice(0, space), merge.slice(space + 1)];
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
    hint: `byte-level BPE can be read, cut as ${ggufPatternNames.join(", ")}`,
    facts: { file },
  });
