/** Where text is: a network says of each pixel how likely it is text, and its regions become boxes (Differentiable Binarization; Liao et al. 2020, arXiv:1911.08947). */
import { value, type Session } from "../../onnx/index.ts";
import { normalizePixels } from "../images/prepare.ts";
import type { RgbImage } from "../images/rgb-image.ts";
import { meanWithin, regionsOf } from "./components.ts";
import { cornersOf, grown, smallestRectangle, type Quad } from "./rectangle.ts";

/** As RapidOCR has them, but for the box's: it takes 0.5, and loses lines of photographs; the recognition sorts out what is not text. */
const pixelThreshold = 0.3;
const boxThreshold = 0.4;
const unclipRatio = 1.6; // the network is taught to see lines as thinner than they are
const leastSide = 3;
const shortestSide = 736;
const longestSide = 2000;

const centered = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** A box in the image's pixels, and how sure the network is of it. */
export interface TextBox {
  box: Quad;
  score: number;
}

export async function detectText(session: Session, image: RgbImage): Promise<TextBox[]> {
  const factor = Math.min(
    Math.max(1, shortestSide / Math.min(image.width, image.height)),
    longestSide / Math.max(image.width, image.height),
  );
  const side = (length: number): number => Math.max(32, Math.round((length * factor) / 32) * 32);
  const [width, height] = [side(image.width), side(image.height)];
  const pixels = normalizePixels(image.resize({ width, height }, { filter: "bilinear" }), centered);
  const [input] = session.inputs;
  const [result] = Object.values(await session.run({ [input!.name]: value(pixels, [1, 3, height, width]) }));
  const map = result!.data as Float32Array;
  return boxesOf(map, width, height).map(({ box, score }) => ({ box: scaledBox(box, image.width / width, image.height / height), score }));
}

/** The boxes of a map of probabilities. */
export function boxesOf(map: Float32Array, width: number, height: number): TextBox[] {
  const found: TextBox[] = [];
  for (const region of regionsOf(maskOf(map, width, height), width, height)) {
    const tight = smallestRectangle(region);
    if (Math.min(tight.width, tight.height) < leastSide) continue;
    const score = meanWithin(map, width, height, cornersOf(tight));
    if (score < boxThreshold) continue;
    const distance = (tight.width * tight.height * unclipRatio) / (2 * (tight.width + tight.height));
    found.push({ box: cornersOf(grown(tight, distance)), score });
  }
  return found;
}

/** Pixels above the threshold, each grown by one to the right and below. */
function maskOf(map: Float32Array, width: number, height: number): Uint8Array {
  const mask = new Uint8Array(map.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (map[at]! <= pixelThreshold) continue;
      mask[at] = 1;
      if (x + 1 < width) mask[at + 1] = 1;
      if (y + 1 < height) mask[at + width] = 1;
      if (x + 1 < width && y + 1 < height) mask[at + width + 1] = 1;
    }
  }
  return mask;
}

const scaledBox = (box: Quad, x: number, y: number): Quad => box.map((point) => ({ x: point.x * x, y: point.y * y })) as unknown as Quad;
