/** Numbers within bounds, digit by digit. */
import { choice, literal, nothing, optional, sequence, type Expression } from "./grammar.ts";
import { digits } from "./json-text.ts";

export interface Bounds {
  min: number;
  max: number;
  excludesMin: boolean;
  excludesMax: boolean;
}

/** The greatest integer of 15 digits. */
const most = 999_999_999_999_999;

/** Integers from min to max. */
export function integersBetween(min: number, max: number): Expression {
  const [low, high] = [Math.max(-most, min), Math.min(most, max)];
  if (low > high) return nothing;
  const options: Expression[] = [];
  if (low < 0) options.push(sequence(literal("-"), naturals(Math.max(1, -high), -low)));
  if (high >= 0) options.push(naturals(Math.max(0, low), high));
  return choice(options);
}

/** Integers from low to high, 0 ≤ low ≤ high, without leading zeros. */
function naturals(low: number, high: number): Expression {
  const options: Expression[] = [];
  for (let length = String(low).length; length <= String(high).length; length++) {
    const from = Math.max(low, length === 1 ? 0 : 10 ** (length - 1));
    const to = Math.min(high, 10 ** length - 1);
    options.push(sameLength(String(from), String(to)));
  }
  return choice(options);
}

/** The digits from one to another of the same length. */
function sameLength(from: string, to: string): Expression {
  if (/^0*$/.test(from) && /^9*$/.test(to)) return digits(from.length, from.length);
  const [first, last] = [Number(from[0]), Number(to[0])];
  const rest = from.length - 1;
  if (first === last) return sequence(literal(from[0]!), sameLength(from.slice(1), to.slice(1)));
  const middle = digitBetween(first + 1, last - 1);
  return choice([
    sequence(literal(from[0]!), sameLength(from.slice(1), "9".repeat(rest))),
    ...(middle ? [sequence(middle, digits(rest, rest))] : []),
    sequence(literal(to[0]!), sameLength("0".repeat(rest), to.slice(1))),
  ]);
}

const digitBetween = (from: number, to: number): Expression | undefined =>
  from > to ? undefined : { kind: "byte", ranges: [[0x30 + from, 0x30 + to]] };

/** Decimal numbers within bounds, without exponent and with at most 15 places. */
export function numbersBetween({ min, max, excludesMin, excludesMax }: Bounds): Expression {
  const negative = between({ min: Math.max(0, -max), max: -min, excludesMin: -max >= 0 ? excludesMax : false, excludesMax: excludesMin });
  const positive = between({ min: Math.max(0, min), max, excludesMin: min >= 0 ? excludesMin : false, excludesMax });
  return choice([...(min < 0 ? [sequence(literal("-"), negative)] : []), ...(max > 0 || (max === 0 && !excludesMax) ? [positive] : [])]);
}

/** The same for numbers that are not negative. */
function between({ min, max, excludesMin, excludesMax }: Bounds): Expression {
  if (min > max || (min === max && (excludesMin || excludesMax)) || min > most) return nothing;
  const [low, lowPlaces] = cut(min);
  const [high, highPlaces] = max > most ? [most, ""] : cut(max);
  const anyPlaces = optional(sequence(literal("."), digits(1, 15)));
  const least: PlaceBound = { places: lowPlaces, isIncluded: !excludesMin };
  const greatest: PlaceBound = { places: highPlaces, isIncluded: !excludesMax };
  if (low === high) return sequence(literal(String(low)), fraction(least, greatest));
  return choice([
    sequence(literal(String(low)), fraction(least, undefined)),
    ...(low + 1 <= high - 1 ? [sequence(naturals(low + 1, high - 1), anyPlaces)] : []),
    sequence(literal(String(high)), fraction(undefined, greatest)),
  ]);
}

/** The digits after the point, without zeros at the end, as a number between 0 and 1 has them. */
interface PlaceBound {
  places: string;
  isIncluded: boolean;
}

/** What may follow the integer part: nothing, or a point and places that lie between the bounds. */
function fraction(least: PlaceBound | undefined, greatest: PlaceBound | undefined): Expression {
  const isZeroFine = (!least || (least.places === "" && least.isIncluded)) && (!greatest || greatest.places !== "" || greatest.isIncluded);
  const options = [...(isZeroFine ? [literal("")] : []), sequence(literal("."), places(least, greatest, 15, true))];
  return choice(options);
}

/** So many places at most, at least one where they must begin, between the bounds that still bind. */
function places(least: PlaceBound | undefined, greatest: PlaceBound | undefined, room: number, isFirst: boolean): Expression {
  if (!least && !greatest) return digits(isFirst ? 1 : 0, room);
  const mayEnd =
    !isFirst && (!least || (least.places === "" && least.isIncluded)) && (!greatest || greatest.places !== "" || greatest.isIncluded);
  const options: Expression[] = mayEnd ? [literal("")] : [];
  if (room === 0) return choice(options);
  const from = least ? Number(least.places[0] ?? 0) : 0;
  const to = greatest ? Number(greatest.places[0] ?? 0) : 9;
  const after = (bound: PlaceBound | undefined): PlaceBound | undefined => bound && { ...bound, places: bound.places.slice(1) };
  for (let digit = from; digit <= to; digit++) {
    const isLow = least !== undefined && digit === from;
    const isHigh = greatest !== undefined && digit === to;
    if (isHigh && greatest.places === "" && !greatest.isIncluded) continue; // nothing but zeros is left, and the bound itself is excluded
    options.push(
      sequence(literal(String(digit)), places(isLow ? after(least) : undefined, isHigh ? after(greatest) : undefined, room - 1, false)),
    );
  }
  return choice(options);
}

/** A number ≥ 0 as its integer and its decimal places. */
function cut(value: number): [number, string] {
  const [integer = "0", decimals = ""] = decimal(value).split(".");
  return [Number(integer), decimals.replace(/0+$/, "")];
}

/** A number without exponent, with at most 15 places. */
function decimal(value: number): string {
  const shortest = String(value);
  return shortest.includes("e") ? value.toFixed(15) : shortest;
}

/** Whether a bound can be written with at most 15 places. */
export const isExact = (bound: number): boolean =>
  !Number.isFinite(bound) || (cut(Math.abs(bound))[1].length <= 15 && Number(decimal(bound)) === bound);
