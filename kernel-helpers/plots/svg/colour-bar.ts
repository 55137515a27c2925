/** What colours mean: a strip of them with its ticks and title, at the right of the plot. */
import { createAxis, pixelOf, type Axis } from "./axis.ts";
import type { ColourScale } from "./colour.ts";
import { heatImage } from "./heat-image.ts";
import { straight } from "./markup.ts";
import { bagOf, titleOf, type Bag } from "./read.ts";
import { sizeOf, textElement } from "./text.ts";
import { ticksOf, type Tick } from "./ticks.ts";

const [gap, thickness] = [14, 18];

export interface ColourBar {
  axis: Axis;
  ticks: Tick[];
  scale: ColourScale;
  title: string;
  width: number;
}

export function layColourBar(settings: Bag, scale: ColourScale, height: number, fontSize: number): ColourBar {
  const axis = { ...createAxis("y", {}, []), range: [scale.min, scale.max] as const, length: height };
  const ticks = ticksOf(axis);
  const title = titleOf(settings["title"]);
  const labels = Math.max(0, ...ticks.map(({ text }) => sizeOf(text, fontSize).width));
  return { axis, ticks, scale, title, width: gap + thickness + 6 + labels + (title === "" ? 0 : 6 + sizeOf(title, fontSize).height) };
}

export function drawColourBar(
  { axis, ticks, scale, title, width }: ColourBar,
  left: number,
  bottom: number,
  fontSize: number,
  ink: string,
): string {
  const placed = { ...axis, start: bottom };
  const x = left + gap;
  const strip = { left: x, top: bottom - axis.length, width: thickness, height: axis.length };
  const colours = heatImage(strip, scale, 1, (_, y) => scale.max - ((scale.max - scale.min) * y) / axis.length);
  const labels = ticks.map(({ place, text }) => {
    const y = pixelOf(placed, place);
    const label = textElement(text, { x: x + thickness + 6, y, fontSize, fill: ink, anchor: "start" });
    return straight(x + thickness, y, x + thickness + 4, y, { stroke: ink, "stroke-width": 1 }) + label;
  });
  const middle = { x: left + width - sizeOf(title, fontSize).height / 2, y: bottom - axis.length / 2 };
  const beside = title === "" ? "" : textElement(title, { ...middle, fontSize, fill: ink, angle: 90 });
  return colours + labels.join("") + beside;
}

/** The settings of a trace's colour bar; undefined where it shows none. */
export function colourBarOf(trace: Bag): Bag | undefined {
  const isHeat = trace["z"] !== undefined;
  const holder = isHeat ? trace : bagOf(trace["marker"]);
  const isShown = isHeat ? holder["showscale"] !== false : holder["showscale"] === true;
  return isShown ? bagOf(holder["colorbar"]) : undefined;
}
