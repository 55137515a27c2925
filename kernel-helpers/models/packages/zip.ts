/**
 * Members of a zip archive (PKWARE APPNOTE 6.3, 4.3), inflated by zlib in its own threads and piece by piece, so that 500 MB of a library keep nobody
 * waiting and are never in memory as a whole. Wheels need no more than this: no encryption, no ZIP64.
 */
import { Readable } from "node:stream";
import { createInflateRaw } from "node:zlib";
import { FormatError } from "../../errors.ts";

export interface ZipMember {
  name: string;
  content: () => AsyncIterable<Uint8Array>;
}

const stored = 0;
const deflated = 8;

/** In the order of the central directory. */
export function zipMembers(zip: Buffer): ZipMember[] {
  const end = zip.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
  if (end < 0) throw notZip("it has no end of central directory");
  const members: ZipMember[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    if (zip.toString("latin1", at, at + 4) !== "PK\u0001\u0002") throw notZip(`there is no entry of the central directory at byte ${at}`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    const header = { method: zip.readUInt16LE(at + 10), packed: zip.readUInt32LE(at + 20), local: zip.readUInt32LE(at + 42) };
    members.push({ name, content: () => contentOf(zip, name, header) });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return members;
}

function contentOf(zip: Buffer, name: string, header: { method: number; packed: number; local: number }): AsyncIterable<Uint8Array> {
  const { method, packed, local } = header;
  const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const bytes = zip.subarray(from, from + packed);
  if (method === stored) return Readable.from([bytes]);
  if (method === deflated) return Readable.from([bytes]).pipe(createInflateRaw({ chunkSize: 1 << 20 })) as AsyncIterable<Uint8Array>;
  throw notZip(`${name} is packed with method ${method}`);
}

function notZip(what: string): FormatError {
  return new FormatError(`the archive cannot be read: ${what}`, { hint: "only stored and deflated members are read" });
}
