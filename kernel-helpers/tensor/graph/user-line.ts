/** Which line of the reader's code asked for the operation that failed. */
import { fileURLToPath } from "node:url";

const library = fileURLToPath(new URL("../../", import.meta.url));

/** How deep a call within the library may be for its line to be found. */
const frames = 60;

/** " (line 3 of train.ts)" for the innermost frame outside the library, or nothing when there is none. */
export const userLine = (): string => laterUserLine()();

/** The line of the call that is being made now, in words only when it is asked for: writing a stack out takes long, taking it does not. */
export function laterUserLine(): () => string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = frames;
  const here = new Error("for its stack");
  Error.stackTraceLimit = stackTraceLimit;
  return () => lineIn(here.stack ?? "");
}

function lineIn(stack: string): string {
  for (const frame of stack.split("\n").slice(1)) {
    const place = /\(?((?:file:\/\/)?[^()\s][^()]*):(\d+):\d+\)?$/.exec(frame.trim().replace(/^at /, ""));
    if (!place) continue;
    const file = place[1]!.startsWith("file://") ? fileURLToPath(place[1]!) : place[1]!;
    if (file.startsWith(library) || file.startsWith("node:")) continue;
    const name = file.includes("evalmachine") ? "this cell" : file.split(/[\\/]/).at(-1);
    return ` (line ${place[2]} of ${name})`;
  }
  return "";
}
