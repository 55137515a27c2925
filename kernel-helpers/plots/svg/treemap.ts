/** Treemaps: each rectangle in the one that it is a part of, with its name where there is room. */
import { inkOn } from "./colour.ts";
import type { Drawn, Ground, TraceKind } from "./ground.ts";
import { element } from "./markup.ts";
import { bagOf, labelOf, listOf, quantityOf, textOf, type Bag } from "./read.ts";
import { squarify, type Rectangle } from "./squarify.ts";
import { lineHeight, sizeOf, textElement } from "./text.ts";

/** Pixels between a rectangle and its parts. */
const pad = 2;

/** The smallest side, in pixels, of a rectangle that is drawn. */
const smallest = 1;

interface Part {
  label: string;
  value: number;
  colour: string | undefined;
  parts: Part[];
}

/** The parts that are in no other. One that is in itself, by way of others, is left out with them. */
function partsOf(trace: Bag): Part[] {
  const labels = listOf(trace["labels"]).map(labelOf);
  const ids = listOf(trace["ids"]).map(labelOf);
  const colours = listOf(bagOf(trace["marker"])["colors"]);
  const parts = labels.map((label, index): Part => {
    const value = quantityOf(listOf(trace["values"])[index]);
    return { label, value: value > 0 && value < Infinity ? value : 0, colour: textOf(colours[index]) || undefined, parts: [] };
  });
  const byId = new Map(parts.map((part, index) => [ids[index] ?? labels[index]!, part]));
  const roots: Part[] = [];
  for (const [index, part] of parts.entries()) {
    const parent = labelOf(listOf(trace["parents"])[index]);
    (parent === "" ? roots : byId.get(parent)?.parts)?.push(part);
  }
  return roots;
}

function drawPart(part: Part, place: Rectangle, inherited: string, ground: Ground): Drawn {
  if (Math.min(place.width, place.height) < smallest) return { inside: "" };
  const colour = part.colour ?? inherited;
  const box = element("rect", {
    x: place.left,
    y: place.top,
    width: place.width,
    height: place.height,
    fill: colour,
    stroke: "#ffffff",
    "stroke-width": 0.5,
  });
  const { ink, fontSize } = ground;
  const own = Math.min(fontSize, (0.95 * place.width * fontSize) / Math.max(1, sizeOf(part.label, fontSize).width));
  const isWritten = own >= 7 && place.height >= own * lineHeight * (part.parts.length > 0 ? 2.5 : 1);
  const words = isWritten
    ? textElement(part.label, {
        x: place.left + 3,
        y: place.top + 1,
        fontSize: own,
        fill: part.parts.length > 0 ? ink : inkOn(colour),
        anchor: "start",
        vertical: "top",
      })
    : "";
  const header = isWritten ? own * lineHeight : 0;
  const room = {
    left: place.left + pad,
    top: place.top + pad + header,
    width: Math.max(0, place.width - 2 * pad),
    height: Math.max(0, place.height - 2 * pad - header),
  };
  const drawn = drawParts(part.parts, room, Math.max(part.value, valueOf(part.parts)), colour, ground);
  return { inside: box + words + drawn };
}

const valueOf = (parts: readonly Part[]): number => parts.reduce((sum, { value }) => sum + value, 0);

function drawParts(parts: readonly Part[], room: Rectangle, total: number, inherited: string, ground: Ground): string {
  const sorted = parts.toSorted((one, other) => other.value - one.value);
  const values = sorted.map(({ value }) => value);
  return squarify(values, room, total)
    .map((place, index) => drawPart(sorted[index]!, place, inherited, ground).inside)
    .join("");
}

function draw(trace: Bag, colour: string, ground: Ground): Drawn {
  const { x, y } = ground;
  const room = { left: x.start, top: y.start - y.length, width: x.length, height: y.length };
  const roots = partsOf(trace);
  return { inside: drawParts(roots, room, valueOf(roots), colour, ground) };
}

/** It stands on no axis: it fills the plot. */
export const treemap: TraceKind = { extent: () => undefined, draw };
