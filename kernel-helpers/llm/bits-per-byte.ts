/** The loss of language models with different vocabularies, on one scale. */
import { ArgumentError } from "../errors.ts";

/**
 * Bits a byte: the bits that the model needs for a text, divided by the text's length in UTF-8. It compares models whatever they predict
 * (characters, bytes, BPE tokens), where nats a symbol do not: a model of longer symbols has more to say with each.
 *
 *   bits a byte = nats a symbol · symbols / ln 2 / bytes
 *
 * @param natsPerSymbol Mean loss, as cross-entropy gives it.
 * @param symbols How many symbols the mean is taken over: those of the text.
 * @param bytes Length of the same text in UTF-8.
 * @throws {ArgumentError} No symbols or no bytes.
 * @example
 * bitsPerByte(Math.log(256), 1000, 1000) // 8
 */
export function bitsPerByte(natsPerSymbol: number, symbols: number, bytes: number): number {
  if (symbols > 0 && bytes > 0) return (natsPerSymbol * symbols) / Math.LN2 / bytes;
  throw new ArgumentError(`a text of ${symbols} symbols in ${bytes} bytes has no bits a byte`, {
    hint: "count the symbols that were predicted and the bytes of the same text, new TextEncoder().encode(text).length",
  });
}
