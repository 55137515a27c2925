/**
 * A figure as a picture: Plotly's JSON as SVG, drawn without a browser, for everything that shows pictures and runs no scripts. The ranges, colours
 * and texts are those of the interactive figure. What the picture leaves out it says in a line beneath; nothing in the JSON makes it fail.
 */
import { escapeText } from "../plotly-text.ts";
import { palette } from "../theme.ts";
import { drawAnnotations, drawShapes } from "./annotations.ts";
import { createAxis, keepAspect, rangeOf, type Axis, type Direction, type Extent } from "./axis.ts";
import { bar } from "./bar.ts";
import { colourBarOf, drawColourBar, layColourBar, type ColourBar } from "./colour-bar.ts";
import { lookOf } from "./colour.ts";
import { contour } from "./contour.ts";
import { drawAxisLine, drawGrid, drawLabels, drawTitle, sideOf, type Side } from "./frame.ts";
import type { Ground, TraceKind } from "./ground.ts";
import { heatmap } from "./heatmap.ts";
import { drawLegend, entriesOf, layLegend, nameOf, type Entry, type Legend } from "./legend.ts";
import { element, pixels } from "./markup.ts";
import { bagOf, listOf, numberOf, textOf, titleOf, type Bag } from "./read.ts";
import { scatter, valuesOn } from "./scatter.ts";
import { lineHeight, plainText, sizeOf, textElement } from "./text.ts";
import { treemap } from "./treemap.ts";

/** Width of the picture where the layout names none: that of a notebook's column. */
const usualWidth = 800;

const kinds: Record<string, TraceKind> = { scatter, bar, heatmap, contour, treemap };

/** From the lowest to the highest, whatever the order of the traces. */
const layers: readonly TraceKind[] = [treemap, heatmap, contour, bar, scatter];

/** Characters of a note that fit side by side. */
const longestNote = 130;

/** What a trace may ask for and the picture does not draw. */
const leftOut: Record<string, string> = { error_x: "Error bars are", error_y: "Error bars are", fill: "Filled areas are" };

export function drawPicture(figure: { data?: unknown; layout?: unknown }): string {
  const layout = bagOf(figure.layout);
  const notes = new Set<string>();
  const note = (sentence: string): void => void notes.add(sentence);
  const width = Math.max(200, Math.min(4000, numberOf(layout["width"], usualWidth)));
  const height = Math.max(100, Math.min(4000, numberOf(layout["height"], 450)));
  const look = lookOf(layout, palette);
  const entries = drawable(listOf(figure.data).map(bagOf), look.colours, note);
  const ground = groundOf(entries, layout, look, note);
  const title = titleOf(layout["title"]);
  const plan = layOut(entries, layout, ground, width, height);
  const body = [background(layout, width, height), drawAll(entries, layout, ground, plan), heading(layout, ground, title, width, plan)];
  for (const slider of listOf(layout["sliders"])) note(sliderNote(bagOf(slider)));
  const lines = [...notes].map((sentence) => (sentence.length > longestNote ? `${sentence.slice(0, longestNote)}…` : sentence));
  const noteHeight = lines.length * lineHeight * 11 + (lines.length > 0 ? 6 : 0);
  const written = lines.map((sentence, index) => {
    const place = { x: 8, y: height + index * lineHeight * 11, fontSize: 11, fill: ground.ink, anchor: "start", vertical: "top" } as const;
    return textElement(escapeText(sentence), place);
  });
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    width: pixels(width),
    height: pixels(height + noteHeight),
    viewBox: `0 0 ${pixels(width)} ${pixels(height + noteHeight)}`,
    style: "max-width:100%;height:auto",
    "font-family": look.family,
    role: "img",
    "aria-label": plainText(title).trim() || "Figure",
    "xml:space": "preserve", // labels keep their spaces
  };
  return element("svg", attributes, body.join("") + written.join(""));
}

/** The traces that can be drawn, in their order; of the others it is said what they are. */
function drawable(traces: readonly Bag[], colours: readonly string[], note: (sentence: string) => void): Entry[] {
  return traces.flatMap((trace, index) => {
    const type = textOf(trace["type"], "scatter");
    const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (trace["visible"] === false || trace["visible"] === "legendonly") return [];
    if (!kind) note(`A trace of the kind "${type}" is not drawn here; the interactive figure has it.`);
    const isElsewhere = (["xaxis", "yaxis"] as const).some((axis) => !["", axis[0]].includes(textOf(trace[axis])));
    if (isElsewhere) note("Subplots beside the first are not drawn here; the interactive figure has them.");
    if (!kind || isElsewhere) return [];
    for (const [name, what] of Object.entries(leftOut)) {
      const isAsked =
        name === "fill"
          ? !["", "none"].includes(textOf(trace[name]))
          : bagOf(trace[name])["visible"] !== false && trace[name] !== undefined;
      if (isAsked) note(`${what} not drawn here; the interactive figure has them.`);
    }
    return [{ trace: { ...trace, type }, kind, colour: colours[index % colours.length]!, name: nameOf(trace, index) }];
  });
}

function groundOf(
  entries: readonly Entry[],
  layout: Bag,
  look: { ink: string; fontSize: number },
  note: (sentence: string) => void,
): Ground {
  const axisOf = (direction: Direction): Axis => {
    const values = entries.flatMap(({ trace }) => (trace["z"] === undefined ? valuesOn(trace, direction) : listOf(trace[direction])));
    return createAxis(direction, bagOf(layout[`${direction}axis`]), values);
  };
  return { x: axisOf("x"), y: axisOf("y"), ink: look.ink, fontSize: look.fontSize, barMode: textOf(layout["barmode"], "group"), note };
}

interface Plan {
  x: Side;
  y: Side;
  colourBar: ColourBar | undefined;
  legend: Legend;
  isLegendAbove: boolean;
  top: number;
}

/** Finds room for everything. Labels depend on the ranges, ranges on the pixels of the axes, and those on the labels: the second round settles it. */
function layOut(entries: readonly Entry[], layout: Bag, ground: Ground, width: number, height: number): Plan {
  const { x, y, fontSize, note } = ground;
  const margin = bagOf(layout["margin"]);
  const legend = layLegend(entriesOf(layout, entries), fontSize, width - 24, note);
  const isLegendAbove = numberOf(bagOf(layout["legend"])["y"], 0) >= 1;
  const heat = entries.find(({ trace, kind }) => colourBarOf(trace) && kind.scale?.(trace, note));
  const traces = entries.map(({ trace }) => trace);
  const titleHeight = titleOf(layout["title"]) === "" ? 0 : sizeOf(titleOf(layout["title"]), 1.4 * fontSize).height + 18;
  const top = Math.max(numberOf(margin["t"], 60), titleHeight) + (isLegendAbove ? legend.height : 0);
  let plan: Plan = { x: none, y: none, colourBar: undefined, legend, isLegendAbove, top };
  [x.length, y.length] = [width - 160, height - top - 90];
  for (let round = 0; round < 3; round++) {
    for (const axis of [x, y]) {
      const extents = entries
        .map(({ trace, kind }) => kind.extent(trace, axis, traces, ground))
        .filter((extent): extent is Extent => extent !== undefined);
      axis.range = rangeOf(axis, extents);
    }
    const sides = { x: sideOf(x, fontSize, height), y: sideOf(y, fontSize, width) };
    const scale = heat?.kind.scale?.(heat.trace, note);
    const colourBar = heat && scale ? layColourBar(colourBarOf(heat.trace)!, scale, y.length, fontSize) : undefined;
    const left = Math.max(Math.min(numberOf(margin["l"], 60), 60), sides.y.labels + sides.y.title + 4);
    const legendHeight = legend.height > 0 && !isLegendAbove ? legend.height + 8 : 0;
    const bottom = Math.max(Math.min(numberOf(margin["b"], 50), 20), sides.x.labels + sides.x.title + 8) + legendHeight;
    // A label under the last tick may reach over the end of its axis.
    const right = Math.max(Math.min(numberOf(margin["r"], 20), 20), overhang(x, sides.x, fontSize)) + (colourBar?.width ?? 0);
    [x.start, x.length] = [left, Math.max(20, width - left - right)];
    [y.start, y.length] = [height - bottom, Math.max(20, height - top - bottom)];
    plan = { ...plan, ...sides, colourBar };
  }
  keepAspect(x, y);
  return { ...plan, x: sideOf(x, fontSize, height), y: sideOf(y, fontSize, width) };
}

const none: Side = { ticks: [], angle: 0, labels: 0, title: 0 };

function overhang(axis: Axis, { ticks, angle }: Side, fontSize: number): number {
  const last = ticks.at(-1);
  if (!last || angle === 90) return 0;
  const { width } = sizeOf(last.text, 0.92 * fontSize);
  const toEnd = Math.abs(((axis.range[1] - last.place) / (axis.range[1] - axis.range[0])) * axis.length);
  return Math.max(0, (angle === 30 ? 0.87 * width : width / 2) - toEnd) + 4;
}

function background(layout: Bag, width: number, height: number): string {
  const paper = textOf(layout["paper_bgcolor"], "#ffffff");
  return /^(transparent|rgba\(.*,\s*0\))$/.test(paper) ? "" : element("rect", { width, height, fill: paper });
}

function drawAll(entries: readonly Entry[], layout: Bag, ground: Ground, plan: Plan): string {
  if (entries.length === 0 && listOf(layout["annotations"]).length === 0) return "";
  const { x, y } = ground;
  const traces = entries.map(({ trace }) => trace);
  const drawn = entries
    .toSorted((one, other) => layers.indexOf(one.kind) - layers.indexOf(other.kind))
    .map(({ trace, kind, colour }) => kind.draw(trace, colour, ground, traces));
  const inside = drawShapes(layout, ground, "below") + drawn.map((each) => each.inside).join("") + drawShapes(layout, ground, "above");
  const [left, top] = [x.start, y.start - y.length].map(pixels);
  const [width, height] = [x.length, y.length].map(pixels);
  const grid = drawGrid(x, plan.x, y) + drawGrid(y, plan.y, x);
  return [
    grid,
    // An inner picture cuts off at its edges without a name, which would have to differ from all others on a page.
    element("svg", { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}`, overflow: "hidden" }, inside),
    drawAxisLine(x, y) + drawAxisLine(y, x),
    ...drawn.map(({ over = "" }) => over),
    drawLabels(x, plan.x, y, ground),
    drawLabels(y, plan.y, x, ground),
    drawTitle(x, plan.x, y, ground),
    drawTitle(y, plan.y, x, ground),
    plan.colourBar ? drawColourBar(plan.colourBar, x.start + x.length, y.start, ground.fontSize, ground.ink) : "",
    drawAnnotations(layout, ground),
  ].join("");
}

/** The title, and the legend below the plot or above it. */
function heading(layout: Bag, ground: Ground, title: string, width: number, { legend, isLegendAbove, top, x: side }: Plan): string {
  const { x, y, ink, fontSize } = ground;
  const settings = bagOf(layout["title"]);
  const share = numberOf(settings["x"], 0.5);
  const anchor =
    settings["xanchor"] === "left" || share < 0.3 ? "start" : settings["xanchor"] === "right" || share > 0.7 ? "end" : "middle";
  const size = numberOf(bagOf(settings["font"])["size"], 1.4 * fontSize);
  const middle = (top - (isLegendAbove ? legend.height : 0)) / 2;
  const written = title === "" ? "" : textElement(title, { x: share * width, y: middle, fontSize: size, fill: ink, anchor });
  if (legend.rows.length === 0) return written;
  const left = isLegendAbove ? Math.max(8, x.start + x.length - legend.width) : x.start + Math.min(0, width - 12 - x.start - legend.width);
  const legendTop = isLegendAbove ? y.start - y.length - legend.height - 4 : y.start + side.labels + side.title + 8;
  return written + drawLegend(legend, Math.max(8, left), legendTop, fontSize, ink);
}

function sliderNote(slider: Bag): string {
  const steps = listOf(slider["steps"]).map((step) => plainText(titleOf(bagOf(step)["label"])));
  const active = steps[numberOf(slider["active"], 0)] ?? "";
  const all = `${steps.length} pictures of the interactive figure's slider, "${steps[0] ?? ""}" to "${steps.at(-1) ?? ""}"`;
  return `Shown is "${active}", one of ${all}.`;
}
