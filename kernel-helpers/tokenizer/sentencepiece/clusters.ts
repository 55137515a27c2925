/** Clusters of characters, such as a letter with its accents (Unicode Standard Annex 29), asked for only where there may be one: asking is slow. */

/** Characters without which each character is a cluster of its own. */
const joining =
  /[\p{M}\p{Grapheme_Extend}\p{Cf}\p{RI}\p{Emoji_Modifier}\r\u0e33\u0eb3\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u0d4e\u{111c2}\u{111c3}\u{1193f}\u{11941}\u{11a3a}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}]/u;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** By character of the basic plane: whether it joins; made at first use. */
let table: Uint8Array | undefined;

function joins(text: string, at: number): boolean {
  table ??= Uint8Array.from({ length: 0x10000 }, (_, unit) => (joining.test(String.fromCharCode(unit)) ? 1 : 0));
  const unit = text.charCodeAt(at);
  return (unit & 0xf800) === 0xd800 ? joining.test(text.slice(at, endOfCharacter(text, at))) : table[unit] === 1;
}

export const endOfCharacter = (text: string, at: number): number => (text.codePointAt(at)! > 0xffff ? at + 2 : at + 1);

/** The end of the stretch from `start` on in which of two neighbours one joins: one character where nothing does. */
export function endOfRun(text: string, start: number): number {
  let end = endOfCharacter(text, start);
  for (let joined = joins(text, start); end < text.length; end = endOfCharacter(text, end)) {
    const next = joins(text, end);
    if (!joined && !next) break;
    joined = next;
  }
  return end;
}

export const clustersOf = (run: string): string[] => Array.from(segmenter.segment(run), ({ segment }) => segment);
