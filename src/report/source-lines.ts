/**
 * Where a cell's source stands in the notebook's file: line numbers of the .ipynb's JSON, which is what a code review shows. The text is
 * known to parse; this only walks it.
 */

import { readFileSync } from "node:fs";

const token = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/** For each cell of the file: the lines, from 1, on which its source lines stand. A source that is one string has them all on one line. */
export function sourceLines(text: string): number[][] {
  const cells: number[][] = [];
  /** Keys and positions from the root to here; a list's position is a number. */
  const path: (string | number)[] = [];
  let line = 1;
  let read = 0;
  let key = "";
  for (const match of text.matchAll(token)) {
    line += text.slice(read, match.index).split("\n").length - 1;
    read = match.index;
    const [word] = match;
    const top = path.at(-1);
    if (word === "{" || word === "[") path.push(word === "[" ? 0 : "");
    else if (word === "}" || word === "]") path.pop();
    else if (word === ",") {
      if (typeof top === "number") path[path.length - 1] = top + 1;
    } else if (typeof top === "string" && /^\s*:/.test(text.slice(match.index + word.length, match.index + word.length + 20))) {
      key = JSON.parse(word) as string;
      path[path.length - 1] = key;
    } else if (path[0] === "cells" && typeof path[1] === "number" && path[2] === "source") {
      const lines = (cells[path[1]] ??= []);
      if (path.length === 4) lines.push(line);
      else if (path.length === 3) lines.push(...(JSON.parse(word) as string).split("\n").map(() => line));
    }
  }
  return Array.from(cells, (lines) => lines ?? []);
}

/** The same for a file; nothing where it cannot be read as a notebook, which is then said elsewhere. */
export function linesOf(path: string): number[][] {
  try {
    return sourceLines(readFileSync(path, "utf8"));
  } catch {
    return [];
  }
}
