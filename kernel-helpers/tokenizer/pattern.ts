/** How text is cut into pieces: GPT-2's way by a hand-written scanner, any other by regular expressions. */
import { ArgumentError } from "../errors.ts";
import { isWellFormed } from "../runtime/check.ts";
import { gpt2PieceEnd } from "./gpt2-scanner.ts";
import { toJavaScript } from "./regex-dialect.ts";

/** A text as UTF-8 with the ends of its pieces. */
export interface Pieces {
  bytes: Uint8Array;
  /** Bytes of the text; the array may be longer. */
  length: number;
  /** End of the piece that starts at `start`; pieces are asked for in order. */
  endOf: (start: number) => number;
}

/** Pieces are the matches of an expression, and what lies between them. */
export interface PatternStep {
  /** The expression in the notation of Python's regex module and of Oniguruma. */
  readonly source: string;
  /** Otherwise what lies between the matches is left out of the text. */
  readonly keepsRest: boolean;
}

/** Unicode's normal form that a text is brought into before it is cut. */
export type Normalization = "NFC" | "NFD" | "NFKC" | "NFKD";

export interface Pattern {
  /** Each step cuts the pieces of the one before. */
  readonly steps: readonly PatternStep[];
  readonly normalization?: Normalization;
  cut(text: string): Pieces;
}

const encoder = new TextEncoder(); // writes U+FFFD for surrogates that stand alone

/** GPT-2's expression (Radford et al. 2019, encoder.py). */
export const gpt2Source: string = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** GPT-2's pattern: white space, letters and numbers as Unicode has them. */
export const gpt2Pattern: Pattern = {
  steps: [{ source: gpt2Source, keepsRest: true }],
  cut(text) {
    const bytes = encoder.encode(text);
    return { bytes, length: bytes.length, endOf: (start) => gpt2PieceEnd(bytes, start, bytes.length) };
  },
};

/**
 * A pattern of one step or several.
 *
 * @param file Named in errors.
 * @throws {FormatError} JavaScript cannot read an expression.
 * @throws {ArgumentError} When it cuts: an expression matches nothing at all somewhere.
 */
export function regexPattern(sources: readonly (string | PatternStep)[], file: string, normalization?: Normalization): Pattern {
  const steps = sources.map((step) => (typeof step === "string" ? { source: step, keepsRest: true } : step));
  const expressions = steps.map(({ source }) => toJavaScript(source, file));
  return {
    steps,
    ...(normalization && { normalization }),
    cut(text) {
      if (normalization) text = text.normalize(normalization);
      if (!isWellFormed(text)) text = text.replace(/\p{Surrogate}/gu, "\uFFFD"); // before it is cut, as GPT-2's pattern sees it
      let pieces = text === "" ? [] : [text];
      for (const [index, step] of steps.entries()) pieces = pieces.flatMap((piece) => cutByStep(piece, step, expressions[index]!));
      return fromStrings(pieces);
    },
  };
}

function cutByStep(text: string, { source, keepsRest }: PatternStep, expression: RegExp): string[] {
  const pieces: string[] = [];
  let done = 0;
  for (const { index, 0: match } of text.matchAll(expression)) {
    if (match === "") {
      throw new ArgumentError(`the pattern ${source} matches the empty string`, {
        hint: "let it match at least one character",
        facts: { argument: "pattern", value: source },
      });
    }
    if (keepsRest && index > done) pieces.push(text.slice(done, index));
    pieces.push(match);
    done = index + match.length;
  }
  if (keepsRest && done < text.length) pieces.push(text.slice(done));
  return pieces;
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
