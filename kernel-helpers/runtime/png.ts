/** PNG files (ISO/IEC 15948), written at once: what a cell shows cannot wait for a library that answers later. */
import { crc32, deflateSync } from "node:zlib";

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export interface Png {
  width: number;
  height: number;
  /** What the eight bits of a sample are: one of red, green and blue, or the number of a colour. */
  samples: "rgb" | "palette";
  /** Pixels row by row, each row behind a byte for its filter (0: none). */
  lines: Uint8Array;
  /** Chunks between the header and the pixels, such as the palette. */
  chunks?: readonly (readonly [name: string, content: Uint8Array])[];
}

export function encodePng({ width, height, samples, lines, chunks = [] }: Png): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, samples === "rgb" ? 2 : 3], 8);
  const all = [["IHDR", header], ...chunks, ["IDAT", deflateSync(lines)], ["IEND", Buffer.alloc(0)]] as const;
  return Buffer.concat([signature, ...all.map(([name, content]) => chunk(name, content))]);
}

function chunk(name: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
