/** Image files as pixels. sharp (libvips) decodes them. */
import { existsSync } from "node:fs";
import { FormatError, UnavailableError } from "../../errors.ts";
import { argumentError, checkInteger, checkOptions } from "../../runtime/check.ts";
import { RgbImage } from "./rgb-image.ts";

/** The path of a file, a `file:` URL, or the file's bytes. */
export type ImageSource = string | URL | Uint8Array;

export interface ReadImageOptions {
  /** An image of more pixels is refused: a small file can claim an enormous one. @default 100 million */
  maxPixels?: number;
}

/**
 * An image of any usual kind: JPEG, PNG, WebP, GIF (its first frame), TIFF, AVIF, SVG. Turned upright as its EXIF data says, in sRGB, on white where it is
 * transparent.
 *
 * @throws {UnavailableError} There is no such file.
 * @throws {FormatError} It is not an image, it is cut short or corrupt, or it has more than `maxPixels`. Facts: file, reason.
 */
export async function readImage(source: ImageSource, options: ReadImageOptions = {}): Promise<RgbImage> {
  checkOptions("options", options, ["maxPixels"]);
  const limitInputPixels = checkInteger("maxPixels", options.maxPixels ?? 100_000_000, { min: 1 });
  const isFile = typeof source === "string" || source instanceof URL;
  if (!isFile && !(source instanceof Uint8Array)) throw argumentError("source", "a file's path or its bytes", source);
  const place = source instanceof URL ? source.pathname : source;
  if (typeof place === "string" && !existsSync(place)) {
    throw new UnavailableError(`there is no file ${place}`, {
      hint: "check the path; it starts at the working folder",
      facts: { file: place },
    });
  }
  const { default: sharp } = await import("sharp");
  try {
    const { data, info } = await sharp(place, { limitInputPixels, failOn: "truncated" })
      .autoOrient()
      .toColourspace("srgb")
      .flatten({ background: "white" })
      .removeAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return new RgbImage(threeChannels(data, info.channels), info);
  } catch (error) {
    const reason = (error as Error).message.trim().split("\n")[0]!;
    throw new FormatError(`${typeof place === "string" ? place : "the image"} cannot be read: ${reason}`, {
      hint: /pixel limit/.test(reason) ? "pass a larger maxPixels" : "is the file whole, and an image?",
      cause: error,
      facts: { file: typeof place === "string" ? place : undefined, reason },
    });
  }
}

function threeChannels(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data);
  const result = new Uint8Array((data.length / channels) * 3);
  for (let pixel = 0; pixel * 3 < result.length; pixel++) result.fill(data[pixel * channels]!, pixel * 3, pixel * 3 + 3); // grey
  return result;
}
