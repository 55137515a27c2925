/** What every kind of trace is drawn on, and what each of them can do. */
import type { Axis, Extent } from "./axis.ts";
import type { ColourScale } from "./colour.ts";
import type { Bag } from "./read.ts";

export interface Ground {
  x: Axis;
  y: Axis;
  /** Of the letters. */
  ink: string;
  fontSize: number;
  /** How bars of one name stand to each other: group, stack, relative or overlay. */
  barMode: string;
  /** Says a sentence under the picture, once. */
  note: (sentence: string) => void;
}

export interface Drawn {
  /** Cut off at the edges of the plot. */
  inside: string;
  /** Letters, which may reach over the edges. */
  over?: string;
}

export interface TraceKind {
  /** How far the trace reaches on an axis; undefined where it has no point. */
  extent(trace: Bag, axis: Axis, all: readonly Bag[], ground: Ground): Extent | undefined;
  /** @param colour The trace's own, by its turn. */
  draw(trace: Bag, colour: string, ground: Ground, all: readonly Bag[]): Drawn;
  /** Its sign in the legend, around (0, 0), 30 pixels wide. */
  sign?(trace: Bag, colour: string): string;
  /** Its colours, where they mean something. */
  scale?(trace: Bag, note: (sentence: string) => void): ColourScale | undefined;
}

/** Plural and singular of a counted thing. */
export const counted = (count: number, one: string, many: string): string => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
