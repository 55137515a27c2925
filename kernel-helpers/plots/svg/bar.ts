/** Bars: upright and lying, side by side, on top of each other, or one before the other. */
import { pixelOf, placeOf, type Axis, type Extent } from "./axis.ts";
import { inkOn } from "./colour.ts";
import type { Drawn, Ground, TraceKind } from "./ground.ts";
import { element, pixels } from "./markup.ts";
import { bagOf, labelOf, listOf, numberOf, spanOf, textOf, type Bag } from "./read.ts";
import { valuesOn } from "./scatter.ts";
import { sizeOf, textElement } from "./text.ts";

/** Bars of one trace that are drawn; a picture does not have the pixels for more. */
const mostBars = 2000;

const liesDown = (trace: Bag): boolean => trace["orientation"] === "h";

const isBar = (trace: Bag): boolean => trace["type"] === "bar" && trace["visible"] !== false;

/** Where on the axis of names the bars stand. */
const standsOf = (trace: Bag, axis: Axis): number[] => valuesOn(trace, axis.direction).map((value) => placeOf(axis, value));

/** The smallest distance between two bars that do not stand at one place: the width that all may share. */
function slotOf(all: readonly Bag[], axis: Axis): number {
  const places = [...new Set(all.filter(isBar).flatMap((trace) => standsOf(trace, axis)))]
    .filter(Number.isFinite)
    .toSorted((one, other) => one - other);
  const distances = places.slice(1).map((place, index) => place - places[index]!);
  return distances.length > 0 ? Math.min(...distances) : 1;
}

interface Bars {
  /** Middle of the bar on the axis of names, in places. */
  stand: number;
  from: number;
  to: number;
  index: number;
}

const isStacked = (ground: Ground): boolean => ["stack", "relative"].includes(ground.barMode);

function barsOf(trace: Bag, all: readonly Bag[], names: Axis, heights: Axis, ground: Ground): { bars: Bars[]; width: number } {
  const traces = all.filter(isBar);
  const slot = slotOf(all, names) * 0.8; // a fifth is left between groups
  const isGrouped = ground.barMode === "group";
  const width = isGrouped ? slot / Math.max(1, traces.length) : slot;
  const offset = isGrouped ? (traces.indexOf(trace) - (traces.length - 1) / 2) * width : 0;
  const bottom = heights.kind === "log" ? Math.min(...heights.range) : 0;
  const beneath = (stand: number, isDown: boolean): number =>
    traces.slice(0, traces.indexOf(trace)).reduce((sum, other) => {
      const at = standsOf(other, names).indexOf(stand);
      const value = at < 0 ? NaN : placeOf(heights, valuesOn(other, heights.direction)[at]);
      return Number.isFinite(value) && value < 0 === isDown ? sum + value : sum;
    }, 0);
  const values = valuesOn(trace, heights.direction);
  const bars = standsOf(trace, names).flatMap((stand, index): Bars[] => {
    const height = placeOf(heights, values[index]);
    if (!Number.isFinite(stand + height)) return [];
    const from = isStacked(ground) ? beneath(stand, height < 0) : bottom;
    return [{ stand: stand + offset, from, to: isStacked(ground) ? from + height : height, index }];
  });
  return { bars, width };
}

function extent(trace: Bag, axis: Axis, all: readonly Bag[], ground: Ground): Extent | undefined {
  const [names, heights] = liesDown(trace) ? [ground.y, ground.x] : [ground.x, ground.y];
  if (axis === names) {
    const span = spanOf(standsOf(trace, axis));
    const half = slotOf(all, axis) / 2;
    return span && { min: span[0] - half, max: span[1] + half };
  }
  const { bars } = barsOf(trace, all, names, heights, ground);
  const span = spanOf(bars.flatMap(({ from, to }) => (heights.kind === "log" ? [to] : [from, to])));
  return span && { min: span[0], max: span[1], isPadded: true, fromZero: true };
}

function draw(trace: Bag, colour: string, ground: Ground, all: readonly Bag[]): Drawn {
  const isLying = liesDown(trace);
  const [names, heights] = isLying ? [ground.y, ground.x] : [ground.x, ground.y];
  const { bars, width } = barsOf(trace, all, names, heights, ground);
  if (bars.length > mostBars)
    ground.note(`The first ${mostBars.toLocaleString("en")} of ${bars.length.toLocaleString("en")} bars are drawn.`);
  const colours = bagOf(trace["marker"])["color"];
  const paths = new Map<string, string>();
  const texts = bars.slice(0, mostBars).map(({ stand, from, to, index }) => {
    const across = [stand - width / 2, stand + width / 2].map((place) => pixelOf(names, place));
    const along = [from, to].map((place) => pixelOf(heights, place));
    const [x0, x1] = (isLying ? along : across) as [number, number];
    const [y0, y1] = (isLying ? across : along) as [number, number];
    const own = textOf(typeof colours === "object" ? listOf(colours)[index] : colours, colour);
    paths.set(own, `${paths.get(own) ?? ""}M${pixels(x0)} ${pixels(y0)}H${pixels(x1)}V${pixels(y1)}H${pixels(x0)}Z`);
    return textOn(trace, { x0, y0, x1, y1, index, isLying }, own, ground);
  });
  const opacity = numberOf(trace["opacity"], 1) * numberOf(bagOf(trace["marker"])["opacity"], 1);
  const shapes = [...paths].map(([fill, d]) => element("path", { d, fill, opacity: opacity < 1 ? opacity.toFixed(3) : undefined }));
  return { inside: shapes.join(""), over: texts.join("") };
}

interface Box {
  x0: number;
  y0: number;
  /** The end of the bar that stands away from its beginning. */
  x1: number;
  y1: number;
  index: number;
  isLying: boolean;
}

/** The text of a bar: in it where it fits, else beyond its end; smaller where bars are narrow, and none where they are narrower still. */
function textOn(trace: Bag, { x0, y0, x1, y1, index, isLying }: Box, colour: string, { ink, fontSize }: Ground): string {
  const text = labelOf(typeof trace["text"] === "object" ? listOf(trace["text"])[index] : trace["text"]);
  const position = textOf(trace["textposition"], "auto");
  if (text === "" || position === "none") return "";
  const [breadth, length] = isLying ? [Math.abs(y1 - y0), Math.abs(x1 - x0)] : [Math.abs(x1 - x0), Math.abs(y1 - y0)];
  const whole = sizeOf(text, fontSize);
  const room = isLying ? (breadth - 2) / whole.height : breadth / whole.width;
  // Upright in an upright bar that is long, but too narrow for the text.
  const isTurned = !isLying && room < 0.8 && position !== "outside" && length >= whole.width + 8 && breadth >= 0.8 * whole.height;
  if (isTurned) {
    const end = { x: (x0 + x1) / 2, y: y1 + (y1 <= y0 ? 5 : -5), anchor: y1 <= y0 ? "start" : "end" } as const;
    return textElement(text, { ...end, fontSize: fontSize * Math.min(1, breadth / whole.height), fill: inkOn(colour), angle: 90 });
  }
  const size = fontSize * Math.min(1, room);
  if (size < 7) return "";
  const { width, height } = sizeOf(text, size);
  const isInside = position !== "outside" && length >= (isLying ? width + 8 : height + 2);
  const fill = isInside ? inkOn(colour) : ink;
  if (isLying) {
    const isRightward = x1 >= x0;
    const anchor = isInside === isRightward ? "end" : "start";
    return textElement(text, { x: x1 + (anchor === "end" ? -4 : 4), y: (y0 + y1) / 2, fontSize: size, fill, anchor });
  }
  const isUp = y1 <= y0;
  const vertical = isInside === isUp ? "top" : "bottom";
  return textElement(text, { x: (x0 + x1) / 2, y: y1 + (vertical === "top" ? 3 : -2), fontSize: size, fill, vertical });
}

const sign = (trace: Bag, colour: string): string => {
  const own = bagOf(trace["marker"])["color"];
  return element("rect", { x: -7, y: -6, width: 14, height: 12, fill: textOf(typeof own === "object" ? listOf(own)[0] : own, colour) });
};

export const bar: TraceKind = { extent, draw, sign };
