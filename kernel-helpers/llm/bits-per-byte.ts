/** The loss of language models with different vocabularies, on one scale. */
import { argumentError, checkInteger } from "../runtime/check.ts";

/**
 * Bits per byte: how many bits the model needs for a text, divided by the text's length in UTF-8. It compares models whatever they predict
 * (characters, bytes, BPE tokens), where nats per symbol do not: a model of longer symbols says more with each.
 *
 *   bits per byte = nats per symbol · symbols / ln 2 / bytes
 *
 * @param natsPerSymbol Mean loss, as cross-entropy gives it; infinite when the model holds a symbol for impossible.
 * @param symbols How many symbols the mean is taken over: those of the text.
 * @param bytes Length of the same text in UTF-8.
 * @throws {ArgumentError} A loss that is negative or NaN, or no symbols or bytes.
 * @example
 * bitsPerByte(Math.log(256), 1000, 1000) // 8
 */
export function bitsPerByte(natsPerSymbol: number, symbols: number, bytes: number): number {
  if (typeof natsPerSymbol !== "number" || !(natsPerSymbol >= 0)) throw argumentError("natsPerSymbol", "a number ≥ 0", natsPerSymbol);
  checkInteger("symbols", symbols, { min: 1, hint: "count the symbols that were predicted" });
  checkInteger("bytes", bytes, { min: 1, hint: "count the bytes of the same text: new TextEncoder().encode(text).length" });
  return (natsPerSymbol * symbols) / Math.LN2 / bytes;
}
