/**
 * Heat as an image within the picture, as Plotly itself draws it: a PNG of 255 colours of the scale and one for gaps. A rectangle for each cell
 * would take ten times the room, and show seams.
 */
import { encodePng } from "../../runtime/png.ts";
import type { Axis } from "./axis.ts";
import type { ColourScale } from "./colour.ts";
import { element } from "./markup.ts";

const gap = 0;
const colours = 255;

export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** @param valueAt The value at a pixel, counted from the corner of the frame; NaN where there is none. */
export function heatImage(frame: Frame, scale: ColourScale, grain: number, valueAt: (x: number, y: number) => number): string {
  const [width, height] = [frame.width, frame.height].map((size) => Math.max(1, Math.round(size / grain))) as [number, number];
  const lines = Buffer.alloc((width + 1) * height); // each line begins with its filter: none
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = valueAt(((column + 0.5) * frame.width) / width, ((row + 0.5) * frame.height) / height);
      lines[row * (width + 1) + 1 + column] = Number.isNaN(value) ? gap : 1 + shareOf(value, scale);
    }
  }
  const href = `data:image/png;base64,${png(width, height, lines, scale).toString("base64")}`;
  const place = { x: frame.left, y: frame.top, width: frame.width, height: frame.height };
  // Cells stay sharp on fine screens; what runs into each other goes on doing so.
  return element("image", { ...place, preserveAspectRatio: "none", style: grain === 1 ? "image-rendering:pixelated" : undefined, href });
}

const shareOf = (value: number, { min, max }: ColourScale): number =>
  Math.round((colours - 1) * Math.max(0, Math.min(1, (value - min) / (max - min))));

function png(width: number, height: number, lines: Buffer, scale: ColourScale): Buffer {
  const all = Array.from({ length: colours }, (_, index) => scale.colourAt(scale.min + ((scale.max - scale.min) * index) / (colours - 1)));
  const palette = [0, 0, 0, ...all.flatMap(([red, green, blue]) => [red, green, blue])].map(Math.round);
  const opacities = [0, ...all.map(([, , , opacity]) => Math.round(255 * opacity))];
  const chunks = [
    ["PLTE", Buffer.from(palette)],
    ["tRNS", Buffer.from(opacities)],
  ] as const;
  return encodePng({ width, height, samples: "palette", lines, chunks });
}

/** What of the space between the outermost edges is on the plot; undefined where nothing is. */
export function frameOf(xs: readonly number[], ys: readonly number[], x: Axis, y: Axis): Frame | undefined {
  const within = (edges: readonly number[], from: number, to: number): [number, number] => {
    const [one, other] = [edges[0]!, edges.at(-1)!];
    return [Math.max(from, Math.min(one, other)), Math.min(to, Math.max(one, other))];
  };
  const [left, right] = within(xs, x.start, x.start + x.length);
  const [top, bottom] = within(ys, y.start - y.length, y.start);
  return left < right && top < bottom ? { left, top, width: right - left, height: bottom - top } : undefined;
}
