/** Text files are UTF-8. What is not is refused with the byte, the line and what the file looks like, instead of turning into U+FFFD. */
import { readFile } from "node:fs/promises";
import { FormatError } from "../errors.ts";
import { checkText } from "./check.ts";
import { unreadable } from "./files.ts";
import { likenessOf, signatureOf, type Likeness } from "./looks-like.ts";

/**
 * The text of a UTF-8 file, without its byte-order mark.
 *
 * @throws {UnavailableError} There is no such file, or it cannot be read.
 * @throws {FormatError} It is not UTF-8. Facts: file, offset, line, looksLike.
 */
export async function readUtf8(file: string, argument: string = "file"): Promise<string> {
  checkText(argument, file, { allowEmpty: false, hint: "pass the path of a file" });
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  return decodeUtf8(bytes, file);
}

/** @param file Named in errors. */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  const signature = signatureOf(bytes);
  if (signature) throw notUtf8(file, bytes, 0, signature);
  const offset = invalidUtf8(bytes);
  if (offset !== undefined) throw notUtf8(file, bytes, offset, isCutShort(bytes, offset) ? cutShort : likenessOf(bytes));
  return new TextDecoder().decode(bytes);
}

const cutShort: Likeness = { name: "UTF-8 text that was cut off within a character" };

/** Whether the text, which has such characters before, ends with the first bytes of a character of several bytes. */
function isCutShort(bytes: Uint8Array, offset: number): boolean {
  const [lead, ...rest] = bytes.subarray(offset, offset + 4);
  return (
    offset + rest.length + 1 === bytes.length &&
    rest.length < 3 &&
    lead! >= 0xc2 &&
    rest.every((byte) => (byte & 0xc0) === 0x80) &&
    bytes.subarray(0, offset).some((byte) => byte >= 0x80)
  );
}

function notUtf8(file: string, bytes: Uint8Array, offset: number, { name, encoding }: Likeness): FormatError {
  const line = bytes.subarray(0, offset).reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 1);
  const byte = `0x${bytes[offset]!.toString(16).toUpperCase().padStart(2, "0")}`;
  const isDecodable = encoding !== undefined && !encoding.startsWith("utf-32");
  return new FormatError(`${file} is not UTF-8 text: byte ${byte} at offset ${offset}, line ${line}; it looks like ${name}`, {
    hint: isDecodable
      ? `save it as UTF-8, or decode it yourself: new TextDecoder("${encoding}").decode(await readFile(file))`
      : encoding === undefined
        ? "check that it is the file you meant, and unpack or convert it first"
        : "save it as UTF-8",
    facts: { file, offset, line, looksLike: name, encoding },
  });
}

/** Where the first sequence starts that UTF-8 does not have (Unicode 16, table 3-7), as Python reports it; undefined when there is none. */
export function invalidUtf8(bytes: Uint8Array): number | undefined {
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const width = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (width === 0 || at + width > bytes.length) return at;
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80; // shorter forms of what fits into fewer bytes
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf; // surrogates, and beyond U+10FFFF
    if (bytes[at + 1]! < least || bytes[at + 1]! > most) return at;
    for (let next = at + 2; next < at + width; next++) if ((bytes[next]! & 0xc0) !== 0x80) return at;
    at += width;
  }
  return undefined;
}
