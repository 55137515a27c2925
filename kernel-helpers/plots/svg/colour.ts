/** Colours as Plotly takes them, and its scales of colours. */
import { bagOf, listOf, numberOf, textOf, type Bag } from "./read.ts";

/** Red, green and blue of 255, and opacity of 1. */
export type Colour = readonly [red: number, green: number, blue: number, opacity: number];

const grey: Colour = [128, 128, 128, 1];

/** `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(…)` and `rgba(…)`; undefined for a name. */
export function parseColour(text: string): Colour | undefined {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(text.trim())?.[1];
  if (hex) {
    const digits = hex.length === 3 ? hex.replace(/./g, "$&$&") : hex;
    const [red, green, blue, opacity = 255] = digits.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
    return [red!, green!, blue!, opacity / 255];
  }
  const parts = /^rgba?\(([^()]*)\)$/i
    .exec(text.trim())?.[1]!
    .split(/[\s,/]+/)
    .filter((part) => part !== "");
  const [red, green, blue, opacity = 1] = (parts ?? []).map(Number);
  const colour = [red, green, blue, opacity] as const;
  return colour.every((part): part is number => part !== undefined && part >= 0) ? (colour as Colour) : undefined;
}

const hexOf = (colour: Colour): string =>
  `#${colour
    .slice(0, 3)
    .map((part) => Math.round(Math.min(255, part)).toString(16).padStart(2, "0"))
    .join("")}`;

export const cssOf = ([red, green, blue, opacity]: Colour): string =>
  opacity < 1 ? `rgba(${[red, green, blue].map(Math.round).join()},${opacity.toFixed(3)})` : hexOf([red, green, blue, 1]);

/** A colour for an attribute, its opacity apart: not everything that shows SVG knows rgba(). */
export function paintOf(text: string): { colour: string; opacity: number } {
  const colour = parseColour(text);
  return colour ? { colour: hexOf(colour), opacity: Math.min(1, colour[3]) } : { colour: text, opacity: 1 };
}

/** Black or white, whichever is read on a ground of this colour. */
export function inkOn(text: string): string {
  const [red, green, blue, opacity] = parseColour(text) ?? grey;
  if (opacity < 0.5) return "#444444";
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#1a1a1a" : "#ffffff";
}

type Stops = readonly (readonly [at: number, colour: Colour])[];

const evenly = (colours: string): Stops => {
  const each = colours.split(" ").map((colour) => parseColour(colour)!);
  return each.map((colour, index) => [index / (each.length - 1), colour]);
};

/** As plotly.js has them. */
const scales: Record<string, Stops> = {
  Cividis: evenly(
    "#00204c #002a66 #00346e #273f6c #3c4a6b #4c556b #5b5f6d #686a70 #757575 #838178 #928c78 #a19876 #b0a572 #c0b16d #d1bf66 #e1cc5c #f3db4f #ffe945",
  ),
  Viridis: evenly(
    "#440154 #48186a #472d7b #424086 #3b528b #33638d #2c728e #26828e #21918c #1fa088 #28ae80 #3fbc73 #5ec962 #84d44b #addc30 #d8e219 #fde725",
  ),
  Greys: evenly("#000000 #ffffff"),
};

export interface ColourScale {
  min: number;
  max: number;
  colourAt(value: number): Colour;
}

/** Said under the picture where the scale is none of the above. */
const otherScale = (name: string): string => `The colour scale "${name}" is drawn as Cividis.`;

/** The scale of a trace of heat, or of a marker; `span` stands in where it names no smallest and largest value. */
export function scaleOf(settings: Bag, letter: "z" | "c", span: readonly [number, number], note: (text: string) => void): ColourScale {
  const { colorscale, reversescale } = settings;
  const own = listOf(colorscale).flatMap((stop) => {
    const [at, colour] = listOf(stop);
    const parsed = parseColour(textOf(colour));
    return typeof at === "number" && parsed ? [[at, parsed] as const] : [];
  });
  const name = textOf(colorscale, "Cividis");
  if (own.length < 2 && !Object.hasOwn(scales, name)) note(otherScale(name));
  const stops = own.length > 1 ? own : Object.hasOwn(scales, name) ? scales[name]! : scales["Cividis"]!;
  let [min, max] = [numberOf(settings[`${letter}min`], span[0]), numberOf(settings[`${letter}max`], span[1])];
  if (min === max) [min, max] = [min - 0.5, max + 0.5];
  const colourAt = (value: number): Colour => {
    const share = Math.max(0, Math.min(1, (value - min) / (max - min)));
    return between(stops, reversescale === true ? 1 - share : share);
  };
  return { min, max, colourAt };
}

function between(stops: Stops, share: number): Colour {
  const next = stops.findIndex(([at]) => at >= share);
  if (next <= 0) return next === 0 ? stops[0]![1] : stops.at(-1)![1];
  const [[low, from], [high, to]] = [stops[next - 1]!, stops[next]!];
  const weight = high > low ? (share - low) / (high - low) : 1;
  return from.map((part, index) => part + weight * (to[index]! - part)) as unknown as Colour;
}

/** Colours of the traces in their order, and of everything that has none of its own. */
export function lookOf(
  layout: Bag,
  palette: readonly string[],
): { ink: string; fontSize: number; family: string; colours: readonly string[] } {
  const font = bagOf(layout["font"]);
  const own = listOf(layout["colorway"]).filter((colour): colour is string => typeof colour === "string");
  return {
    ink: textOf(font["color"], "#444444"),
    fontSize: Math.max(6, Math.min(40, numberOf(font["size"], 12))),
    family: textOf(font["family"], "sans-serif"),
    colours: own.length > 0 ? own : palette,
  };
}
