/** What a PNG shows, as colours on white. */
import { convertIndexedToRgb, decode, type DecodedPng } from "fast-png";

export interface Pixels {
  width: number;
  height: number;
  /** Red, green, blue of each pixel, on white where it is transparent. */
  rgb: Uint8Array;
}

/** A picture of a few bytes may say that it is as large as the memory. */
const mostPixels = 40_000_000;

/** Undefined where the picture cannot be read. */
export function readPng(bytes: Buffer): Pixels | undefined {
  try {
    if (bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > mostPixels) return undefined;
    const png = decode(bytes);
    return { width: png.width, height: png.height, rgb: onWhite(png) };
  } catch {
    return undefined;
  }
}

function onWhite(png: DecodedPng): Uint8Array {
  const { values, channels } = samples(png);
  const rgb = new Uint8Array(png.width * png.height * 3);
  const hasAlpha = channels % 2 === 0;
  for (let pixel = 0; pixel < png.width * png.height; pixel++) {
    const at = pixel * channels;
    const alpha = hasAlpha ? values[at + channels - 1]! : 255;
    for (let channel = 0; channel < 3; channel++) {
      const own = values[channels < 3 ? at : at + channel]!;
      rgb[pixel * 3 + channel] = Math.round((own * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return rgb;
}

/** In bytes: grey, grey and alpha, RGB or RGBA. */
function samples(png: DecodedPng): { values: ArrayLike<number>; channels: number } {
  const { depth, channels, data, width, height } = png;
  const palette = png.palette ?? (depth < 8 ? greys(depth) : undefined);
  if (palette) return { values: convertIndexedToRgb({ ...png, palette }), channels: palette[0]!.length };
  return { values: depth === 16 ? Uint8Array.from({ length: width * height * channels }, (_, at) => data[at]! >> 8) : data, channels };
}

/** Grey pixels of less than a byte are packed as indices into a palette are. */
const greys = (depth: number): [number, number, number][] =>
  Array.from({ length: 2 ** depth }, (_, level) => {
    const grey = Math.round((level * 255) / (2 ** depth - 1));
    return [grey, grey, grey];
  });
