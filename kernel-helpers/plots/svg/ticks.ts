/** Where an axis is marked, and what stands there: steps of 1, 2 and 5 times a power of ten, by Plotly's rules. */
import { placeOf, type Axis } from "./axis.ts";
import { formatAlone, formatNumber, formatPower, sharedExponent } from "./numbers.ts";
import { formatWith } from "../packages.ts";
import { labelOf, listOf, textOf } from "./read.ts";

export interface Tick {
  place: number;
  /** 0 for what must be read, 1 and 2 for what may go where there is little room. @default 0 */
  rank?: number;
  /** In the markup of text.ts. */
  text: string;
}

/** A tick every so many pixels, across and up, but no fewer than four and no more than nine. */
const spacing = { x: 80, y: 40 };

function stepAbove(rough: number): number {
  const base = 10 ** Math.floor(Math.log10(rough));
  return base * ([2, 5].find((factor) => factor >= rough / base) ?? 10);
}

/** The multiples of a step within a range. */
function multiples(step: number, from: number, to: number): number[] {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const [first, last] = [Math.ceil(low / step - 1e-6), Math.floor(high / step + 1e-6)];
  return Array.from({ length: Math.max(0, Math.min(1000, last - first + 1)) }, (_, index) => (first + index) * step);
}

export function ticksOf(axis: Axis): Tick[] {
  const { kind, range, settings, length, direction, categories } = axis;
  const [low, high] = [Math.min(...range), Math.max(...range)];
  const within = (ticks: Tick[]): Tick[] =>
    ticks.filter(({ place }) => place >= low - 1e-9 * (high - low) && place <= high + 1e-9 * (high - low));
  const given = listOf(settings["tickvals"]);
  if (given.length > 0) {
    const texts = listOf(settings["ticktext"]);
    return within(
      given.map((value, index) => ({ place: placeOf(axis, value), text: index < texts.length ? labelOf(texts[index]) : labelOf(value) })),
    );
  }
  if (kind === "category") return within([...categories].map(([text, place]) => ({ place, text })));
  const count = Math.max(4, Math.min(9, length / spacing[direction])) + 1;
  const rough = (high - low) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const written = textOf(settings["tickformat"]);
  const own = (value: number): string | undefined => (written === "" ? undefined : formatWith(written, value));
  if (kind === "log") return within(logTicks(low, high, rough, settings["exponentformat"] === "power", own));
  const step = stepAbove(rough);
  const exponent = sharedExponent(Math.max(Math.abs(low), Math.abs(high)));
  return multiples(step, low, high).map((place) => ({ place, text: own(place) ?? formatNumber(place, exponent, step) }));
}

function logTicks(low: number, high: number, rough: number, inPowers: boolean, own: (value: number) => string | undefined): Tick[] {
  const tick = (value: number): Tick => ({ place: Math.log10(value), text: own(value) ?? formatAlone(value) });
  if (high - low < 1 && rough <= 0.7) {
    // Within a decade the values themselves are in steps.
    const [from, to] = [10 ** low, 10 ** high];
    return multiples(stepAbove(((to - from) * rough) / (1.5 * (high - low))), from, to)
      .filter((value) => value > 0)
      .map(tick);
  }
  const powers = multiples(rough > 0.7 ? Math.ceil(rough) : 1, Math.floor(low), Math.ceil(high));
  if (rough > 0.7) return powers.map((power) => (inPowers ? { place: power, text: formatPower(power) } : tick(10 ** power)));
  const digits = rough > 0.3 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  return powers.flatMap((power) =>
    digits.map((digit) => {
      const { place, text } = tick(digit * 10 ** power);
      const inPower = digit === 1 ? formatPower(power) : power === 0 ? String(digit) : `${digit}×${formatPower(power)}`;
      return { place, text: inPowers ? inPower : text, rank: digit === 1 ? 0 : digit === 2 || digit === 5 ? 1 : 2 };
    }),
  );
}
