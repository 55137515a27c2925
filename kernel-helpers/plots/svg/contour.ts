/** A function of the plane: its values as colours that run into each other, and lines along which it has one value. */
import { pixelOf, type Axis, type Extent } from "./axis.ts";
import type { Drawn, Ground, TraceKind } from "./ground.ts";
import { frameOf, heatImage } from "./heat-image.ts";
import { columnsOf, matrixOf, middlesOf, scale } from "./heatmap.ts";
import { element, pixels } from "./markup.ts";
import { contoursOf } from "../packages.ts";
import { bagOf, numberOf, spanOf, textOf, type Bag } from "./read.ts";

/** Pixels of the picture for one of the image, which browsers smooth. */
const grain = 2;

/** Lines that are drawn; more would be one grey. */
const mostLevels = 50;

function extent(trace: Bag, axis: Axis): Extent | undefined {
  const z = matrixOf(trace);
  const span = spanOf(middlesOf(trace, axis, axis.direction === "x" ? columnsOf(z) : z.length));
  return span && { min: span[0], max: span[1] };
}

/** From pixels, counted from the beginning of the frame, to rows or columns of the grid, with fractions. */
function indexAt(middles: readonly number[], from: number, size: number): (pixel: number) => number {
  const isUpward = middles.at(-1)! >= middles[0]!;
  const indices = Array.from({ length: Math.ceil(size) + 1 }, (_, pixel) => {
    const place = from + pixel;
    const next = middles.findIndex((middle) => (isUpward ? middle >= place : middle <= place));
    if (next <= 0) return next === 0 ? 0 : middles.length - 1;
    const [before, after] = [middles[next - 1]!, middles[next]!];
    return next - 1 + (place - before) / (after - before);
  });
  return (pixel) => indices[Math.round(pixel)]!;
}

/** Between four values of the grid. */
function valueAt(z: readonly (readonly number[])[], row: number, column: number): number {
  const [r, c] = [Math.floor(row), Math.floor(column)];
  const [lower, upper] = [z[r]!, z[r + 1] ?? z[r]!];
  const along = (line: readonly number[]): number => {
    const left = line[c] ?? NaN;
    return left + ((line[c + 1] ?? left) - left) * (column - c);
  };
  const below = along(lower);
  return below + (along(upper) - below) * (row - r);
}

function draw(trace: Bag, _colour: string, ground: Ground): Drawn {
  const { x, y, note } = ground;
  const z = matrixOf(trace);
  const colours = scale(trace, note);
  const columns = columnsOf(z);
  const xs = middlesOf(trace, x, columns).map((place) => pixelOf(x, place));
  const ys = middlesOf(trace, y, z.length).map((place) => pixelOf(y, place));
  if (!colours || ![...xs, ...ys].every(Number.isFinite)) return { inside: "" };
  const { coloring, showlines } = bagOf(trace["contours"]);
  const isColoured = coloring !== "lines" && coloring !== "none";
  const frame = frameOf(xs, ys, x, y);
  if (!frame) return { inside: "" };
  const [columnAt, rowAt] = [indexAt(xs, frame.left, frame.width), indexAt(ys, frame.top, frame.height)];
  const cells = isColoured ? heatImage(frame, colours, grain, (left, top) => valueAt(z, rowAt(top), columnAt(left))) : "";
  return { inside: cells + (showlines === false ? "" : drawLines(trace, z, xs, ys)) };
}

function levelsOf(trace: Bag, z: readonly (readonly number[])[]): number[] {
  const { start, end, size } = bagOf(trace["contours"]);
  const [smallest, largest] = spanOf(z.flat()) ?? [0, 1];
  const step = numberOf(size, (largest - smallest) / 15) || 1;
  const first = numberOf(start, smallest + step);
  const count = Math.floor((numberOf(end, largest) - first) / step + 1e-6) + 1;
  return Array.from({ length: Math.max(0, Math.min(mostLevels, count)) }, (_, index) => first + index * step);
}

function drawLines(trace: Bag, z: readonly (readonly number[])[], xs: readonly number[], ys: readonly number[]): string {
  const [rows, columns] = [z.length, columnsOf(z)];
  const values = z.flatMap((row) => Array.from({ length: columns }, (_, column) => row[column] ?? NaN));
  const contours = contoursOf().size([columns, rows]);
  // d3-contour counts from the corner of a cell, and closes its rings along the edges of the grid: there no line is.
  const at = (middles: readonly number[], index: number): number => {
    const inside = Math.max(0, Math.min(middles.length - 1, index - 0.5));
    const [from, to] = [middles[Math.floor(inside)]!, middles[Math.ceil(inside)]!];
    return from + (to - from) * (inside % 1);
  };
  const isOutside = ([x, y]: readonly number[]): boolean => x! <= 0.5 || y! <= 0.5 || x! >= columns - 0.5 || y! >= rows - 0.5;
  const d = levelsOf(trace, z).flatMap((level) =>
    contours
      .contour(values, level)
      .coordinates.flat()
      .map((ring) =>
        ring
          .map((point, index) => {
            const place = `${pixels(at(xs, point[0]!))} ${pixels(at(ys, point[1]!))}`;
            const isJump = index === 0 || (isOutside(point) && isOutside(ring[index - 1]!));
            return (isJump ? "M" : "L") + place;
          })
          .join(""),
      ),
  );
  const { color, width } = bagOf(trace["line"]);
  return element("path", { d: d.join(""), fill: "none", stroke: textOf(color, "#444444"), "stroke-width": numberOf(width, 0.5) });
}

export const contour: TraceKind = { extent, draw, scale };
