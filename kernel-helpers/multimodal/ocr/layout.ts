/**
 * The order in which a page is read, and its tables: cut along the white between columns and between lines, again and again (recursive X-Y cut; Nagy & Seth
 * 1984), where a column of text counts as a whole and a table as its rows.
 */
import { distanceOf, type Quad } from "./rectangle.ts";

/** A line on a page that stands upright. */
interface Placed<Line> {
  line: Line;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Lines that are read one after the other, each maybe of several parts side by side; or the cells of a table, none where one is empty. */
export type Block<Line> = { kind: "text"; rows: Line[][] } | { kind: "table"; rows: Line[][][] };

/** White of this many line heights parts columns, and paragraphs. */
const columnGap = 1.2;
const paragraphGap = 0.9;
/** Of the lines of a table's narrowest column, width over height at most; those of a text in columns are longer. */
const cellAspect = 8;

export function layOut<Line extends { box: Quad }>(lines: readonly Line[]): Block<Line>[] {
  if (lines.length === 0) return [];
  const angle = pageAngle(lines);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const placed = lines.map((line): Placed<Line> => {
    const [a, b, c, d] = line.box;
    const [x, y] = [(a.x + b.x + c.x + d.x) / 4, (a.y + b.y + c.y + d.y) / 4];
    const [along, down] = [x * cos + y * sin, y * cos - x * sin];
    const [width, height] = [distanceOf(a, b), distanceOf(a, d)];
    return { line, left: along - width / 2, right: along + width / 2, top: down - height / 2, bottom: down + height / 2 };
  });
  const heights = placed.map(({ top, bottom }) => bottom - top).sort((a, b) => a - b);
  return read(placed, heights[heights.length >> 1]!);
}

/** The direction of the lines in the middle when they are sorted by it, long ones counting for more. */
function pageAngle(lines: readonly { box: Quad }[]): number {
  const angles = lines
    .map(({ box: [a, b] }) => ({ angle: Math.atan2(b.y - a.y, b.x - a.x), weight: distanceOf(a, b) }))
    .sort((a, b) => a.angle - b.angle);
  let left = angles.reduce((sum, { weight }) => sum + weight, 0) / 2;
  return angles.find(({ weight }) => (left -= weight) <= 0)!.angle;
}

function read<Line>(items: readonly Placed<Line>[], height: number): Block<Line>[] {
  const columns = columnsOf(items, height);
  const bands = bandsOf(items);
  if (columns) {
    if (isTable(columns, bands)) return [tableOf(columns, bands)];
    return columns.flatMap((column) => read(column, height));
  }
  const run = widestRun(bands, height);
  if (!run) return textOf(bands, height);
  const [start, end] = run;
  return [bands.slice(0, start), bands.slice(start, end), bands.slice(end)].flatMap((part) =>
    part.length === 0 ? [] : read(part.flat(), height),
  );
}

/** Parts that lie side by side with white between them from top to bottom, each of two lines or more; undefined if there is but one. */
function columnsOf<Line>(items: readonly Placed<Line>[], height: number): Placed<Line>[][] | undefined {
  const parts: Placed<Line>[][] = [];
  let end = -Infinity;
  for (const item of items.toSorted((a, b) => a.left - b.left)) {
    if (item.left - end >= columnGap * height || parts.length === 0) parts.push([]);
    parts.at(-1)!.push(item);
    end = Math.max(end, item.right);
  }
  return parts.length > 1 && parts.every(({ length }) => length > 1) ? parts : undefined;
}

/** Lines that stand at the same height, from the top down: each reaches half into the band's first one. */
function bandsOf<Line>(items: readonly Placed<Line>[]): Placed<Line>[][] {
  const bands: Placed<Line>[][] = [];
  for (const item of items.toSorted((a, b) => a.top + a.bottom - b.top - b.bottom)) {
    const [first] = bands.at(-1) ?? [];
    const shared = first ? Math.min(first.bottom, item.bottom) - Math.max(first.top, item.top) : 0;
    if (first && shared >= 0.5 * Math.min(first.bottom - first.top, item.bottom - item.top)) bands.at(-1)!.push(item);
    else bands.push([item]);
  }
  return bands.map((band) => band.sort((a, b) => a.left - b.left));
}

/** The most bands in a row, but not all of them, that are columns when they are taken by themselves. */
function widestRun<Line>(bands: readonly Placed<Line>[][], height: number): [start: number, end: number] | undefined {
  for (let length = bands.length - 1; length >= 2; length--) {
    for (let start = 0; start + length <= bands.length; start++) {
      const part = bands.slice(start, start + length);
      if (part[0]!.length + part.at(-1)!.length > 2 && columnsOf(part.flat(), height)) return [start, start + length];
    }
  }
  return undefined;
}

function isTable<Line>(columns: readonly Placed<Line>[][], bands: readonly Placed<Line>[][]): boolean {
  const shared = bands.filter((band) => new Set(band.map((item) => columns.findIndex((column) => column.includes(item)))).size > 1).length;
  const aspects = columns.map(
    (column) => column.reduce((sum, { left, right, top, bottom }) => sum + (right - left) / (bottom - top), 0) / column.length,
  );
  return shared >= 0.6 * bands.length && Math.min(...aspects) < cellAspect;
}

function tableOf<Line>(columns: readonly Placed<Line>[][], bands: readonly Placed<Line>[][]): Block<Line> {
  const rows = bands.map((band) => columns.map((column) => band.filter((item) => column.includes(item)).map(({ line }) => line)));
  return { kind: "table", rows };
}

/** Paragraphs, which more white than usual parts. */
function textOf<Line>(bands: readonly Placed<Line>[][], height: number): Block<Line>[] {
  const blocks: Extract<Block<Line>, { kind: "text" }>[] = [];
  let bottom = -Infinity;
  for (const band of bands) {
    if (Math.min(...band.map(({ top }) => top)) - bottom >= paragraphGap * height) blocks.push({ kind: "text", rows: [] });
    blocks.at(-1)!.rows.push(band.map(({ line }) => line));
    bottom = Math.max(...band.map((item) => item.bottom));
  }
  return blocks;
}
