/** Names of the traces with their signs, in rows as wide as the picture. */
import type { TraceKind } from "./ground.ts";
import { element } from "./markup.ts";
import { labelOf, type Bag } from "./read.ts";
import { sizeOf, textElement } from "./text.ts";

export interface Entry {
  trace: Bag;
  kind: TraceKind;
  colour: string;
  name: string;
}

export interface Legend {
  rows: readonly (readonly Entry[])[];
  width: number;
  height: number;
  /** Of one entry with the space behind it. */
  step: (entry: Entry) => number;
}

const signWidth = 40;
const rowHeight = 20;

/** More names than this are counted. */
const mostEntries = 40;

/** Names of traces that have a sign and are not kept out; a single one needs none, unless the layout asks for it. */
export function entriesOf(layout: Bag, entries: readonly Entry[]): Entry[] {
  const shown = entries.filter(({ trace, kind }) => kind.sign && trace["showlegend"] !== false);
  if (layout["showlegend"] === false || (shown.length < 2 && layout["showlegend"] !== true)) return [];
  return shown;
}

export const nameOf = (trace: Bag, index: number): string => labelOf(trace["name"]) || `trace ${index}`;

export function layLegend(entries: readonly Entry[], fontSize: number, width: number, note: (sentence: string) => void): Legend {
  const step = ({ name }: Entry): number => signWidth + sizeOf(name, fontSize).width + 12;
  const rows: Entry[][] = [];
  let left = 0;
  for (const entry of entries.slice(0, mostEntries)) {
    if (rows.length === 0 || step(entry) > left) {
      rows.push([]);
      left = width;
    }
    rows.at(-1)!.push(entry);
    left -= step(entry);
  }
  if (entries.length > mostEntries) note(`The legend has ${mostEntries} of ${entries.length} names.`);
  const widths = rows.map((row) => row.reduce((sum, entry) => sum + step(entry), 0));
  return { rows, width: Math.max(0, ...widths), height: rows.length * rowHeight, step };
}

export function drawLegend({ rows, step }: Legend, left: number, top: number, fontSize: number, ink: string): string {
  return rows
    .map((row, line) => {
      let x = left;
      const y = top + (line + 0.5) * rowHeight;
      return row
        .map((entry) => {
          const sign = element(
            "g",
            { transform: `translate(${Math.round(x + 17)} ${Math.round(y)})` },
            entry.kind.sign!(entry.trace, entry.colour),
          );
          const name = textElement(entry.name, { x: x + signWidth, y, fontSize, fill: ink, anchor: "start" });
          x += step(entry);
          return sign + name;
        })
        .join("");
    })
    .join("");
}
