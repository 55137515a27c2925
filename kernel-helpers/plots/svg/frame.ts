/** The axes as they are seen: lines across the plot at the ticks, the ticks' texts, the titles, and how much room all of them take. */
import { pixelOf, type Axis } from "./axis.ts";
import type { Ground } from "./ground.ts";
import { straight } from "./markup.ts";
import { numberOf, textOf, titleOf } from "./read.ts";
import { lineHeight, sizeOf, textElement } from "./text.ts";
import { ticksOf, type Tick } from "./ticks.ts";

export interface Side {
  ticks: readonly Tick[];
  /** Degrees; texts below a crowded axis are turned. */
  angle: 0 | 30 | 90;
  /** Of the ticks' texts, away from the plot. */
  labels: number;
  /** Of the title. */
  title: number;
}

const beside = 6; // between the plot and its labels

/** Letters of a tick's text. */
const tickSize = (fontSize: number): number => 0.92 * fontSize;

/** Of a title. */
export const titleSize = (fontSize: number): number => 1.1 * fontSize;

/** The widest that labels may get, as a share of the picture. */
const mostRoom = 0.4;

/** What stands along an axis. Texts that would overlap are turned, and where even that does not help, only some of them are written. */
export function sideOf(axis: Axis, fontSize: number, picture: number): Side {
  const hasLabels = axis.isVisible && axis.settings["showticklabels"] !== false;
  const size = tickSize(fontSize);
  const all = axis.isVisible ? withRoom(ticksOf(axis), axis, size) : [];
  const name = axis.isVisible ? titleOf(axis.settings["title"]) : "";
  const title = name === "" ? 0 : sizeOf(name, titleSize(fontSize)).height + 6;
  if (!hasLabels || all.length === 0) return { ticks: all.map(({ place }) => ({ place, text: "" })), angle: 0, labels: 0, title };
  const step = hasRanks(all)
    ? Infinity
    : Math.abs(axis.length / (axis.range[1] - axis.range[0])) *
      Math.min(...all.slice(1).map(({ place }, index) => Math.abs(place - all[index]!.place)));
  const sizes = all.map(({ text }) => sizeOf(text, text === "" ? 0 : size));
  const widest = Math.max(...sizes.map(({ width }) => width));
  const highest = Math.max(...sizes.map(({ height }) => height));
  if (axis.direction === "y")
    return { ticks: some(all, step, highest * 0.9), angle: 0, labels: beside + Math.min(widest, mostRoom * picture), title };
  const written = all.filter(({ text }) => text !== "");
  const half = (tick: Tick): number => sizeOf(tick.text, size).width / 2 + 3;
  const isCrowded = written.some((tick, index) => index > 0 && half(tick) + half(written[index - 1]!) > distance(axis, written, index));
  const angle = !isCrowded ? 0 : step >= 2 * highest ? 30 : 90;
  const sine = Math.sin((angle * Math.PI) / 180);
  const height = angle === 0 ? highest : Math.min(widest, mostRoom * picture) * sine + highest * Math.cos((angle * Math.PI) / 180);
  return { ticks: angle === 0 ? all : some(all, step, highest / sine), angle, labels: beside + height, title };
}

/** Of ticks of several ranks, the texts of the lower ones go where not all have room. */
function withRoom(ticks: readonly Tick[], axis: Axis, size: number): readonly Tick[] {
  const along = ({ text }: Tick): number => (axis.direction === "x" ? sizeOf(text, size).width + 6 : lineHeight * size * 0.9);
  const upTo = (rank: number): Tick[] => ticks.filter((tick) => (tick.rank ?? 0) <= rank);
  const fits = (left: readonly Tick[]): boolean =>
    left.length > 1 &&
    left.every((tick, index) => index === 0 || (along(tick) + along(left[index - 1]!)) / 2 <= distance(axis, left, index));
  const rank = [2, 1, 0].find((each) => fits(upTo(each)));
  if (rank === undefined || rank === 2) return ticks;
  return ticks.map((tick) => ((tick.rank ?? 0) <= rank ? tick : { ...tick, text: "" }));
}

const hasRanks = (ticks: readonly Tick[]): boolean => ticks.some(({ rank = 0 }) => rank > 0);

const distance = (axis: Axis, ticks: readonly Tick[], index: number): number =>
  Math.abs(pixelOf(axis, ticks[index]!.place) - pixelOf(axis, ticks[index - 1]!.place));

/** How many ticks may stand from text to text: counts that people count in. */
const strides = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Texts at every second, fifth … tick, as far apart as they need. */
function some(ticks: readonly Tick[], step: number, needed: number): Tick[] {
  const every = strides.find((stride) => stride * step >= needed) ?? ticks.length;
  return ticks.map((tick, index) => (index % every === 0 ? tick : { ...tick, text: "" }));
}

/** Lines across the plot, stronger at zero. */
export function drawGrid(axis: Axis, side: Side, other: Axis): string {
  const { settings, direction } = axis;
  if (!axis.isVisible) return "";
  const zero =
    settings["zeroline"] !== false && axis.kind === "linear" && Math.min(...axis.range) < 0 && Math.max(...axis.range) > 0 ? [0] : [];
  const grid = settings["showgrid"] === false ? [] : side.ticks.map(({ place }) => place).filter((place) => !zero.includes(place));
  const [from, to] = [other.start, other.start + (other.direction === "x" ? other.length : -other.length)];
  const across = (place: number, colour: string): string => {
    const at = Math.round(pixelOf(axis, place)) + 0.5;
    const ends: [number, number, number, number] = direction === "x" ? [at, from, at, to] : [from, at, to, at];
    return straight(...ends, { stroke: colour, "stroke-width": numberOf(settings["gridwidth"], 1) });
  };
  const [ordinary, strong] = [textOf(settings["gridcolor"], "#eeeeee"), textOf(settings["zerolinecolor"], "#444444")];
  return grid.map((place) => across(place, ordinary)).join("") + zero.map((place) => across(place, strong)).join("");
}

/** The line that an axis itself is, where it has a colour. */
export function drawAxisLine(axis: Axis, other: Axis): string {
  const { settings, direction, start, length } = axis;
  const isShown = settings["showline"] === undefined ? settings["linecolor"] !== undefined : settings["showline"] === true;
  if (!axis.isVisible || !isShown) return "";
  const paint = { stroke: textOf(settings["linecolor"], "#444444"), "stroke-width": numberOf(settings["linewidth"], 1) };
  const at = Math.round(other.start) + (direction === "x" ? 0.5 : -0.5);
  return direction === "x" ? straight(start, at, start + length, at, paint) : straight(at, start, at, start - length, paint);
}

export function drawLabels(axis: Axis, side: Side, other: Axis, { ink, fontSize }: Ground): string {
  const size = tickSize(fontSize);
  return side.ticks
    .filter(({ text }) => text !== "")
    .map(({ place, text }) => {
      const at = pixelOf(axis, place);
      if (axis.direction === "y") return textElement(text, { x: other.start - beside, y: at, fontSize: size, fill: ink, anchor: "end" });
      const y = other.start + beside;
      if (side.angle === 0) return textElement(text, { x: at, y, fontSize: size, fill: ink, vertical: "top" });
      // Turned texts begin below their tick.
      const x = side.angle === 90 ? at : at - 3;
      return textElement(text, { x, y: y + (side.angle === 90 ? 0 : 4), fontSize: size, fill: ink, anchor: "start", angle: side.angle });
    })
    .join("");
}

export function drawTitle(axis: Axis, side: Side, other: Axis, { ink, fontSize }: Ground): string {
  const text = titleOf(axis.settings["title"]);
  if (side.title === 0) return "";
  const middle = axis.start + (axis.direction === "x" ? axis.length / 2 : -axis.length / 2);
  if (axis.direction === "x")
    return textElement(text, { x: middle, y: other.start + side.labels + 4, fontSize: titleSize(fontSize), fill: ink, vertical: "top" });
  return textElement(text, {
    x: other.start - side.labels - side.title / 2,
    y: middle,
    fontSize: titleSize(fontSize),
    fill: ink,
    angle: -90,
  });
}
