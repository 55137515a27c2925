/** What a PNG shows: as much of the format as is needed to compare pictures (PNG, third edition, W3C 2025). Adam7 and broken files are not read. */
import { inflateSync } from "node:zlib";

export interface Pixels {
  width: number;
  height: number;
  /** Red, green, blue of each pixel, on white where it is transparent. */
  rgb: Uint8Array;
}

const signature = "89504e470d0a1a0a";
const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const mostPixels = 40_000_000;

interface Header {
  width: number;
  height: number;
  depth: number;
  colour: number;
}

/** Undefined where the picture cannot be read. */
export function readPng(bytes: Buffer): Pixels | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function decode(bytes: Buffer): Pixels | undefined {
  if (bytes.toString("hex", 0, 8) !== signature) return undefined;
  const header = { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), depth: bytes[24]!, colour: bytes[25]! };
  const isInterlaced = bytes[28] !== 0;
  const { width, height } = header;
  if (isInterlaced || channelsOf[header.colour] === undefined || width * height === 0 || width * height > mostPixels) return undefined;
  const data: Buffer[] = [];
  let palette: Buffer = Buffer.alloc(0);
  let alpha: Buffer = Buffer.alloc(0);
  for (let at = 8; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (type === "IDAT") data.push(content);
    if (type === "PLTE") palette = content;
    if (type === "tRNS") alpha = content;
    at += length + 12;
  }
  return { width, height, rgb: toRgb(unfilter(inflateSync(Buffer.concat(data)), header), header, palette, alpha) };
}

/** Rows without their filters. */
function unfilter(raw: Buffer, { width, height, depth, colour }: Header): Uint8Array {
  const bitsPerPixel = channelsOf[colour]! * depth;
  const bytesPerPixel = Math.max(1, bitsPerPixel >> 3);
  const stride = Math.ceil((width * bitsPerPixel) / 8);
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]!;
    for (let x = 0; x < stride; x++) {
      const left = x < bytesPerPixel ? 0 : out[y * stride + x - bytesPerPixel]!;
      const up = y === 0 ? 0 : out[(y - 1) * stride + x]!;
      const corner = y === 0 || x < bytesPerPixel ? 0 : out[(y - 1) * stride + x - bytesPerPixel]!;
      out[y * stride + x] = raw[y * (stride + 1) + 1 + x]! + predicted(filter, left, up, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function toRgb(rows: Uint8Array, { width, height, depth, colour }: Header, palette: Buffer, alphas: Buffer): Uint8Array {
  const channels = channelsOf[colour]!;
  const stride = Math.ceil((width * channels * depth) / 8);
  const rgb = new Uint8Array(width * height * 3);
  const sample = (y: number, index: number): number => {
    if (depth === 16) return rows[y * stride + 2 * index]!;
    if (depth === 8) return rows[y * stride + index]!;
    const bit = index * depth;
    const value = (rows[y * stride + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    return colour === 3 ? value : Math.round((value * 255) / ((1 << depth) - 1));
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const first = x * channels;
      const value = sample(y, first);
      const grey = colour === 0 || colour === 4;
      const alpha = colour === 3 ? (alphas[value] ?? 255) : colour === 4 ? sample(y, first + 1) : colour === 6 ? sample(y, first + 3) : 255;
      for (let channel = 0; channel < 3; channel++) {
        const own = colour === 3 ? (palette[value * 3 + channel] ?? 0) : grey ? value : sample(y, first + channel);
        rgb[(y * width + x) * 3 + channel] = Math.round((own * alpha + 255 * (255 - alpha)) / 255);
      }
    }
  }
  return rgb;
}
