/** Pictures as numbers: three bytes for each pixel. */
import { ArgumentError } from "../../errors.ts";
import { argumentError, checkInteger, checkObject, checkOptions } from "../../runtime/check.ts";
import { encodePng } from "../../runtime/png.ts";
import { displayable } from "../../runtime/printable.ts";
import { resizePixels, type ResizeFilter } from "./resize.ts";

export interface ImageSize {
  width: number;
  height: number;
}

/** A part of an image, in pixels from its upper left corner. */
export interface ImageRegion extends ImageSize {
  left: number;
  top: number;
}

export interface ResizeOptions {
  /** How pixels are mixed: nearest, box, bilinear, bicubic or lanczos. @default "bicubic" */
  filter?: ResizeFilter;
}

/** An image of red, green and blue, 8 bits each. It is never written to. As the last line of a cell it shows itself. */
export class RgbImage {
  readonly width: number;
  readonly height: number;
  /** Row by row from the top, (height, width, 3). */
  readonly data: Uint8Array;

  /** @throws {ArgumentError} There are not three bytes for each pixel. */
  constructor(data: Uint8Array, { width, height }: ImageSize) {
    if (!(data instanceof Uint8Array)) throw argumentError("data", "a Uint8Array of red, green and blue for each pixel", data);
    this.width = checkInteger("width", width, { min: 1 });
    this.height = checkInteger("height", height, { min: 1 });
    if (data.length !== width * height * 3) {
      throw new ArgumentError(`${width} × ${height} pixels take ${width * height * 3} bytes, not ${data.length}`, {
        hint: "give red, green and blue of each pixel, and no alpha",
        facts: { argument: "data", expected: width * height * 3, value: data.length },
      });
    }
    this.data = data;
    displayable(this, () => ({ "image/png": Buffer.from(this.png()).toString("base64"), "text/plain": String(this) }));
  }

  /** Another size, as Pillow computes it, byte for byte; made smaller, each pixel is a mean of those that it covers. */
  resize(size: ImageSize, options: ResizeOptions = {}): RgbImage {
    checkOptions("options", options, ["filter"]);
    const { width, height } = checkSize("size", size);
    return new RgbImage(resizePixels(this, { width, height }, options.filter ?? "bicubic"), { width, height });
  }

  /** A part of it. @throws {ArgumentError} The part reaches beyond the image. */
  crop(region: ImageRegion): RgbImage {
    const { width, height } = checkSize("region", region);
    const left = checkInteger("region.left", region.left, { min: 0, max: this.width - width });
    const top = checkInteger("region.top", region.top, { min: 0, max: this.height - height });
    const part = new Uint8Array(width * height * 3);
    for (let row = 0; row < height; row++) {
      const start = ((top + row) * this.width + left) * 3;
      part.set(this.data.subarray(start, start + width * 3), row * width * 3);
    }
    return new RgbImage(part, { width, height });
  }

  /** Turned clockwise by a quarter of a circle so many times. */
  rotate(quarters: number): RgbImage {
    const turns = ((checkInteger("quarters", quarters) % 4) + 4) % 4;
    if (turns === 0) return this;
    const [width, height] = turns === 2 ? [this.width, this.height] : [this.height, this.width];
    const turned = new Uint8Array(this.data.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [fromX, fromY] =
          turns === 1 ? [y, this.height - 1 - x] : turns === 2 ? [width - 1 - x, height - 1 - y] : [this.width - 1 - y, x];
        const from = (fromY * this.width + fromX) * 3;
        const to = (y * width + x) * 3;
        for (let channel = 0; channel < 3; channel++) turned[to + channel] = this.data[from + channel]!;
      }
    }
    return new RgbImage(turned, { width, height });
  }

  /** As a PNG file. */
  png(): Uint8Array {
    const { width, height, data } = this;
    const row = width * 3;
    const lines = new Uint8Array(height * (row + 1));
    for (let y = 0; y < height; y++) lines.set(data.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
    return encodePng({ width, height, samples: "rgb", lines });
  }

  toString(): string {
    return `RgbImage(${this.width} × ${this.height})`;
  }
}

function checkSize(argument: string, size: ImageSize): ImageSize {
  checkObject(argument, size, { hint: "pass { width, height }" });
  return {
    width: checkInteger(`${argument}.width`, size.width, { min: 1, max: 65_535 }),
    height: checkInteger(`${argument}.height`, size.height, { min: 1, max: 65_535 }),
  };
}
