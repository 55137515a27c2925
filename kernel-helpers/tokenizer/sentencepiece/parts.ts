/** A tokenizer.json of SentencePiece's kind, taken apart: what the tokenizer needs, and the rest as it was, so that it can be written again. */
import { isPlainObject as isObject } from "../../runtime/check.ts";
import { readAdded, type AddedTokens } from "../added-tokens.ts";
import { broken, unsupported } from "../refusals.ts";
import { readNormalizer, type Normalizer } from "./normalizers.ts";
import { readSpaces, space, type Spaces } from "./spaces.ts";
import { readTemplate, type Template } from "./template.ts";

type Json = Record<string, unknown>;

/** The file but for the vocabulary: what JSON.parse made of it. */
export interface TokenizerContent extends Json {
  model: Json;
}

export const isTokenizerContent = (content: unknown): content is TokenizerContent => isObject(content) && isObject(content["model"]);

export interface SentencePieceParts {
  content: TokenizerContent;
  /** By id: the piece, or an added token; undefined where there is none. */
  pieces: readonly (string | undefined)[];
  /** Ids that text never becomes: special tokens, bytes, the unknown token. */
  apart: ReadonlySet<number>;
  added: AddedTokens;
  /** Ids of the 256 bytes, where the model spells unknown characters with them. */
  byteIds: readonly number[] | undefined;
  unkId: number | undefined;
  normalize: Normalizer;
  spaces: Spaces;
  template: Template;
  /** What decoding takes from the beginning of a text: all spaces of the first token, one space, or nothing. */
  stripped: "first token" | "one" | "none";
}

/** A larger one is a damaged file: tables by id would fill the memory. */
const highestId = 2 ** 24 - 1;

/**
 * @param listed The model's pieces with their ids.
 * @param unk The unknown token's text or id, as the model has it.
 * @param file Named in errors.
 */
export function readParts(
  content: TokenizerContent,
  listed: Iterable<readonly [piece: string, id: number]>,
  unk: unknown,
  file: string,
): SentencePieceParts {
  const { model, normalizer, pre_tokenizer: preTokenizer, post_processor: postProcessor, decoder, added_tokens: adds = [] } = content;
  const added = readAdded(adds, file);
  const all = new Map<string, number>();
  const pieces: (string | undefined)[] = [];
  const put = (piece: string, id: number): void => {
    if (!Number.isInteger(id) || id < 0 || id > highestId) {
      throw broken(file, `the token ${JSON.stringify(piece)} has the id ${String(id)}, not an integer from 0 to ${highestId}`);
    }
    pieces[id] = piece;
  };
  for (const [piece, id] of listed) {
    put(piece, id);
    all.set(piece, id);
  }
  for (const [token, id] of added.ids) put(token, id);
  const unkId = typeof unk === "string" ? (all.get(unk) ?? added.ids.get(unk)) : typeof unk === "number" ? unk : undefined;
  if (unkId !== undefined && pieces[unkId] === undefined) throw broken(file, `no token has the id of the unknown one, ${unkId}`);
  const byteIds = model["byte_fallback"] === true ? readBytes(all) : undefined;
  const apart = new Set(byteIds);
  for (const [token, id] of added.ids) if (!added.ordinary.has(token)) apart.add(id);
  if (unkId !== undefined) apart.add(unkId);
  const normalize = readNormalizer(normalizer, file);
  return {
    content,
    pieces,
    apart,
    added,
    byteIds,
    unkId,
    normalize,
    spaces: readSpaces(preTokenizer, normalize, file),
    template: readTemplate(postProcessor, added.ids, file),
    stripped: readStripped(decoder, file),
  };
}

/** The piece that stands for a byte. */
export const bytePiece = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;

/** undefined where one of the bytes is missing. */
function readBytes(pieces: ReadonlyMap<string, number>): number[] | undefined {
  const ids = Array.from({ length: 256 }, (_, byte) => pieces.get(bytePiece(byte)));
  return ids.includes(undefined) ? undefined : (ids as number[]);
}

function readStripped(decoder: unknown, file: string): SentencePieceParts["stripped"] {
  const parts = isObject(decoder) && Array.isArray(decoder["decoders"]) ? (decoder["decoders"] as unknown[]) : [decoder];
  let stripped: SentencePieceParts["stripped"] = "none";
  for (const part of parts.filter(isObject)) {
    if (part["type"] === "Metaspace") {
      const prepends = part["prepend_scheme"] ?? (part["add_prefix_space"] === false ? "never" : "always");
      if (prepends !== "never") stripped = "first token";
    } else if (part["type"] === "Strip") {
      const { content, start, stop } = part;
      if (content !== " " || stop !== 0 || (start !== 0 && start !== 1)) throw unsupported(file, "the decoder Strip in this form");
      if (start === 1) stripped = "one";
    } else if (part["type"] === "Replace") {
      if (!isObject(part["pattern"]) || part["pattern"]["String"] !== space || part["content"] !== " ") {
        throw unsupported(file, "the decoder Replace in this form");
      }
    } else if (part["type"] !== "ByteFallback" && part["type"] !== "Fuse") {
      throw unsupported(file, `the decoder ${String(part["type"])}`);
    }
  }
  return stripped;
}
