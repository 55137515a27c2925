/** Images as a network takes them: of one size, as floats that are normalised, channels first. */
import { argumentError, checkArray, checkChoice, checkInstance, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import { RgbImage } from "./rgb-image.ts";
import type { ResizeFilter } from "./resize.ts";

export interface PrepareOptions {
  /** Side of the square that the network takes, in pixels. */
  size: number;
  /**
   * How the image becomes a square: "crop" makes its shorter side `shortest` long and takes the middle, as torchvision does; "stretch" changes its proportions;
   * "pad" makes the longer side fit and fills up with the mean.
   *
   * @default "crop"
   */
  fit?: "crop" | "stretch" | "pad";
  /** Of "crop": length of the shorter side before the middle is taken. @default size / 0.875, as for ImageNet */
  shortest?: number;
  /** @default "bicubic" */
  filter?: ResizeFilter;
  /** Taken from red, green and blue, which are 0 to 1. @default ImageNet's, 0.485, 0.456, 0.406 */
  mean?: readonly number[];
  /** Then divided by. @default ImageNet's, 0.229, 0.224, 0.225 */
  std?: readonly number[];
}

export const imagenet: { readonly mean: readonly number[]; readonly std: readonly number[] } = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** The square part of an image, or all of it, in the size that a network takes. */
export function squareOf(image: RgbImage, options: PrepareOptions): RgbImage {
  checkInstance("image", image, RgbImage, { hint: "read it with readImage" });
  checkOptions("options", options, ["size", "fit", "shortest", "filter", "mean", "std"]);
  const size = checkInteger("size", options.size, { min: 1 });
  const filter = options.filter ?? "bicubic";
  const fit = checkChoice("fit", options.fit ?? "crop", ["crop", "stretch", "pad"]);
  if (fit === "stretch") return image.resize({ width: size, height: size }, { filter });
  if (fit === "crop") {
    const shortest = checkInteger("shortest", options.shortest ?? Math.floor(size / 0.875), { min: size });
    const whole = image.resize(scaled(image, shortest / Math.min(image.width, image.height), shortest), { filter });
    const [left, top] = [Math.round((whole.width - size) / 2), Math.round((whole.height - size) / 2)];
    return whole.crop({ left, top, width: size, height: size });
  }
  const whole = image.resize(scaled(image, size / Math.max(image.width, image.height), 1, size), { filter });
  const ground = (options.mean ?? imagenet.mean).map((each) => Math.round(each * 255));
  const square = Uint8Array.from({ length: size * size * 3 }, (_, at) => ground[at % 3]!);
  const [left, top] = [(size - whole.width) >> 1, (size - whole.height) >> 1];
  for (let row = 0; row < whole.height; row++) {
    square.set(whole.data.subarray(row * whole.width * 3, (row + 1) * whole.width * 3), ((top + row) * size + left) * 3);
  }
  return new RgbImage(square, { width: size, height: size });
}

/** Both sides by the same factor, cut to whole pixels as torchvision does. */
const scaled = ({ width, height }: RgbImage, factor: number, least: number, most = Infinity): { width: number; height: number } => ({
  width: Math.min(most, Math.max(least, Math.trunc(width * factor + 1e-9))),
  height: Math.min(most, Math.max(least, Math.trunc(height * factor + 1e-9))),
});

/** (value / 255 − mean) / std of each channel, channels first: (3, height, width). */
export function normalizePixels(
  image: RgbImage,
  { mean = imagenet.mean, std = imagenet.std }: Pick<PrepareOptions, "mean" | "std"> = {},
): Float32Array {
  checkInstance("image", image, RgbImage, { hint: "read it with readImage" });
  if (checkArray("mean", mean, (name, each) => checkNumber(name, each)).length !== 3) throw argumentError("mean", "three numbers", mean);
  if (checkArray("std", std, (name, each) => checkNumber(name, each, { above: 0 })).length !== 3)
    throw argumentError("std", "three numbers", std);
  const pixels = image.width * image.height;
  const result = new Float32Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    const [scale, shift] = [1 / (255 * std[channel]!), mean[channel]! / std[channel]!];
    for (let pixel = 0; pixel < pixels; pixel++) result[channel * pixels + pixel] = image.data[pixel * 3 + channel]! * scale - shift;
  }
  return result;
}

/** An image as a network takes it, (3, size, size). */
export function prepareImage(image: RgbImage, options: PrepareOptions): Float32Array {
  return normalizePixels(squareOf(image, options), options);
}
