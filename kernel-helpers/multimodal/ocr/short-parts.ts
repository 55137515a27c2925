/** Long lines in parts: the network has learnt lines of some 25 characters, and of one with 130 it reads next to nothing. */
import type { RgbImage } from "../images/rgb-image.ts";

/** Width over height. */
const longest = 20;

/** The line, or parts of it from left to right, cut where there is white between letters. */
export function shortParts(line: RgbImage): RgbImage[] {
  const count = Math.ceil(line.width / line.height / longest);
  if (count <= 1) return [line];
  const contrast = contrasts(line);
  const cuts = Array.from({ length: count - 1 }, (_, index) => {
    const [wanted, reach] = [((index + 1) * line.width) / count, (0.35 * line.width) / count];
    return middleOfGap(contrast, Math.round(wanted - reach), Math.round(wanted + reach));
  });
  return [0, ...cuts].map((left, index) => line.crop({ left, top: 0, width: (cuts[index] ?? line.width) - left, height: line.height }));
}

/** How much brightness varies in each column. */
function contrasts({ data, width, height }: RgbImage): Float32Array {
  return Float32Array.from({ length: width }, (_, x) => {
    let [darkest, brightest] = [255, 0];
    for (let y = 0; y < height; y++) {
      const green = data[(y * width + x) * 3 + 1]!;
      [darkest, brightest] = [Math.min(darkest, green), Math.max(brightest, green)];
    }
    return brightest - darkest;
  });
}

/** The middle of the widest run of columns that are about as plain as the plainest. */
function middleOfGap(contrast: Float32Array, from: number, to: number): number {
  const window = contrast.subarray(from, to);
  const plainest = Math.min(...window);
  const limit = plainest + 0.15 * (Math.max(...window) - plainest);
  let [best, bestLength, start] = [from + (window.length >> 1), 0, 0];
  for (let at = 0; at <= window.length; at++) {
    if (at < window.length && window[at]! <= limit) continue;
    if (at - start > bestLength) [best, bestLength] = [from + ((start + at) >> 1), at - start];
    start = at + 1;
  }
  return best;
}
