/** A picture by what is compared of it: its size, and the mean colours of its parts. Fonts and drawing libraries differ in the last pixel. */
import { createHash } from "node:crypto";
import { readPng, type Pixels } from "./png.ts";

export interface Picture {
  /** Of its bytes. */
  sha256: string;
  bytes: number;
  /** Missing where the picture cannot be read: then its bytes decide. */
  size?: [width: number, height: number];
  /** Red, green, blue of 32 × 32 parts, in base64. */
  parts?: string;
}

const side = 32;

/** How much the mean colour of a part may differ, of the whole range. One letter more in a figure is 0.05. */
export const usualPictureTolerance = 0.03;

export function pictureOf(type: string, base64: string): Picture {
  const content = Buffer.from(base64, "base64");
  const pixels = type === "image/png" ? readPng(content) : undefined;
  return {
    sha256: createHash("sha256").update(content).digest("hex"),
    bytes: content.length,
    ...(pixels ? { size: [pixels.width, pixels.height], parts: Buffer.from(partsOf(pixels)).toString("base64") } : {}),
  };
}

function partsOf({ width, height, rgb }: Pixels): Uint8Array {
  const sums = new Float64Array(side * side * 3);
  const counts = new Uint32Array(side * side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const part = Math.floor((y * side) / height) * side + Math.floor((x * side) / width);
      counts[part]!++;
      for (let channel = 0; channel < 3; channel++) sums[part * 3 + channel]! += rgb[(y * width + x) * 3 + channel]!;
    }
  }
  return Uint8Array.from(sums, (sum, index) => Math.round(sum / Math.max(1, counts[Math.floor(index / 3)]!)));
}

/** What is different, in words; undefined where they show the same. */
export function pictureDifference(before: Picture, after: Picture, tolerance: number = usualPictureTolerance): string | undefined {
  if (before.sha256 === after.sha256) return undefined;
  if (!before.size || !after.size || before.parts === undefined || after.parts === undefined) return "its bytes differ";
  if (before.size.join() !== after.size.join()) return `it is ${after.size.join(" × ")} pixels large, and was ${before.size.join(" × ")}`;
  const [one, other] = [Buffer.from(before.parts, "base64"), Buffer.from(after.parts, "base64")];
  const differences = Array.from(one, (value, index) => Math.abs(value - (other[index] ?? 0)) / 255);
  const most = Math.max(...differences);
  if (most <= tolerance) return undefined;
  const parts = new Set(differences.flatMap((value, index) => (value > tolerance ? [Math.floor(index / 3)] : []))).size;
  return `${parts} of its ${side * side} parts look different, at most by ${Math.round(most * 100)} %`;
}

export const pictureSummary = ({ bytes, size, sha256 }: Picture): string =>
  `${size ? `${size.join(" × ")} pixels, ` : ""}${Math.ceil(bytes / 1024)} KB, sha256 ${sha256.slice(0, 12)}`;
