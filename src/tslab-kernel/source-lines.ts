/** Stack traces in the cell's own lines: the compiler's source maps, kept per script and applied when a stack is formatted. */
import { SourceMap, type SourceMapPayload } from "node:module";

/** V8's, whose text is the stack's line. */
type Frame = NodeJS.CallSite & { toString(): string };

type Maps = readonly SourceMap[];

/** Emitted text → maps back to the source, from the last step to the first. */
const mapsOfOutput = new Map<string, Maps>();
/** Script name as V8 reports it → how to find a place of it in the source. */
const scripts = new Map<string, Required<Script> & { maps: Maps; lines: number }>();

const comment = /\n?\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

/** Cuts the inline source map off an emitted text. */
export function splitSourceMap(text: string): { text: string; map: SourceMap | undefined } {
  const match = comment.exec(text);
  if (!match) return { text, map: undefined };
  const payload = JSON.parse(Buffer.from(match[1]!, "base64").toString()) as SourceMapPayload;
  return { text: text.slice(0, match.index + 1), map: new SourceMap(payload) };
}

export function rememberMaps(output: string, maps: Maps): void {
  mapsOfOutput.set(output, maps);
}

export interface Script {
  /** The script's name in stacks as they come from V8. */
  name: string;
  /** What the reader shall see instead. */
  source: string;
  linesBefore?: number;
  sourceLinesBefore?: number;
}

/** From now on frames of this script are shown where they are in the source. */
export function mapScript(output: string, { name, source, linesBefore = 0, sourceLinesBefore = 0 }: Script): void {
  const maps = mapsOfOutput.get(output);
  mapsOfOutput.delete(output);
  if (maps) scripts.set(name, { name, maps, source, linesBefore, sourceLinesBefore, lines: output.split("\n").length });
}

function place(name: string, line: number, column: number): string | undefined {
  const script = scripts.get(name);
  if (!script) return undefined;
  let [row, offset] = [line - 1 - script.linesBefore, column - 1];
  // The call of the function that the executor wraps around a cell.
  if (row >= script.lines) return undefined;
  for (const map of script.maps) {
    const entry = map.findEntry(row, offset);
    if (!("originalLine" in entry)) return undefined;
    [row, offset] = [entry.originalLine, entry.originalColumn];
  }
  return `${script.source}:${row + 1 - script.sourceLinesBefore}:${offset + 1}`;
}

/** A line of the stack; nothing for a frame of a cell that is not in its source. */
function frameLine(frame: Frame): string[] {
  const [name, line, column] = [frame.getScriptNameOrSourceURL() ?? "", frame.getLineNumber() ?? 0, frame.getColumnNumber() ?? 0];
  if (!scripts.has(name)) return [`\n    at ${frame.toString()}`];
  const mapped = place(name, line, column);
  if (mapped === undefined) return [];
  // Names of earlier cells live on a Proxy.
  const text = frame.toString().replace(/^Proxy\./, "");
  return [`\n    at ${text.replace(`${name}:${line}:${column}`, mapped)}`];
}

const isCell = (frame: Frame): boolean => frame.getScriptNameOrSourceURL()?.startsWith("cell[") === true;

/** Formats every stack of this process from now on. */
export function formatStacksInSourceLines(): void {
  Error.prepareStackTrace = (error, frames: Frame[]) => {
    // What called the cell is the kernel itself, and says nothing to the reader.
    const outermost = frames.findLastIndex(isCell);
    const lines = (outermost < 0 ? frames : frames.slice(0, outermost + 1)).flatMap(frameLine);
    const code = isNodeError(error) ? ` [${error.code}]` : "";
    return `${title(error, code)}${lines.join("")}`;
  };
}

const isNodeError = (error: Error): error is NodeJS.ErrnoException =>
  "code" in error && typeof error.code === "string" && error.code.startsWith("ERR_");

function title(error: Error, code: string): string {
  const text = Error.prototype.toString.call(error);
  return code ? text.replace(error.name, error.name + code) : text;
}
