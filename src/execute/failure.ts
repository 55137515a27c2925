/** What a cell's failure is called, and where in the cell it happened. */
import { stripVTControlCharacters } from "node:util";
import type { ErrorOutput } from "../nbformat/index.ts";
import type { CellError } from "./result.ts";

/** How kernels name a place in the cell that failed; the first that a traceback has is taken. */
const places: readonly RegExp[] = [
  /\bcell\[[\d.]+\]:(\d+):\d+/, // ours
  /Cell In ?\[\d+\], line (\d+)/, // ipykernel
  /^\s*Input In \[\d+\], in .*?(?:<cell line: (\d+)>)/m, // ipykernel 6
  /^(\d+):\d+ - /m, // stock tslab's compiler
  /^in line (\d+) of the cell$/m, // found by us
];

export function lineOf(traceback: readonly string[]): number | undefined {
  const text = stripVTControlCharacters(traceback.join("\n"));
  for (const place of places) {
    const line = place.exec(text)?.[1];
    if (line !== undefined) return Number(line);
  }
  return undefined;
}

export function cellError({ ename, evalue, traceback }: ErrorOutput): CellError {
  const line = lineOf(traceback);
  return { name: ename, message: stripVTControlCharacters(evalue), ...(line === undefined ? {} : { line }) };
}
