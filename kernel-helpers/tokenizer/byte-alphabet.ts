/**
 * GPT-2's alphabet: each of the 256 bytes has one visible character, so that tokens can be written in JSON and text files. Printable Latin-1 stands for
 * itself; the other 68 bytes, in ascending order, are drawn as U+0100 and on: the space is Ġ (Radford et al. 2019, encoder.py).
 */

/** Byte → its character. */
export const characterOf: readonly string[] = alphabet();

const byteOf = new Map(characterOf.map((character, byte) => [character, byte]));

/** The bytes in the order of their characters: the order of the first 256 ids in GPT-2's vocabulary, and in those that Hugging Face trains. */
export const bytesInOrder: Uint8Array = Uint8Array.from(
  [...characterOf.keys()].toSorted((one, other) => characterOf[one]!.charCodeAt(0) - characterOf[other]!.charCodeAt(0)),
);

function alphabet(): string[] {
  const isPrintable = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

/** Bytes drawn in the alphabet: " the" is Ġthe. */
export function toAlphabet(bytes: Uint8Array): string {
  let drawn = "";
  for (const byte of bytes) drawn += characterOf[byte]!;
  return drawn;
}

/** The bytes that a drawn token stands for; undefined when it has a character outside the alphabet. */
export function fromAlphabet(drawn: string): Uint8Array | undefined {
  const bytes = new Uint8Array(drawn.length);
  for (let at = 0; at < drawn.length; at++) {
    const byte = byteOf.get(drawn[at]!);
    if (byte === undefined) return undefined;
    bytes[at] = byte;
  }
  return bytes;
}
