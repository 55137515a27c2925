/** Stack traces in the lines that the reader wrote: source maps, kept per script and applied when a stack is formatted. */
import { SourceMap, type SourceMapPayload } from "node:module";
import { readable } from "./readable.ts";
import { parse } from "./intrinsics.ts";

/** V8's, whose text is the stack's line. */
type Frame = NodeJS.CallSite & { toString(): string };

interface Script {
  /** What the reader sees instead of the script's name. */
  source: string;
  map: SourceMap;
  /** Lines that the kernel has put before the compiled text. */
  linesBefore: number;
}

/** Script name as V8 reports it → how to find a place of it in the source. */
const scripts = new Map<string, Script>();

/** From now on frames of the script `name` are shown where they are in the source. */
export function mapScript(
  name: string,
  { source, sourceMap, linesBefore = 0 }: { source: string; sourceMap: string; linesBefore?: number },
): void {
  if (sourceMap !== "") scripts.set(name, { source, map: new SourceMap(parse(sourceMap) as SourceMapPayload), linesBefore });
}

function place({ map, source, linesBefore }: Script, line: number, column: number): string | undefined {
  const entry = map.findEntry(line - 1 - linesBefore, column - 1);
  return "originalLine" in entry ? `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}` : undefined;
}

/** A line of the stack; nothing for a frame of a cell that is not in its source. */
function frameLine(frame: Frame): string[] {
  const [name, line, column] = [frame.getScriptNameOrSourceURL() ?? "", frame.getLineNumber() ?? 0, frame.getColumnNumber() ?? 0];
  const script = scripts.get(name);
  if (!script) return [`\n    at ${frame.toString()}`];
  const mapped = place(script, line, column);
  return mapped === undefined ? [] : [`\n    at ${readable(frame.toString()).replace(`${name}:${line}:${column}`, mapped)}`];
}

const isCell = (frame: Frame): boolean => frame.getScriptNameOrSourceURL()?.startsWith("cell[") === true;

const kernelFolder = new URL(".", import.meta.url).href;
const isKernels = (frame: Frame): boolean => frame.getScriptNameOrSourceURL()?.startsWith(kernelFolder) === true;

/** Formats every stack of this process from now on. */
export function formatStacksInSourceLines(): void {
  Error.prepareStackTrace = (error, frames: Frame[]) => {
    // What called the cell is the kernel itself, and says nothing to the reader.
    const outermost = frames.findLastIndex(isCell);
    const shown = outermost < 0 ? frames : frames.slice(0, outermost + 1).filter((frame) => !isKernels(frame));
    const lines = shown.flatMap(frameLine);
    return `${title(error)}${lines.join("")}`;
  };
}

/** As V8 begins a stack, with the code of Node's own errors. */
function title(error: Error): string {
  try {
    const text = readable(Error.prototype.toString.call(error));
    const code: unknown = "code" in error ? error.code : undefined;
    return typeof code === "string" && code.startsWith("ERR_") ? text.replace(error.name, `${error.name} [${code}]`) : text;
  } catch {
    return "Error"; // a name or message that cannot be made text
  }
}
