/**
 * Pillow's resizing (ImagingResample), byte for byte: a pass along rows and one along columns, each with weights in fixed point and rounded to 8 bits.
 * Made smaller, the filter grows with the scale, so that every pixel counts; what other programs call bilinear skips pixels instead.
 */
import { checkChoice } from "../../runtime/check.ts";

export type ResizeFilter = "nearest" | "box" | "bilinear" | "bicubic" | "lanczos";

interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

interface Filter {
  /** How far it reaches. */
  support: number;
  /** Of a pixel at a distance. */
  weight: (distance: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const filters: Record<Exclude<ResizeFilter, "nearest">, Filter> = {
  box: { support: 0.5, weight: (x: number) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: (x: number) => cubic(Math.abs(x)) },
  lanczos: { support: 3, weight: (x: number) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Keys' cubic with a = −0.5 (Keys 1981, "Cubic convolution interpolation"). */
function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

const precision = 22; // bits behind the point: 32, less 8 of the pixel and 2 against overflow

/** For each pixel of the result, the first one that it takes from and the weights. */
function weightsOf(from: number, to: number, { support, weight }: Filter): { first: number; weights: Int32Array }[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  return Array.from({ length: to }, (_, at) => {
    const center = (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    const exact = Array.from({ length: end - first }, (_unused, index) => weight((index + first - center + 0.5) * (1 / stretch)));
    const total = exact.reduce((sum, each) => sum + each, 0);
    const fixed = exact.map((each) => Math.trunc((total === 0 ? each : each / total) * 2 ** precision + (each < 0 ? -0.5 : 0.5)));
    return { first, weights: Int32Array.from(fixed) };
  });
}

const half = 1 << (precision - 1);
const clip = (sum: number): number => Math.min(255, Math.max(0, sum >> precision));

export function resizePixels(image: Pixels, { width, height }: { width: number; height: number }, filter: ResizeFilter): Uint8Array {
  checkChoice("filter", filter, ["nearest", "box", "bilinear", "bicubic", "lanczos"]);
  if (filter === "nearest") return nearest(image, width, height);
  const across = image.width === width ? image : { ...alongRows(image, width, filters[filter]), width };
  return image.height === height ? Uint8Array.from(across.data) : alongColumns(across, height, filters[filter]);
}

function nearest({ data, width: fromWidth, height: fromHeight }: Pixels, width: number, height: number): Uint8Array {
  const result = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = Math.min(fromHeight - 1, Math.floor(((y + 0.5) * fromHeight) / height));
    for (let x = 0; x < width; x++) {
      const from = (row * fromWidth + Math.min(fromWidth - 1, Math.floor(((x + 0.5) * fromWidth) / width))) * 3;
      for (let channel = 0; channel < 3; channel++) result[(y * width + x) * 3 + channel] = data[from + channel]!;
    }
  }
  return result;
}

function alongRows({ data, width, height }: Pixels, to: number, filter: Filter): { data: Uint8Array; height: number } {
  const plan = weightsOf(width, to, filter);
  const result = new Uint8Array(to * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      const { first, weights } = plan[x]!;
      let [red, green, blue] = [half, half, half];
      for (let index = 0, at = (y * width + first) * 3; index < weights.length; index++, at += 3) {
        const weight = weights[index]!;
        red += data[at]! * weight;
        green += data[at + 1]! * weight;
        blue += data[at + 2]! * weight;
      }
      const place = (y * to + x) * 3;
      result[place] = clip(red);
      result[place + 1] = clip(green);
      result[place + 2] = clip(blue);
    }
  }
  return { data: result, height };
}

function alongColumns({ data, width, height }: Pixels, to: number, filter: Filter): Uint8Array {
  const plan = weightsOf(height, to, filter);
  const line = width * 3;
  const result = new Uint8Array(to * line);
  const sums = new Int32Array(line);
  for (let y = 0; y < to; y++) {
    const { first, weights } = plan[y]!;
    sums.fill(half);
    for (let index = 0; index < weights.length; index++) {
      const weight = weights[index]!;
      for (let x = 0, at = (first + index) * line; x < line; x++, at++) sums[x]! += data[at]! * weight;
    }
    for (let x = 0; x < line; x++) result[y * line + x] = clip(sums[x]!);
  }
  return result;
}
