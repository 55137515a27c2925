/** Tokens made readable: many hold only a part of a character, which no string can show. */

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes as text; those that do not belong to a whole character as <0xE5>, the way SentencePiece writes them. */
export function readable(bytes: Uint8Array): string {
  let shown = "";
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at]!;
    const width = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const character = decodeOrNothing(bytes.subarray(at, at + width));
    shown += character ?? `<0x${lead.toString(16).toUpperCase().padStart(2, "0")}>`;
    at += character === undefined ? 1 : width;
  }
  return shown;
}

function decodeOrNothing(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
