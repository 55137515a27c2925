/** What a byte-level BPE tokenizer knows: its tokens as bytes, and which two tokens merge into which third, in order of preference. */
import { FormatError } from "../errors.ts";
import { shown } from "../runtime/check.ts";
import { characterOf, fromAlphabet } from "./byte-alphabet.ts";

/** A vocabulary as its files have it: tokens drawn in GPT-2's alphabet. */
export interface DrawnVocabulary {
  /** Token → id. */
  ids: ReadonlyMap<string, number>;
  /** Pairs of tokens, the most preferred first. */
  merges: readonly (readonly [string, string])[];
  /** Tokens that merging never makes, such as <|endoftext|>: their text → id. */
  specialTokens: ReadonlyMap<string, number>;
  /** Special tokens that the model expects before a text. */
  prefix?: readonly string[];
  /** How special tokens are found in text, where that is not simply where they are spelled. */
  placements?: ReadonlyMap<string, Placement>;
  /** Whether a piece that is a token is that token, whatever merging makes of it. */
  ignoresMerges?: boolean;
}

/** How an added token of tokenizer.json is found in text. */
export interface Placement {
  /** Takes the white space before it. */
  lstrip?: boolean;
  /** Takes the white space after it. */
  rstrip?: boolean;
  /** Is none where a letter, a digit or an underscore touches it. */
  singleWord?: boolean;
}

export interface Vocabulary {
  /** Id → the token's bytes; undefined where no token has the id. */
  readonly bytesOf: readonly (Uint8Array | undefined)[];
  /** Byte → the id of the token that is this byte alone, or noToken: text loses such a byte. */
  readonly byteIds: Int32Array;
  /** By rank: ids of the left and right token, and of what they make. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly merged: Int32Array;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly prefix: readonly string[];
  readonly placements: ReadonlyMap<string, Placement>;
  /** Pieces, drawn in GPT-2's alphabet, that are a token whatever merging makes of them → id. */
  readonly wholePieces: ReadonlyMap<string, number> | undefined;
  /** How many tokens there are; fewer than `bytesOf.length` where ids are missing. */
  readonly tokenCount: number;
}

/** In place of the id of a byte that no token is for. */
export const noToken = -1;

/** A larger one is a damaged file: tables by id would fill the memory. */
const highestId = 2 ** 24 - 1;

const encoder = new TextEncoder();

/**
 * @param file Named in errors.
 * @throws {FormatError} A byte without a token that text needs, an id given twice, a token with two ids, a merge of or into unknown tokens. Facts: file.
 */
export function toVocabulary(drawn: DrawnVocabulary, file: string): Vocabulary {
  const { ids, merges, specialTokens, prefix = [], placements = new Map<string, Placement>(), ignoresMerges = false } = drawn;
  const bytesOf: (Uint8Array | undefined)[] = [];
  const put = (id: number, token: string, bytes: Uint8Array): void => {
    if (!Number.isInteger(id) || id < 0 || id > highestId) {
      throw broken(file, `the token ${JSON.stringify(token)} has the id ${shown(id)}, not an integer from 0 to ${highestId}`);
    }
    if (bytesOf[id] !== undefined) throw broken(file, `the id ${id} belongs to two tokens, one of them ${JSON.stringify(token)}`);
    bytesOf[id] = bytes;
  };
  for (const [text, id] of specialTokens) {
    if (text === "") throw broken(file, `the special token of id ${shown(id)} is empty`);
    put(id, text, encoder.encode(text));
  }
  for (const token of prefix) {
    if (!specialTokens.has(token)) throw broken(file, `texts begin with ${JSON.stringify(token)}, which is not one of its special tokens`);
  }
  for (const [token, id] of ids) {
    const specialId = specialTokens.get(token);
    if (specialId === id) continue;
    if (specialId !== undefined) throw broken(file, `the special token ${JSON.stringify(token)} has the ids ${specialId} and ${shown(id)}`);
    const bytes = fromAlphabet(token);
    if (!bytes) throw broken(file, `the token ${JSON.stringify(token)} is not written in the alphabet of byte-level BPE`);
    put(id, token, bytes);
  }
  /** @param user Says who needs the token: made only when it is missing, for there are hundreds of thousands. */
  const idOf = (token: string, user: () => string): number => {
    const id = ids.get(token);
    if (id === undefined) throw broken(file, `${user()} needs the token ${JSON.stringify(token)}, which the vocabulary lacks`);
    return id;
  };
  // Hugging Face's trainer lets merges make a special token when text spells it. Here plain text never turns into one, whatever the file says.
  const specialIds = new Set(specialTokens.values());
  const triples = new Int32Array(3 * merges.length);
  let count = 0;
  for (const [rank, [left, right]] of merges.entries()) {
    const name = (): string => `merge ${rank + 1} of ${merges.length}`;
    const triple = [idOf(left, name), idOf(right, name), idOf(left + right, name)];
    if (!specialIds.has(triple[2]!)) triples.set(triple, 3 * count++);
  }
  const column = (at: number): Int32Array => Int32Array.from({ length: count }, (_, rank) => triples[3 * rank + at]!);
  return {
    bytesOf,
    byteIds: Int32Array.from(characterOf, (character, byte) =>
      isDispensable(byte) ? (ids.get(character) ?? noToken) : idOf(character, () => `byte ${byte}`),
    ),
    left: column(0),
    right: column(1),
    merged: column(2),
    specialTokens,
    prefix,
    placements,
    wholePieces: ignoresMerges ? new Map([...ids].filter(([, id]) => !specialIds.has(id))) : undefined,
    tokenCount: bytesOf.reduce((count) => count + 1, 0),
  };
}

/** Control characters other than white space, and bytes that begin no assigned character: some published vocabularies, SmolLM2's for one, lack them. */
const isDispensable = (byte: number): boolean =>
  (byte < 0x20 && ![0x09, 0x0a, 0x0d].includes(byte)) ||
  byte === 0x7f ||
  byte === 0xc0 ||
  byte === 0xc1 ||
  byte === 0xf1 ||
  byte === 0xf2 ||
  byte > 0xf4;

function broken(file: string, what: string): FormatError {
  return new FormatError(`${file}: ${what}`, { hint: "get the file again, or train a tokenizer again", facts: { file, problem: what } });
}
