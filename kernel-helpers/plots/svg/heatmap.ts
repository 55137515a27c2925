/** A matrix as coloured cells, with texts in them where the trace asks for it. */
import { pixelOf, placeOf, type Axis, type Extent } from "./axis.ts";
import { cssOf, inkOn, scaleOf, type ColourScale } from "./colour.ts";
import type { Drawn, Ground, TraceKind } from "./ground.ts";
import { frameOf, heatImage } from "./heat-image.ts";
import { formatAlone } from "./numbers.ts";
import { formatWith } from "../packages.ts";
import { labelOf, listOf, numberOf, spanOf, textOf, type Bag } from "./read.ts";
import { sizeOf, textElement } from "./text.ts";

/** Rows and columns that are drawn one by one; of more, each cell is the mean of several. */
const mostRows = 200;

/** A drawing asks for its matrices a dozen times. */
const matrices = new WeakMap<Bag, number[][]>();

/** NaN where the matrix has a gap. */
export function matrixOf(trace: Bag): number[][] {
  const known = matrices.get(trace);
  if (known) return known;
  const matrix = listOf(trace["z"]).map((row) => listOf(row).map((value) => numberOf(value, NaN)));
  matrices.set(trace, matrix);
  return matrix;
}

export const columnsOf = (z: readonly (readonly number[])[]): number => z.reduce((most, row) => Math.max(most, row.length), 0);

export function scale(trace: Bag, note: (sentence: string) => void): ColourScale | undefined {
  const span = spanOf(matrixOf(trace).flatMap((row) => spanOf(row) ?? []));
  return span && scaleOf(trace, "z", span, note);
}

/** Where rows or columns have their middle: as the trace says, or 0, 1, 2, … */
export function middlesOf(trace: Bag, axis: Axis, count: number): number[] {
  const given = listOf(trace[axis.direction]);
  return Array.from({ length: count }, (_, index) => (given.length > 0 ? placeOf(axis, given[index]) : index));
}

/** Halfway between the middles, and as far beyond the first and last. */
function edgesOf(middles: readonly number[]): number[] {
  if (middles.length < 2) return middles.flatMap((middle) => [middle - 0.5, middle + 0.5]);
  const between = middles.slice(1).map((middle, index) => (middle + middles[index]!) / 2);
  return [2 * middles[0]! - between[0]!, ...between, 2 * middles.at(-1)! - between.at(-1)!];
}

function extent(trace: Bag, axis: Axis): Extent | undefined {
  const z = matrixOf(trace);
  const span = spanOf(edgesOf(middlesOf(trace, axis, axis.direction === "x" ? columnsOf(z) : z.length)));
  return span && { min: span[0], max: span[1] };
}

function draw(trace: Bag, _colour: string, ground: Ground): Drawn {
  const { x, y, note } = ground;
  const z = matrixOf(trace);
  const colours = scale(trace, note);
  if (!colours) return { inside: "" };
  const columns = columnsOf(z);
  const xs = edgesOf(middlesOf(trace, x, columns)).map((place) => pixelOf(x, place));
  const ys = edgesOf(middlesOf(trace, y, z.length)).map((place) => pixelOf(y, place));
  const block = Math.ceil(Math.max(z.length, columns) / mostRows);
  if (block > 1) note(`Each cell is the mean of ${block} × ${block} values.`);
  const every = (edges: readonly number[]): number[] => edges.filter((_, index) => index % block === 0 || index === edges.length - 1);
  const [columnEdges, rowEdges] = [every(xs), every(ys)];
  const frame = frameOf(columnEdges, rowEdges, x, y);
  if (!frame || ![...xs, ...ys].every(Number.isFinite)) return { inside: "" };
  const means = rowEdges.slice(1).map((_, row) => columnEdges.slice(1).map((__, column) => meanOf(z, row * block, column * block, block)));
  const [rowAt, columnAt] = [cellAt(rowEdges, frame.top, frame.height), cellAt(columnEdges, frame.left, frame.width)];
  const inside = heatImage(frame, colours, 1, (left, top) => means[rowAt(top)]?.[columnAt(left)] ?? NaN);
  return { inside, over: block > 1 ? "" : drawTexts(trace, z, xs, ys, colours, ground) };
}

/** From pixels, counted from the beginning of the frame, to the number of the row or column: a table, since there are many pixels. */
function cellAt(edges: readonly number[], from: number, size: number): (pixel: number) => number {
  const isUpward = edges.at(-1)! >= edges[0]!;
  const cells = Array.from({ length: Math.ceil(size) + 1 }, (_, pixel) => {
    const next = edges.findIndex((edge) => (isUpward ? edge > from + pixel + 0.5 : edge < from + pixel + 0.5));
    return (next < 0 ? edges.length - 1 : next) - 1;
  });
  return (pixel) => cells[Math.floor(pixel)]!;
}

function meanOf(z: readonly (readonly number[])[], row: number, column: number, block: number): number {
  if (block === 1) return z[row]?.[column] ?? NaN;
  const values = z.slice(row, row + block).flatMap((each) => each.slice(column, column + block).filter((value) => !Number.isNaN(value)));
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;
}

/** Texts as `texttemplate` says them, in letters that fit the narrowest cell; none where they would be too small to read. */
function drawTexts(
  trace: Bag,
  z: readonly (readonly number[])[],
  xs: readonly number[],
  ys: readonly number[],
  colours: ColourScale,
  { fontSize }: Ground,
): string {
  const template = textOf(trace["texttemplate"]);
  if (template === "") return "";
  const written = z.map((row, r) => row.map((value, c) => (Number.isNaN(value) ? "" : fill(template, trace, value, r, c))));
  const widest = Math.max(1, ...written.flat().map((text) => sizeOf(text, 1).width));
  const narrowest = (edges: readonly number[]): number => Math.min(...edges.slice(1).map((edge, index) => Math.abs(edge - edges[index]!)));
  const size = Math.min(fontSize, (narrowest(xs) - 4) / widest, (narrowest(ys) - 2) / 1.3);
  if (size < 6) return "";
  return written
    .flatMap((row, r) =>
      row.map((text, c) => {
        const place = { x: (xs[c]! + xs[c + 1]!) / 2, y: (ys[r]! + ys[r + 1]!) / 2 };
        return text === "" ? "" : textElement(text, { ...place, fontSize: size, fill: inkOn(cssOf(colours.colourAt(z[r]![c]!))) });
      }),
    )
    .join("");
}

/** `%{z}`, `%{z:.2f}` and `%{text}` filled in. */
function fill(template: string, trace: Bag, value: number, row: number, column: number): string {
  return template.replace(/%\{(z|text)(?::([^{}]*))?\}/g, (_, name: string, notation?: string) => {
    if (name === "text") return labelOf(listOf(listOf(trace["text"])[row])[column]);
    return notation === undefined ? formatAlone(value) : formatWith(notation, value);
  });
}

export const heatmap: TraceKind = { extent, draw, scale };
