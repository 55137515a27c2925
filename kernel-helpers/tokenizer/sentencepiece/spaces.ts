/** Spaces as SentencePiece has them: part of the pieces, drawn ▁, with one before the first word; and where a text is cut, which nothing merges across. */
import { isPlainObject as isObject } from "../../runtime/check.ts";
import type { Pieces } from "../pattern.ts";
import { unsupported } from "../refusals.ts";

/** The character that stands for a space. */
export const space = "▁";

export interface Spaces {
  /** Draws the spaces of a normalised text; `isFirst`: the text begins here, rather than after a special token. */
  draw: (text: string, isFirst: boolean) => string;
  /** Whether each ▁ begins a piece. */
  isCut: boolean;
}

type Json = Record<string, unknown>;

/**
 * @param part The pre_tokenizer of tokenizer.json: Metaspace, also after WhitespaceSplit; or none, where the normalizer has drawn the spaces.
 * @throws {FormatError} Another one.
 */
export function readSpaces(part: unknown, normalize: (text: string) => string, file: string): Spaces {
  const parts = isObject(part) && part["type"] === "Sequence" && Array.isArray(part["pretokenizers"]) ? part["pretokenizers"] : [part];
  const [first, second] = parts as unknown[];
  const kinds = parts.filter(Boolean).map((one: unknown) => (isObject(one) ? String(one["type"]) : String(one)));
  if (kinds.length === 0 || (kinds.join() === "Split" && isIdle(first as Json, normalize))) return { draw: (text) => text, isCut: false };
  if (kinds.join() === "Metaspace") return metaspace(first as Json, file);
  if (kinds.join() !== "WhitespaceSplit,Metaspace") throw unsupported(file, `the pre-tokenizers ${kinds.join(", ")}`);
  const { draw, isCut } = metaspace(second as Json, file);
  if (!isCut) throw unsupported(file, "WhitespaceSplit before a Metaspace that does not split");
  return {
    draw: (text, isFirst) => {
      const words = text.split(/\p{White_Space}+/u).filter(Boolean);
      const startsWithWord = isFirst && !/^\p{White_Space}/u.test(text);
      return words.map((word, index) => draw(word, startsWithWord && index === 0)).join("");
    },
    isCut,
  };
}

function metaspace({ replacement, prepend_scheme: scheme, add_prefix_space: older, split }: Json, file: string): Spaces {
  if (replacement !== space) throw unsupported(file, `spaces drawn as ${JSON.stringify(replacement)}`);
  const prepends = scheme ?? (older === false ? "never" : "always");
  return {
    draw: (text, isFirst) => {
      const drawn = text.replaceAll(" ", space);
      const isPrepended = prepends === "always" || (prepends === "first" && isFirst);
      return isPrepended && drawn !== "" && !drawn.startsWith(space) ? space + drawn : drawn;
    },
    isCut: split !== false,
  };
}

/** Gemma's pre-tokenizer cuts at spaces, of which its normalizer leaves none. */
const isIdle = ({ pattern }: Json, normalize: (text: string) => string): boolean =>
  isObject(pattern) && pattern["String"] === " " && !normalize(" ").includes(" ");

const encoder = new TextEncoder(); // writes U+FFFD for surrogates that stand alone

/**
 * Cuts a text before each ▁, but for those after a byte that holds on to it.
 *
 * @param holds By byte: 1 where a piece of the vocabulary may have a ▁ after it.
 */
export function cutAtSpaces(drawn: string, holds: Uint8Array): Pieces {
  const bytes = encoder.encode(drawn);
  const { length } = bytes;
  const endOf = (start: number): number => {
    for (let end = start + 1; end < length; end++) {
      if (bytes[end] === 0xe2 && bytes[end + 1] === 0x96 && bytes[end + 2] === 0x81 && holds[bytes[end - 1]!] === 0) return end;
    }
    return length;
  };
  return { bytes, length, endOf };
}

/** The bytes that hold on to a ▁ in some piece: nothing merges across any other ▁. */
export function bytesBeforeSpaces(pieces: Iterable<string>): Uint8Array {
  const holds = new Uint8Array(256);
  for (const piece of pieces) {
    for (let at = piece.indexOf(space, 1); at > 0; at = piece.indexOf(space, at + 1)) holds[encoder.encode(piece.slice(0, at)).at(-1)!] = 1;
  }
  return holds;
}
