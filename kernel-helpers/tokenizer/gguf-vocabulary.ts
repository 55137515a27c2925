/** The tokenizer within a GGUF file of the kind gpt2: byte-level BPE. */
import { shown } from "../runtime/check.ts";
import { ggufKind, ggufStrings, ggufTokens, ggufValue, refused, type GgufFields } from "./gguf-fields.ts";
import { ggufPattern } from "./gguf-patterns.ts";
import type { Pattern } from "./pattern.ts";
import type { DrawnVocabulary } from "./vocabulary.ts";

/**
 * @param file Named in errors.
 * @throws {FormatError} No tokenizer, or one of another kind. Facts: file.
 */
export function parseGgufTokenizer(fields: GgufFields, file: string): { vocabulary: DrawnVocabulary; pattern: Pattern } {
  const model = ggufValue(fields, "model");
  if (model !== "gpt2") throw refused(file, model === undefined ? "no tokenizer" : `a tokenizer of kind ${shown(model)}`);
  const { tokens, kinds } = ggufTokens(fields, file);
  const [ids, specialTokens] = [new Map<string, number>(), new Map<string, number>()];
  for (const [id, token] of tokens.entries()) {
    const kind = kinds[id];
    if (kind === ggufKind.normal) ids.set(token, id);
    else if (kind === ggufKind.control || kind === ggufKind.userDefined) specialTokens.set(token, id);
  }
  const pre = ggufValue(fields, "pre") ?? "default";
  const cutting = typeof pre === "string" ? ggufPattern(pre, file) : undefined;
  if (cutting === undefined) throw refused(file, `text cut in the way that llama.cpp calls ${shown(pre)}`);
  const { pattern, hasPrefix = false, ignoresMerges = false } = cutting;
  const first = tokens[Number(ggufValue(fields, "bos_token_id"))];
  const isPut = (ggufValue(fields, "add_bos_token") ?? hasPrefix) === true && first !== undefined && specialTokens.has(first);
  return {
    pattern,
    vocabulary: {
      ids,
      merges: ggufStrings(fields, "merges", file).map((merge, rank) => splitMerge(merge, rank, file)),
      specialTokens,
      prefix: isPut ? [first] : [],
      ignoresMerges,
    },
  };
}

function splitMerge(merge: string, rank: number, file: string): [string, string] {
  const space = merge.indexOf(" ");
  if (space > 0 && space === merge.lastIndexOf(" ") && space < merge.length - 1) return [merge.slice(0, space), merge.slice(space + 1)];
  throw refused(file, `merge ${rank + 1}, ${JSON.stringify(merge)}, which is not two tokens`);
}
