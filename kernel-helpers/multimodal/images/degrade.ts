/** What scanners and cameras do to a page, with a seed: so that OCR is measured on more than clean pages. */
import { checkBoolean, checkInstance, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import { createRandom } from "../../runtime/random.ts";
import { RgbImage } from "./rgb-image.ts";

export interface DegradeOptions {
  seed: number;
  /** Degrees by which the page is turned, clockwise; what comes into view is white. @default 0 */
  angle?: number;
  /** Standard deviation of what is added to each value of 0 to 255. @default 0 */
  noise?: number;
  /** What is left of the resolution, above 0 and at most 1: the page is made smaller by it, and large again. @default 1 */
  resolution?: number;
  /** Whether it is a photograph of a screen: in perspective, darker to one side, with stripes where the grids of pixels beat (moiré). @default false */
  screen?: boolean;
}

export function degrade(image: RgbImage, options: DegradeOptions): RgbImage {
  checkInstance("image", image, RgbImage, { hint: "read it with readImage" });
  checkOptions("options", options, ["seed", "angle", "noise", "resolution", "screen"]);
  const random = createRandom(checkInteger("seed", options.seed, { min: 0 }));
  const angle = checkNumber("angle", options.angle ?? 0, { min: -360, max: 360 });
  const noise = checkNumber("noise", options.noise ?? 0, { min: 0 });
  const resolution = checkNumber("resolution", options.resolution ?? 1, { above: 0, max: 1 });
  const screen = checkBoolean("screen", options.screen ?? false);
  let { width, height } = image;
  let result = image;
  if (resolution < 1) {
    const small = { width: Math.max(1, Math.round(width * resolution)), height: Math.max(1, Math.round(height * resolution)) };
    result = image.resize(small, { filter: "bilinear" }).resize({ width, height });
  }
  if (angle !== 0) result = turned(result, (angle * Math.PI) / 180);
  if (screen) result = inPerspective(result, 0.00012 * (random.next() > 0.5 ? 1 : -1));
  ({ width, height } = result);
  const stripes = screen
    ? { period: 2.7 + random.next(), tilt: 0.15 + 0.2 * random.next(), side: random.next() > 0.5 ? 1 : -1 }
    : undefined;
  const data = Uint8Array.from(result.data, (pixel, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    const light = stripes
      ? (0.82 + 0.18 * stripes.side * (x / width - 0.5)) * (1 + 0.06 * Math.sin((2 * Math.PI * (x + stripes.tilt * y)) / stripes.period))
      : 1;
    return Math.min(255, Math.max(0, Math.round(pixel * light + (noise === 0 ? 0 : noise * random.normal()))));
  });
  return new RgbImage(data, { width, height });
}

/** Turned about its middle, on a page that is large enough for all of it. */
function turned(image: RgbImage, angle: number): RgbImage {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const width = Math.ceil(Math.abs(image.width * cos) + Math.abs(image.height * sin));
  const height = Math.ceil(Math.abs(image.width * sin) + Math.abs(image.height * cos));
  return mapped(image, { width, height }, (x, y) => {
    const [dx, dy] = [x - width / 2, y - height / 2];
    return [dx * cos + dy * sin + image.width / 2, dy * cos - dx * sin + image.height / 2];
  });
}

/** As a camera sees it that stands to one side: what is further away is smaller. */
function inPerspective(image: RgbImage, tilt: number): RgbImage {
  const { width, height } = image;
  return mapped(image, { width, height }, (x, y) => {
    const [dx, dy] = [(x - width / 2) * 1.1, (y - height / 2) * 1.1];
    const depth = 1 - tilt * dx;
    return [dx / depth + width / 2, dy / depth + height / 2];
  });
}

/** Each pixel of the result from where it was, between pixels mixed linearly; white from beyond the image. */
function mapped(
  image: RgbImage,
  { width, height }: { width: number; height: number },
  from: (x: number, y: number) => [number, number],
): RgbImage {
  const result = new Uint8Array(width * height * 3).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [atX, atY] = from(x + 0.5, y + 0.5);
      const [left, top] = [Math.floor(atX - 0.5), Math.floor(atY - 0.5)];
      if (left < 0 || top < 0 || left + 1 >= image.width || top + 1 >= image.height) continue;
      const [right, below] = [atX - 0.5 - left, atY - 0.5 - top];
      const place = (top * image.width + left) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const at = place + channel;
        const upper = image.data[at]! * (1 - right) + image.data[at + 3]! * right;
        const lower = image.data[at + image.width * 3]! * (1 - right) + image.data[at + image.width * 3 + 3]! * right;
        result[(y * width + x) * 3 + channel] = Math.round(upper * (1 - below) + lower * below);
      }
    }
  }
  return new RgbImage(result, { width, height });
}
