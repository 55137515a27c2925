/** The fields of a GGUF file that a tokenizer is made of (keys `tokenizer.ggml.*`, github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
import { FormatError } from "../errors.ts";
import { shown } from "../runtime/check.ts";
import { ggufPatternNames } from "./gguf-patterns.ts";

/** Key → field, as checkpoints' `Gguf.metadata` has it. */
export type GgufFields = Readonly<Record<string, { readonly value: unknown }>>;

/** llama.cpp's kinds of tokens (`tokenizer.ggml.token_type`). */
export const ggufKind = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export const ggufValue = (fields: GgufFields, name: string): unknown => fields[`tokenizer.ggml.${name}`]?.value;

export function ggufList(fields: GgufFields, name: string, file: string): readonly unknown[] {
  const value = ggufValue(fields, name);
  if (Array.isArray(value)) return value as readonly unknown[];
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  throw refused(file, `a tokenizer without ${name}`);
}

export function ggufStrings(fields: GgufFields, name: string, file: string): readonly string[] {
  const values = ggufList(fields, name, file);
  const wrong = values.findIndex((value) => typeof value !== "string");
  if (wrong === -1) return values as readonly string[];
  throw refused(file, `a tokenizer whose ${name}[${wrong}] is ${shown(values[wrong])}, not a string`);
}

/** Each token with its kind; all are normal where the file does not say. */
export function ggufTokens(fields: GgufFields, file: string): { tokens: readonly string[]; kinds: readonly unknown[] } {
  const tokens = ggufStrings(fields, "tokens", file);
  const kinds = ggufValue(fields, "token_type") === undefined ? tokens.map(() => ggufKind.normal) : ggufList(fields, "token_type", file);
  if (kinds.length !== tokens.length) throw refused(file, `${tokens.length} tokens of ${kinds.length} kinds`);
  return { tokens, kinds };
}

export const refused = (file: string, what: string): FormatError =>
  new FormatError(`${file} has ${what}`, {
    hint: `SentencePiece's tokenizers (llama, t5) can be read, and byte-level BPE (gpt2), cut as ${ggufPatternNames.join(", ")}`,
    facts: { file },
  });
