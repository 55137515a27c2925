/** Tokens made readable: many hold only a part of a character, which no string can show. */

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The bytes as text; those that belong to no whole character as <0xE5>, the way SentencePiece writes them. */
export function readable(bytes: Uint8Array): string {
  let shown = "";
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    shown += length > 0 ? decoder.decode(bytes.subarray(at, at + length)) : `<0x${bytes[at]!.toString(16).toUpperCase().padStart(2, "0")}>`;
    at += Math.max(1, length);
  }
  return shown;
}

/** Bytes of the well-formed UTF-8 character at `at`; 0 when there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length < 2) return length;
  const character = bytes.subarray(at, at + length);
  // Overlong forms and surrogates decode to several U+FFFD; a true U+FFFD is EF BF BD.
  const text = decoder.decode(character);
  return character.length === length && (text !== "\uFFFD" || lead === 0xef) && [...text].length === 1 ? length : 0;
}
