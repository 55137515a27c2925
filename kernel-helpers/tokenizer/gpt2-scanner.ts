/**
 * GPT-2's way to cut text into pieces before BPE, which merges only within a piece:
 *
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * read off UTF-8 by hand: several times as fast as the regular expression, to which a property test holds it.
 */
import { basicPlane, classOf, letter, space } from "./character-classes.ts";

const apostrophe = 0x27;
const blank = 0x20;

/** Class of the character that starts at `at`. */
function classAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return basicPlane[lead]!;
  if (lead < 0xe0) return basicPlane[((lead & 0x1f) << 6) | (bytes[at + 1]! & 0x3f)]!;
  const middle = ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f);
  if (lead < 0xf0) return basicPlane[((lead & 0x0f) << 12) | middle]!;
  return classOf(((lead & 7) << 18) | (middle << 6) | (bytes[at + 3]! & 0x3f));
}

/** Bytes of the character whose first byte is `lead`. */
function widthOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** Where the run of characters of one class that goes on at `at` ends. */
function runEnd(bytes: Uint8Array, at: number, end: number, kind: number): number {
  while (at < end) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      if (basicPlane[lead] !== kind) return at;
      at++;
    } else {
      if (classAt(bytes, at) !== kind) return at;
      at += widthOf(lead);
    }
  }
  return end;
}

/** Length of the contraction that starts at an apostrophe: 's 't 'm 'd, 're 've 'll; 0 when there is none. */
function contraction(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return 0;
  const first = bytes[at + 1]!;
  if (first === 0x73 || first === 0x74 || first === 0x6d || first === 0x64) return 2;
  if (at + 2 >= end) return 0;
  const second = bytes[at + 2]!;
  if (second === 0x65 && (first === 0x72 || first === 0x76)) return 3;
  return first === 0x6c && second === 0x6c ? 3 : 0;
}

/**
 * End of the piece that starts at `start`.
 *
 * @param bytes Well-formed UTF-8 up to `end`.
 * @param start First byte of a character, before `end`.
 */
export function gpt2PieceEnd(bytes: Uint8Array, start: number, end: number): number {
  const lead = bytes[start]!;
  const kind = classAt(bytes, start);
  if (kind === letter) return runEnd(bytes, start, end, letter);
  if (kind !== space) {
    const short = lead === apostrophe ? contraction(bytes, start, end) : 0;
    return short > 0 ? start + short : runEnd(bytes, start, end, kind);
  }
  if (lead === blank && start + 1 < end) {
    const next = classAt(bytes, start + 1);
    if (next !== space) return runEnd(bytes, start + 1, end, next);
  }
  const runStop = runEnd(bytes, start, end, space);
  if (runStop === end) return end;
  let last = runStop - 1; // the last white space goes to what follows, unless it is the only one
  while ((bytes[last]! & 0xc0) === 0x80) last--;
  return last > start ? last : runStop;
}
