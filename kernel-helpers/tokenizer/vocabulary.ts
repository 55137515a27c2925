/** What a byte-level BPE tokenizer knows: its tokens as bytes, and which two tokens merge into which third, in order of preference. */
import { FormatError } from "../errors.ts";
import { characterOf, fromAlphabet } from "./byte-alphabet.ts";

/** A vocabulary as its files have it: tokens drawn in GPT-2's alphabet. */
export interface DrawnVocabulary {
  /** Token → id. */
  ids: ReadonlyMap<string, number>;
  /** Pairs of tokens, the most preferred first. */
  merges: readonly (readonly [string, string])[];
  /** Tokens that merging never makes, such as <|endoftext|>, as plain text → id. */
  specialTokens: ReadonlyMap<string, number>;
}

export interface Vocabulary {
  /** Id → the token's bytes; undefined where no token has the id. */
  readonly bytesOf: readonly (Uint8Array | undefined)[];
  /** Byte → the id of the token that is this byte alone. */
  readonly byteIds: Int32Array;
  /** By rank: ids of the left and right token, and of what they make. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly merged: Int32Array;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly size: number;
}

const encoder = new TextEncoder();

/**
 * @param file Named in errors.
 * @throws {FormatError} A byte without token, an id given twice, a merge of or into unknown tokens.
 */
export function toVocabulary({ ids, merges, specialTokens }: DrawnVocabulary, file: string): Vocabulary {
  const bytesOf: (Uint8Array | undefined)[] = [];
  const put = (id: number, token: string, bytes: Uint8Array): void => {
    if (!Number.isInteger(id) || id < 0 || id > 0x7fffffff) throw broken(file, `the token ${JSON.stringify(token)} has the id ${id}`);
    if (bytesOf[id] !== undefined) throw broken(file, `the id ${id} belongs to two tokens, one of them ${JSON.stringify(token)}`);
    bytesOf[id] = bytes;
  };
  for (const [text, id] of specialTokens) put(id, text, encoder.encode(text));
  for (const [drawn, id] of ids) {
    if (specialTokens.get(drawn) === id) continue;
    const bytes = fromAlphabet(drawn);
    if (!bytes) throw broken(file, `the token ${JSON.stringify(drawn)} is not written in the alphabet of byte-level BPE`);
    put(id, drawn, bytes);
  }
  const idOf = (drawn: string, place: string): number => {
    const id = ids.get(drawn);
    if (id === undefined) throw broken(file, `${place} needs the token ${JSON.stringify(drawn)}, which the vocabulary lacks`);
    return id;
  };
  const place = (rank: number): string => `merge ${rank + 1} of ${merges.length}`;
  return {
    bytesOf,
    byteIds: Int32Array.from(characterOf, (character, byte) => idOf(character, `byte ${byte}`)),
    left: Int32Array.from(merges, ([left], rank) => idOf(left, place(rank))),
    right: Int32Array.from(merges, ([, right], rank) => idOf(right, place(rank))),
    merged: Int32Array.from(merges, ([left, right], rank) => idOf(left + right, place(rank))),
    specialTokens,
    size: bytesOf.reduce((count) => count + 1, 0),
  };
}

function broken(file: string, what: string): FormatError {
  return new FormatError(`${file}: ${what}`, { hint: "restore the file from where it came, or train a tokenizer anew" });
}
