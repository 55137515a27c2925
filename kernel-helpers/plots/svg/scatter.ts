/** Points, lines through them and texts at them. */
import { pixelOf, placeOf, type Axis, type Extent } from "./axis.ts";
import { cssOf, scaleOf, type ColourScale } from "./colour.ts";
import { counted, type Drawn, type Ground, type TraceKind } from "./ground.ts";
import { linePath } from "./lines.ts";
import { isKnownSymbol, markers, type Dot, type MarkerStyle } from "./markers.ts";
import { element, straight } from "./markup.ts";
import { bagOf, labelOf, listOf, numberOf, spanOf, textOf, type Bag } from "./read.ts";
import { sizeOf, textElement } from "./text.ts";

/** Points of all traces that are drawn one by one; of more, every second, third … is. */
export const mostPoints = 5000;

/** Texts of all traces. */
const mostTexts = 500;

const lengthOf = (trace: Bag): number => {
  const [x, y] = [listOf(trace["x"]), listOf(trace["y"])];
  return trace["x"] === undefined ? y.length : trace["y"] === undefined ? x.length : Math.min(x.length, y.length);
};

/** The values on one axis; 0, 1, 2, … where the trace has none. */
export function valuesOn(trace: Bag, direction: "x" | "y"): readonly unknown[] {
  const count = lengthOf(trace);
  return trace[direction] === undefined ? Array.from({ length: count }, (_, index) => index) : listOf(trace[direction]).slice(0, count);
}

function modeOf(trace: Bag): { lines: boolean; markers: boolean; text: boolean } {
  const mode = textOf(trace["mode"], lengthOf(trace) < 20 ? "lines+markers" : "lines");
  return { lines: mode.includes("lines"), markers: mode.includes("markers"), text: mode.includes("text") };
}

const extent = (trace: Bag, axis: Axis): Extent | undefined => {
  const span = spanOf(valuesOn(trace, axis.direction).map((value) => placeOf(axis, value)));
  if (!span) return undefined;
  const mode = modeOf(trace);
  const size = bagOf(trace["marker"])["size"];
  const largest = spanOf(listOf(size).map((each) => numberOf(each, 6)))?.[1] ?? numberOf(size, 6);
  const beyond = mode.markers ? Math.max(3, largest / 1.6) : 0;
  return { min: span[0], max: span[1], beyond, isPadded: axis.direction === "y" || mode.markers || mode.text };
};

interface Point extends Dot {
  /** In the trace. */
  index: number;
}

/** Pixels of the points; undefined where there is none, and a line ends. */
function pointsOf(trace: Bag, { x, y }: Ground): (Point | undefined)[] {
  const [xs, ys] = [valuesOn(trace, "x"), valuesOn(trace, "y")];
  return xs.map((value, index) => {
    const point = { x: pixelOf(x, placeOf(x, value)), y: pixelOf(y, placeOf(y, ys[index])), index };
    return Number.isFinite(point.x + point.y) ? point : undefined;
  });
}

const dashes: Record<string, string> = { dot: "2 3", dash: "7 4", longdash: "11 5", dashdot: "7 4 2 4", longdashdot: "11 5 2 5" };

const lineStyle = (trace: Bag, colour: string): { stroke: string; width: number; dash: string | undefined } => {
  const line = bagOf(trace["line"]);
  const dash = textOf(line["dash"]);
  const own = textOf(line["color"], textOf(bagOf(trace["marker"])["color"], colour));
  return { stroke: own, width: numberOf(line["width"], 2), dash: Object.hasOwn(dashes, dash) ? dashes[dash] : undefined };
};

function drawLines(trace: Bag, colour: string, points: readonly (Point | undefined)[]): string {
  const runs: Point[][] = [[]];
  for (const point of points) {
    if (point) runs.at(-1)!.push(point);
    else if (runs.at(-1)!.length > 0) runs.push([]);
  }
  const line = bagOf(trace["line"]);
  const [shape, smoothing] = [textOf(line["shape"], "linear"), numberOf(line["smoothing"], 1)];
  const { stroke, width, dash } = lineStyle(trace, colour);
  const d = runs.map((run) => (run.length > 1 ? linePath(run, shape, smoothing) : "")).join("");
  return d === ""
    ? ""
    : element("path", { d, fill: "none", stroke, "stroke-width": width, "stroke-linejoin": "round", "stroke-dasharray": dash });
}

/** The scale of a trace whose markers have numbers for colours. */
function scale(trace: Bag, note: (sentence: string) => void): ColourScale | undefined {
  const marker = bagOf(trace["marker"]);
  const span = spanOf(listOf(marker["color"]).map((value) => (typeof value === "number" ? value : NaN)));
  return span && scaleOf(marker, "c", span, note);
}

/** The style of each point: all alike, or one value of a list for each. */
function styleOf(trace: Bag, colour: string, note: (sentence: string) => void): (index: number) => MarkerStyle {
  const marker = bagOf(trace["marker"]);
  const edge = bagOf(marker["line"]);
  const colours = scale(trace, note);
  const pick = (value: unknown, index: number): unknown => (typeof value === "object" ? listOf(value)[index] : value);
  return (index) => {
    const own = pick(marker["color"], index);
    const symbol = textOf(pick(marker["symbol"], index), "circle");
    if (!isKnownSymbol(symbol)) note(`Markers of the kind "${symbol}" are drawn as circles.`);
    return {
      symbol: isKnownSymbol(symbol) ? symbol : symbol.includes("-open") ? "circle-open" : "circle",
      size: numberOf(pick(marker["size"], index), 6),
      colour:
        typeof own === "number" && colours ? cssOf(colours.colourAt(own)) : textOf(own, textOf(bagOf(trace["line"])["color"], colour)),
      edge: textOf(pick(edge["color"], index), "#444444"),
      edgeWidth: numberOf(pick(edge["width"], index), 0),
    };
  };
}

/** Points as dots: those that fall on one another once, and of very many every k-th. */
function drawMarkers(trace: Bag, colour: string, points: readonly Point[], stride: number, ground: Ground): string {
  const style = styleOf(trace, colour, ground.note);
  const groups: { key: string; style: MarkerStyle; dots: Map<string, Dot> }[] = [];
  for (let at = 0; at < points.length; at += stride) {
    const point = points[at]!;
    const own = style(point.index);
    const key = JSON.stringify(own);
    if (groups.at(-1)?.key !== key) groups.push({ key, style: own, dots: new Map() });
    groups.at(-1)!.dots.set(`${Math.round(2 * point.x)} ${Math.round(2 * point.y)}`, point);
  }
  return groups.map(({ style: own, dots }) => markers([...dots.values()], own)).join("");
}

const markersIn = (trace: Bag): number => (modeOf(trace).markers ? lengthOf(trace) : 0);

/** Which of the points is drawn: all, every second, … */
function strideOf(all: readonly Bag[], note: (sentence: string) => void): number {
  const count = all.reduce((sum, trace) => sum + markersIn(trace), 0);
  const stride = Math.ceil(count / mostPoints);
  if (stride > 1) note(`One point in ${stride} of ${count.toLocaleString("en")} is drawn.`);
  return Math.max(1, stride);
}

function drawTexts(trace: Bag, points: readonly Point[], { ink, fontSize, note }: Ground): string {
  const font = bagOf(trace["textfont"]);
  const size = numberOf(font["size"], fontSize);
  const distance = numberOf(bagOf(trace["marker"])["size"], modeOf(trace).markers ? 6 : 0) / 2 + 2;
  if (points.length > mostTexts) note(`${mostTexts} of ${counted(points.length, "text", "texts")} are written.`);
  const texts = points.slice(0, mostTexts).map(({ x, y, index }) => {
    const text = labelOf(typeof trace["text"] === "object" ? listOf(trace["text"])[index] : trace["text"]);
    const position = textOf(
      typeof trace["textposition"] === "object" ? listOf(trace["textposition"])[index] : trace["textposition"],
      "middle center",
    );
    if (text === "") return "";
    const [right, left] = [position.includes("right"), position.includes("left")];
    const [top, bottom] = [position.includes("top"), position.includes("bottom")];
    // Not over the edge of the picture: what would be cut off moves in.
    const half = sizeOf(text, size).width / 2;
    const centred = Math.max(half + 2, x);
    return textElement(text, {
      x: right ? x + distance : left ? x - distance : centred,
      y: top ? y - distance : bottom ? y + distance : y,
      anchor: right ? "start" : left ? "end" : "middle",
      vertical: top ? "bottom" : bottom ? "top" : "middle",
      fontSize: size,
      fill: textOf(font["color"], ink),
    });
  });
  return texts.join("");
}

function draw(trace: Bag, colour: string, ground: Ground, all: readonly Bag[]): Drawn {
  const mode = modeOf(trace);
  const points = pointsOf(trace, ground);
  const present = points.filter((point) => point !== undefined);
  const stride = strideOf(all, ground.note);
  const lines = mode.lines ? drawLines(trace, colour, points) : "";
  const dots = mode.markers ? drawMarkers(trace, colour, present, stride, ground) : "";
  const opacity = numberOf(trace["opacity"], 1) * numberOf(bagOf(trace["marker"])["opacity"], 1);
  const inside = opacity < 1 && lines + dots !== "" ? element("g", { opacity: opacity.toFixed(3) }, lines + dots) : lines + dots;
  return { inside, over: mode.text ? drawTexts(trace, present, ground) : "" };
}

function sign(trace: Bag, colour: string): string {
  const mode = modeOf(trace);
  const { stroke, width, dash } = lineStyle(trace, colour);
  const line = mode.lines ? straight(-15, 0, 15, 0, { stroke, "stroke-width": width, "stroke-dasharray": dash }) : "";
  const style = styleOf(trace, colour, () => {})(0);
  return line + (mode.markers ? markers([{ x: 0, y: 0 }], { ...style, size: Math.min(16, style.size) }) : "");
}

export const scatter: TraceKind = { extent, draw, sign, scale };
