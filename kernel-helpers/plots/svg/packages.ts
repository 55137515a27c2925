/** Parts of D3, loaded with the first figure that needs them: cells that only import figures do not wait for them. */
import { createRequire } from "node:module";
import type * as Contour from "d3-contour";
import type * as Format from "d3-format";

const load = createRequire(import.meta.url);

/** Where lines of one value run on a grid. */
export const contoursOf = (): ReturnType<typeof Contour.contours> => (load("d3-contour") as typeof Contour).contours();

/** Plotly's own notation of numbers, such as ".2f"; a notation that is none gives the number as it stands. */
export function formatWith(notation: string, value: number): string {
  const { format } = load("d3-format") as typeof Format;
  const isNotation = /^(?:(.)?([<>=^]))?([+\-( ])?([$#])?(0)?(\d{1,2})?(,)?(\.\d{1,2})?(~)?([a-z%])?$/i.test(notation);
  return isNotation ? format(notation)(value) : String(value);
}
