/**
 * Axes: what kind they are, where a value stands on them, and how far they reach, all by Plotly's rules, so that the picture shows what the
 * interactive figure shows. A value's place is the value itself, its power of ten on a logarithmic axis, or the number of its category.
 */
import { bagOf, listOf, numberOf, quantityOf, textOf, type Bag } from "./read.ts";

export type Direction = "x" | "y";

export interface Axis {
  direction: Direction;
  kind: "linear" | "log" | "category";
  /** Name → number of a category, in their order. */
  categories: ReadonlyMap<string, number>;
  settings: Bag;
  isVisible: boolean;
  /** Places at its beginning and end; the end is the smaller one where it is reversed. */
  range: readonly [number, number];
  /** Where it begins in the picture: its left or its lower end. */
  start: number;
  length: number;
}

/** How far one trace reaches, in places, and what it wants beyond. */
export interface Extent {
  min: number;
  max: number;
  /** Pixels kept free on both sides, for its markers. */
  beyond?: number;
  /** Whether a twentieth of the axis is kept free on both sides. */
  isPadded?: boolean;
  /** Whether it stands on zero. */
  fromZero?: boolean;
}

const nameOf = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");

/** An axis of the kind that its settings say, or that its values ask for: texts that are not numbers make categories. */
export function createAxis(direction: Direction, settings: Bag, values: readonly unknown[]): Axis {
  const given = textOf(settings["type"]);
  const texts = values.filter((value) => typeof value === "string" && value !== "");
  const isNamed = texts.filter((text) => !Number.isFinite(quantityOf(text))).length * 2 > values.filter((value) => value !== null).length;
  const kind = given === "log" ? "log" : given === "category" || (given !== "linear" && isNamed) ? "category" : "linear";
  const isVisible = settings["visible"] !== false;
  const names = kind === "category" ? [...new Set(values.map(nameOf).filter((name) => name !== ""))] : [];
  const categories = new Map(names.map((name, index) => [name, index]));
  return { direction, kind, categories, settings, isVisible, range: [0, 1], start: 0, length: 1 };
}

/** NaN for what has no place on the axis. */
export function placeOf({ kind, categories }: Axis, value: unknown): number {
  if (kind === "category") return categories.get(nameOf(value)) ?? NaN;
  const quantity = quantityOf(value);
  if (kind === "log") return quantity > 0 ? Math.log10(quantity) : NaN;
  return Number.isFinite(quantity) ? quantity : NaN;
}

/** Where in the picture a place is. */
export function pixelOf({ direction, range: [from, to], start, length }: Axis, place: number): number {
  const along = ((place - from) / (to - from)) * length;
  return direction === "x" ? start + along : start - along;
}

const givenRange = ({ settings }: Axis): [number, number] | undefined => {
  const [from, to] = listOf(settings["range"]);
  return typeof from === "number" && typeof to === "number" && Number.isFinite(to - from) && from !== to ? [from, to] : undefined;
};

/** The range that the settings give, or the one that shows all extents — as getAutoRange of plotly.js. */
export function rangeOf(axis: Axis, extents: readonly Extent[]): [number, number] {
  const given = givenRange(axis);
  if (given) return given;
  const found = autoRange(axis, extents);
  return axis.settings["autorange"] === "reversed" ? [found[1], found[0]] : found;
}

interface End {
  place: number;
  pad: number;
}

function autoRange({ kind, length }: Axis, extents: readonly Extent[]): [number, number] {
  if (extents.length === 0) return kind === "log" ? [0, 1] : [-1, 6];
  const endOf = (place: number, { beyond = 0, isPadded }: Extent): End => ({ place, pad: beyond + (isPadded ? 0.05 * length : 0) });
  const onZero = (extent: Extent): boolean => extent.fromZero === true && kind === "linear";
  const lows = extents.map((each) => (onZero(each) && each.min >= 0 ? { place: 0, pad: 0 } : endOf(each.min, each)));
  const highs = extents.map((each) => (onZero(each) && each.max <= 0 ? { place: 0, pad: 0 } : endOf(each.max, each)));
  let best: { low: End; high: End; scale: number } | undefined;
  for (const low of lows) {
    for (const high of highs) {
      const span = high.place - low.place;
      const room = length - low.pad - high.pad;
      // Where pads would leave the data less than a tenth of the axis, they are given up.
      const scale = span / (room > length / 10 ? room : length);
      if (span > 0 && scale > (best?.scale ?? 0))
        best = room > length / 10 ? { low, high, scale } : { low: { ...low, pad: 0 }, high: { ...high, pad: 0 }, scale };
    }
  }
  if (best) return [best.low.place - best.scale * best.low.pad, best.high.place + best.scale * best.high.pad];
  const only = lows[0]!.place;
  return [only - 1, only + 1];
}

/** Makes a step as many pixels long on both axes, where the settings ask for it; the longer axis shrinks around its middle. */
export function keepAspect(x: Axis, y: Axis): void {
  if (y.settings["scaleanchor"] !== "x" && x.settings["scaleanchor"] !== "y") return;
  const perStep = ({ range, length }: Axis): number => length / Math.abs(range[1] - range[0]);
  const ratio = numberOf(bagOf(y.settings)["scaleratio"], 1);
  const [wide, high] = [perStep(x), perStep(y) / ratio];
  const axis = wide > high ? x : y;
  const length = axis.length * Math.min(wide / high, high / wide);
  axis.start += ((axis.length - length) / 2) * (axis.direction === "x" ? 1 : -1);
  axis.length = length;
}
