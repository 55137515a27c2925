/** A turned part of an image, made upright. */
import { RgbImage } from "../images/rgb-image.ts";
import { distanceOf, type Quad } from "./rectangle.ts";

/** What lies between the corners, between pixels mixed linearly; beyond the image its border goes on. Text that runs from top to bottom is turned to run to the right. */
export function cutOut(image: RgbImage, [upperLeft, upperRight, , lowerLeft]: Quad): RgbImage {
  const width = Math.max(1, Math.round(distanceOf(upperLeft, upperRight)));
  const height = Math.max(1, Math.round(distanceOf(upperLeft, lowerLeft)));
  const { data, width: w, height: h } = image;
  const result = new Uint8Array(width * height * 3);
  const inside = (at: number, size: number): number => Math.min(size - 1, Math.max(0, at));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [along, down] = [(x + 0.5) / width, (y + 0.5) / height];
      const fromX = upperLeft.x + along * (upperRight.x - upperLeft.x) + down * (lowerLeft.x - upperLeft.x) - 0.5;
      const fromY = upperLeft.y + along * (upperRight.y - upperLeft.y) + down * (lowerLeft.y - upperLeft.y) - 0.5;
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [right, below] = [fromX - left, fromY - top];
      const [x0, x1, y0, y1] = [inside(left, w), inside(left + 1, w), inside(top, h), inside(top + 1, h)];
      for (let channel = 0; channel < 3; channel++) {
        const upper = data[(y0 * w + x0) * 3 + channel]! * (1 - right) + data[(y0 * w + x1) * 3 + channel]! * right;
        const lower = data[(y1 * w + x0) * 3 + channel]! * (1 - right) + data[(y1 * w + x1) * 3 + channel]! * right;
        result[(y * width + x) * 3 + channel] = Math.round(upper * (1 - below) + lower * below);
      }
    }
  }
  const part = new RgbImage(result, { width, height });
  return height >= 1.5 * width ? part.rotate(3) : part;
}
