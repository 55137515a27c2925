/** How text is cut into pieces: GPT-2's way by a hand-written scanner, any other by its regular expression. */
import { ArgumentError } from "../errors.ts";
import { isWellFormed } from "../runtime/check.ts";
import { gpt2PieceEnd } from "./gpt2-scanner.ts";

/** A text as UTF-8 with the ends of its pieces. */
export interface Pieces {
  bytes: Uint8Array;
  /** Bytes of the text; the array may be longer. */
  length: number;
  /** End of the piece that starts at `start`; pieces are asked for in order. */
  endOf: (start: number) => number;
}

export interface Pattern {
  /** The regular expression in the notation of Python's regex module and of Oniguruma. */
  readonly source: string;
  /** Unicode's normal form that a text is brought into before it is cut. */
  readonly normalization?: "NFC";
  cut(text: string): Pieces;
}

const encoder = new TextEncoder(); // writes U+FFFD for surrogates that stand alone

/** GPT-2's pattern (Radford et al. 2019, encoder.py). White space, letters and numbers as Unicode has them. */
export const gpt2Pattern: Pattern = {
  source: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  cut(text) {
    const bytes = encoder.encode(text);
    return { bytes, length: bytes.length, endOf: (start) => gpt2PieceEnd(bytes, start, bytes.length) };
  },
};

/** Digits one by one, and GPT-2's pattern between them, as SmolLM2 has it. */
export const singleDigitsSource: string = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+`;

/**
 * Pieces are the matches of the expression and what is between them.
 *
 * @param source How files write the expression.
 * @throws {ArgumentError} The expression lacks the flag g or u, or matches nothing at all somewhere.
 */
export function regexPattern(expression: RegExp, source: string = expression.source, normalization?: "NFC"): Pattern {
  if (!expression.global || !expression.unicode) {
    throw new ArgumentError(`the pattern ${String(expression)} lacks the flags g and u`, {
      hint: "write it as /…/gu",
      facts: { argument: "pattern", value: expression },
    });
  }
  return {
    source,
    ...(normalization && { normalization }),
    cut(text) {
      const pieces: string[] = [];
      let done = 0;
      if (normalization) text = text.normalize(normalization);
      if (!isWellFormed(text)) text = text.replace(/\p{Surrogate}/gu, "\uFFFD"); // before it is cut, as GPT-2's pattern sees it
      for (const { index, 0: match } of text.matchAll(expression)) {
        if (match === "") {
          throw new ArgumentError(`the pattern ${String(expression)} matches the empty string`, {
            hint: "let it match at least one character",
            facts: { argument: "pattern", value: expression },
          });
        }
        if (index > done) pieces.push(text.slice(done, index));
        pieces.push(match);
        done = index + match.length;
      }
      if (done < text.length) pieces.push(text.slice(done));
      return fromStrings(pieces);
    },
  };
}

function fromStrings(pieces: readonly string[]): Pieces {
  const encoded = pieces.map((piece) => encoder.encode(piece));
  const length = encoded.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (const piece of encoded) {
    bytes.set(piece, filled);
    filled += piece.length;
  }
  let next = 0;
  return { bytes, length, endOf: (start) => start + encoded[next++]!.length };
}
