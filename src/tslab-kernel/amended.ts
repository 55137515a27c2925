/**
 * A cell that ran with imports that the compiler has added to it. The notebook should have them too: JupyterLab puts the text of a reply's payload into
 * the cell, in place of whatever the reader has typed there since. So that is done within a few seconds or not at all, and then the reader is told what
 * to write.
 */
import type { Cell } from "./cell.ts";

/** Few readers go on typing into a cell so soon; loading a library may take some of it. */
const soonMs = 5000;

/** What the reply brings along; a note to the reader where it cannot be the new text. */
export function nextInput(cell: Cell, tell: (note: string) => void): Record<string, unknown>[] {
  if (!cell.amended) return [];
  const { code, imports } = cell.amended;
  const age = Date.now() - Date.parse(cell.request.header.date);
  // JupyterLab heeds no payload of a failure. A client on another machine may have another clock.
  if (!cell.failure && Math.abs(age) < soonMs) return [{ source: "set_next_input", text: code, replace: true }];
  tell(`This cell ran with an import that it does not have. Write at its top:\n${imports.join("\n")}\n`);
  return [];
}
