/** Hugging Face's tokenizer.json: read and written for byte-level BPE, refused with the reason for everything else. */
import { isPlainObject as isObject } from "../runtime/check.ts";
import { anyOf } from "../runtime/any-of.ts";
import { readAdded } from "./added-tokens.ts";
import { gpt2Pattern, gpt2Source, regexPattern, type Normalization, type Pattern, type PatternStep } from "./pattern.ts";
import { broken, unsupported } from "./refusals.ts";
import type { DrawnVocabulary } from "./vocabulary.ts";

export interface TokenizerFile {
  vocabulary: DrawnVocabulary;
  pattern: Pattern;
}

type Json = Record<string, unknown>;

/**
 * @param root What JSON.parse made of the file.
 * @param file Named in errors.
 * @throws {FormatError} Not a tokenizer.json, or a tokenizer of another kind; the message says which part.
 */
export function parseTokenizerJson(root: unknown, file: string): TokenizerFile {
  if (!isObject(root) || !isObject(root["model"])) throw broken(file, 'it has no "model"');
  const {
    model,
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: postProcessor,
    added_tokens: added = [],
  } = root as Json & { model: Json };
  if (model["type"] !== undefined && model["type"] !== "BPE") throw unsupported(file, `a model of type ${JSON.stringify(model["type"])}`);
  for (const option of ["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback"]) {
    if (model[option]) throw unsupported(file, `${option}: ${JSON.stringify(model[option])}`);
  }
  const { ids: specialTokens, placements } = readAdded(added, file);
  return {
    pattern: readPattern(preTokenizer, readNormalization(normalizer, file), file),
    vocabulary: {
      ids: readIds(model["vocab"], file),
      merges: readMerges(model["merges"], file),
      specialTokens,
      placements,
      ignoresMerges: model["ignore_merges"] === true,
      prefix: readPrefix(postProcessor),
    },
  };
}

const kind = (part: unknown): string => (isObject(part) ? String(part["type"]) : String(part));

function readNormalization(normalizer: unknown, file: string): Normalization | undefined {
  const parts = isObject(normalizer) && Array.isArray(normalizer["normalizers"]) ? (normalizer["normalizers"] as unknown[]) : [normalizer];
  const [name, ...others] = parts.filter(Boolean).map(kind);
  if (name === undefined) return undefined;
  const known = normalizations.find((one) => one === name);
  if (known && others.length === 0) return known;
  throw unsupported(file, `a normalizer (${[name, ...others].join(", ")})`);
}

const normalizations: readonly Normalization[] = ["NFC", "NFD", "NFKC", "NFKD"];

function readPattern(part: unknown, normalization: Normalization | undefined, file: string): Pattern {
  const parts =
    isObject(part) && part["type"] === "Sequence" && Array.isArray(part["pretokenizers"]) ? (part["pretokenizers"] as unknown[]) : [part];
  const bytes = parts.at(-1);
  if (!isObject(bytes) || bytes["type"] !== "ByteLevel") throw unsupported(file, `the pre-tokenizer ${kind(bytes)} without ByteLevel`);
  if (bytes["add_prefix_space"] === true) throw unsupported(file, "add_prefix_space: true");
  const steps = parts.slice(0, -1).map((one): PatternStep => {
    const step = readStep(one);
    if (step) return step;
    throw unsupported(file, `the pre-tokenizers ${parts.map(kind).join(", ")} in this form`);
  });
  const isGpt2 = bytes["use_regex"] !== false;
  if (isGpt2 && steps.length === 0 && !normalization) return gpt2Pattern;
  return regexPattern(isGpt2 ? [...steps, gpt2Source] : steps, file, normalization);
}

/** undefined for what cannot be written as an expression. */
function readStep(part: unknown): PatternStep | undefined {
  if (!isObject(part)) return undefined;
  if (part["type"] === "Digits")
    return { source: part["individual_digits"] === true ? String.raw`\p{N}` : String.raw`\p{N}+`, keepsRest: true };
  const { Regex: regex, String: text } = isObject(part["pattern"]) ? part["pattern"] : {};
  const source = typeof regex === "string" ? regex : typeof text === "string" ? anyOf([text]) : undefined;
  if (part["type"] !== "Split" || source === undefined || source === "") return undefined;
  if (part["behavior"] === "Isolated") return { source, keepsRest: true };
  return part["behavior"] === "Removed" && part["invert"] === true ? { source, keepsRest: false } : undefined;
}

function readIds(vocab: unknown, file: string): Map<string, number> {
  if (!isObject(vocab)) throw broken(file, 'its model has no "vocab"');
  return new Map(Object.entries(vocab) as [string, number][]);
}

export function readMerges(merges: unknown, file: string): [string, string][] {
  if (!Array.isArray(merges)) throw broken(file, 'its model has no "merges"');
  return merges.map((merge: unknown, index) => {
    const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge; // strings until tokenizers 0.19
    if (Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string" && typeof pair[1] === "string") return [pair[0], pair[1]];
    throw broken(file, `merge ${index + 1} is ${JSON.stringify(merge)}, not two tokens`);
  });
}

/** The special tokens that a post-processor puts before a single text. */
function readPrefix(postProcessor: unknown): string[] {
  const steps =
    isObject(postProcessor) && Array.isArray(postProcessor["processors"]) ? (postProcessor["processors"] as unknown[]) : [postProcessor];
  const template = steps.find((step) => isObject(step) && step["type"] === "TemplateProcessing") as Json | undefined;
  const parts = Array.isArray(template?.["single"]) ? (template["single"] as Json[]) : [];
  const text = parts.findIndex((part) => isObject(part["Sequence"]));
  return parts.slice(0, Math.max(0, text)).map((part) => String((part["SpecialToken"] as Json | undefined)?.["id"]));
}

/** What puts the tokens before a text, and does nothing else. */
function prefixProcessor(prefix: readonly string[], specialTokens: ReadonlyMap<string, number>): Json | null {
  if (prefix.length === 0) return null;
  const before = prefix.map((id) => ({ SpecialToken: { id, type_id: 0 } }));
  const [one, other] = ["A", "B"].map((id) => ({ Sequence: { id, type_id: 0 } }));
  return {
    type: "TemplateProcessing",
    single: [...before, one],
    pair: [...before, one, other],
    special_tokens: Object.fromEntries(prefix.map((id) => [id, { id, ids: [specialTokens.get(id)], tokens: [id] }])),
  };
}

export function formatTokenizerJson({ vocabulary, pattern }: TokenizerFile): string {
  const { ids, merges, specialTokens, prefix = [], placements, ignoresMerges = false } = vocabulary;
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const splits = pattern.steps.map(({ source, keepsRest }) => ({
    type: "Split",
    pattern: { Regex: source },
    behavior: keepsRest ? "Isolated" : "Removed",
    invert: !keepsRest,
  }));
  const content = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [...specialTokens].map(([text, id]) => {
      const { lstrip = false, rstrip = false, singleWord = false } = placements?.get(text) ?? {};
      return { id, content: text, single_word: singleWord, lstrip, rstrip, normalized: false, special: true };
    }),
    normalizer: pattern.normalization ? { type: pattern.normalization } : null,
    pre_tokenizer:
      pattern === gpt2Pattern ? byteLevel : { type: "Sequence", pretokenizers: [...splits, { ...byteLevel, use_regex: false }] },
    post_processor: prefixProcessor(prefix, specialTokens),
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: ignoresMerges,
      vocab: Object.fromEntries([...ids, ...specialTokens].toSorted(([, one], [, next]) => one - next)),
      merges,
    },
  };
  return JSON.stringify(content);
}
