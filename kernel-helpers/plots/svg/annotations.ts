/** What a layout draws beside its traces: texts in boxes, with or without an arrow, and simple shapes. */
import { pixelOf, placeOf, type Axis } from "./axis.ts";
import type { Ground } from "./ground.ts";
import { element, straight } from "./markup.ts";
import { bagOf, labelOf, listOf, numberOf, quantityOf, textOf, type Bag } from "./read.ts";
import { sizeOf, textElement } from "./text.ts";

/** A share of the plot ("paper"), or a value of the axis; a text on a logarithmic axis stands at a power. */
function position(axis: Axis, reference: unknown, value: unknown, isPower: boolean): number {
  const isShare = reference === "paper" || textOf(reference).endsWith(" domain");
  const { direction, start, length } = axis;
  if (isShare) return start + quantityOf(value) * length * (direction === "x" ? 1 : -1);
  return pixelOf(axis, isPower && axis.kind === "log" ? quantityOf(value) : placeOf(axis, value));
}

/** Where the middle of a box is, whose edge, middle or end (by thirds of the plot where nothing is said) is at the place. */
function middleOf(place: number, size: number, anchor: unknown, share: number): number {
  if (anchor === "left" || anchor === "top") return place + size / 2;
  if (anchor === "right" || anchor === "bottom") return place - size / 2;
  if (anchor === "center" || anchor === "middle" || share === 0.5) return place;
  return share < 1 / 3 ? place + size / 2 : share > 2 / 3 ? place - size / 2 : place;
}

function annotation(settings: Bag, { x, y, ink, fontSize }: Ground): string {
  const [left, top] = [position(x, settings["xref"], settings["x"], true), position(y, settings["yref"], settings["y"], true)];
  const text = labelOf(settings["text"]);
  if (!Number.isFinite(left + top) || settings["visible"] === false) return "";
  const font = bagOf(settings["font"]);
  const size = numberOf(font["size"], fontSize);
  const colour = textOf(font["color"], ink);
  const pad = numberOf(settings["borderpad"], 1) + numberOf(settings["borderwidth"], 1) / 2;
  const { width, height } = sizeOf(text, size);
  const [boxWidth, boxHeight] = [width + 2 * pad, height + 2 * pad];
  const hasArrow = settings["showarrow"] !== false;
  const [dx, dy] = hasArrow ? [numberOf(settings["ax"], -10), numberOf(settings["ay"], -30)] : [0, 0];
  const isPaper = (reference: unknown): boolean => reference === "paper";
  const middle = {
    x: middleOf(left + dx, boxWidth, settings["xanchor"], !hasArrow && isPaper(settings["xref"]) ? quantityOf(settings["x"]) : 0.5),
    y: middleOf(top + dy, boxHeight, settings["yanchor"], !hasArrow && isPaper(settings["yref"]) ? 1 - quantityOf(settings["y"]) : 0.5),
  };
  const [border, ground] = [textOf(settings["bordercolor"]), textOf(settings["bgcolor"])];
  const box = element("rect", {
    x: middle.x - boxWidth / 2,
    y: middle.y - boxHeight / 2,
    width: boxWidth,
    height: boxHeight,
    fill: ground || "none",
    stroke: border || "none",
    "stroke-width": numberOf(settings["borderwidth"], 1),
  });
  const arrow = hasArrow ? drawArrow(middle.x, middle.y, left, top, textOf(settings["arrowcolor"], colour)) : "";
  const written = textElement(text, { ...middle, fontSize: size, fill: colour, angle: numberOf(settings["textangle"], 0) });
  return arrow + (border === "" && ground === "" ? "" : box) + written;
}

function drawArrow(fromX: number, fromY: number, toX: number, toY: number, stroke: string): string {
  const angle = (Math.atan2(toY - fromY, toX - fromX) * 180) / Math.PI;
  const head = element("path", {
    d: "M0 0L-8 -3.5V3.5Z",
    fill: stroke,
    transform: `translate(${Math.round(toX)} ${Math.round(toY)}) rotate(${Math.round(angle)})`,
  });
  return straight(fromX, fromY, toX, toY, { stroke, "stroke-width": 1.5 }) + head;
}

function shape(settings: Bag, { x, y, note }: Ground): string {
  const [x0, x1] = ["x0", "x1"].map((end) => position(x, settings["xref"], settings[end], false)) as [number, number];
  const [y0, y1] = ["y0", "y1"].map((end) => position(y, settings["yref"], settings[end], false)) as [number, number];
  const kind = textOf(settings["type"], "rect");
  if (kind !== "line" && kind !== "rect" && kind !== "circle") note(`A shape of the kind "${kind}" is left out.`);
  if (!Number.isFinite(x0 + x1 + y0 + y1) || settings["visible"] === false) return "";
  const line = bagOf(settings["line"]);
  const dash = { dot: "2 3", dash: "7 4", dashdot: "7 4 2 4" }[textOf(line["dash"])];
  const opacity = numberOf(settings["opacity"], 1);
  const edge = {
    stroke: textOf(line["color"], "#444444"),
    "stroke-width": numberOf(line["width"], 2),
    "stroke-dasharray": dash,
    opacity: opacity < 1 ? opacity.toFixed(3) : undefined,
  };
  if (kind === "line") return straight(x0, y0, x1, y1, edge);
  const paint = { fill: textOf(settings["fillcolor"]) || "none", ...edge };
  const [width, height] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
  if (kind === "circle") return element("ellipse", { cx: (x0 + x1) / 2, cy: (y0 + y1) / 2, rx: width / 2, ry: height / 2, ...paint });
  return kind === "rect" ? element("rect", { x: Math.min(x0, x1), y: Math.min(y0, y1), width, height, ...paint }) : "";
}

export const drawAnnotations = (layout: Bag, ground: Ground): string =>
  listOf(layout["annotations"])
    .map((each) => annotation(bagOf(each), ground))
    .join("");

/** Those beneath the traces, or those above. */
export const drawShapes = (layout: Bag, ground: Ground, layer: "below" | "above"): string =>
  listOf(layout["shapes"])
    .map(bagOf)
    .filter((settings) => textOf(settings["layer"], "above").startsWith(layer))
    .map((settings) => shape(settings, ground))
    .join("");
