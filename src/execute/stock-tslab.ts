/**
 * Stock tslab says that a cell failed by a reply without name, message or traceback; what happened is text on stderr. Here the text
 * becomes the error it should have been. The stack's lines are those of the emitted JavaScript; the cell's own line is found where Node
 * quotes the line that threw and the cell has just one like it.
 */
import type { ErrorOutput } from "../nbformat/index.ts";
import { codeFrame } from "../runtime/code-frame.ts";
import { isFrame, titleLast } from "../runtime/traceback.ts";
import { errorOutput } from "./valid.ts";

/** After a failure tslab refuses what comes within 200 ms. */
export const abortWindowMs = 250;

/** One message on stderr for each complaint of the compiler. */
const complaint = /^(\d+):(\d+) - ([\s\S]*)$/;
/** What Node puts before the stack of an error that leaves a script: its name, the line and a mark beneath. */
const quote = /^\S+:\d+\n(.*)\n *\^*\n\n?/;
const stray = /^(?:UnhandledPromiseRejection|UncaughtException): /;
/** From here on a stack shows tslab's own calls. */
const inner = /^\s*at .*(?:node:vm:|[\\/]tslab[\\/]dist[\\/])/;

/** Messages on stderr, from the first to the last → how many of the last ones report the failure, and the failure. */
export function stockFailure(messages: readonly string[], source: string): { error: ErrorOutput; messageCount: number } {
  const firstOther = messages.findLastIndex((message) => !complaint.test(message));
  const complaints = messages.slice(firstOther + 1);
  if (complaints.length > 0) return { error: compileError(complaints, source), messageCount: complaints.length };
  const last = messages.at(-1);
  if (last === undefined) return { error: errorOutput({ evalue: "the kernel says that the cell failed, but not why" }), messageCount: 0 };
  return { error: thrownError(last.trimEnd(), source), messageCount: 1 };
}

/** An uncaught exception: tslab prints it, and its cell passes. */
export function strayError(message: string): ErrorOutput | undefined {
  return stray.test(message) ? thrownError(message.replace(stray, "").trimEnd(), "") : undefined;
}

/** The line alone: all that is known of its neighbours is that they are in the cell. */
const quoted = (source: string, line: number, column?: number): string[] => codeFrame(source, { line, column }, undefined, 0);

function compileError(complaints: readonly string[], source: string): ErrorOutput {
  const [, , , message = ""] = complaint.exec(complaints[0]!) ?? [];
  const lines = source.split("\n");
  const traceback = complaints.flatMap((text) => {
    const [, line = "", column = "1"] = complaint.exec(text) ?? [];
    const isThere = lines[Number(line) - 1] !== undefined;
    return [text.trimEnd(), ...(isThere ? quoted(source, Number(line), Number(column)) : [])];
  });
  const evalue = message.trimEnd();
  return errorOutput({ ename: "TypeScriptError", evalue, traceback: [...traceback, `TypeScriptError: ${evalue}`] });
}

function thrownError(text: string, source: string): ErrorOutput {
  const thrower = quote.exec(text)?.[1];
  const lines = text.replace(quote, "").split("\n");
  const firstFrame = lines.findIndex(isFrame);
  const where = place(thrower, source);
  if (firstFrame < 0) return errorOutput({ ename: "Thrown", evalue: text, traceback: [...where, `Thrown: ${text}`] });
  const title = lines.slice(0, firstFrame).join("\n");
  const [, ename = "Error", evalue = ""] = /^([\p{ID_Start}$_][\p{ID_Continue}$.]*(?: \[\w+\])?)(?:: ([\s\S]*))?$/u.exec(title) ?? [
    "",
    "Error",
    title,
  ];
  return errorOutput({ ename, evalue, traceback: [...where, ...titleLast(withoutInnerFrames(lines), evalue === "" ? ename : title)] });
}

/** Emitted lines end in a semicolon and lose their types, but a line that throws seldom has any. */
function place(thrower: string | undefined, source: string): string[] {
  const plain = (line: string): string => line.trim().replace(/;$/, "");
  const lines = source.split("\n");
  const hits = lines.flatMap((line, index) => (thrower && plain(line).endsWith(plain(thrower)) ? [index + 1] : []));
  return hits.length === 1 ? [`in line ${hits[0]} of the cell`, ...quoted(source, hits[0]!), ""] : [];
}

/** An error's own fields come after its frames and stay. */
function withoutInnerFrames(lines: readonly string[]): string[] {
  let isInner = false;
  return lines.filter((line) => {
    isInner = /^\s*at /.test(line) && (isInner || inner.test(line));
    return !isInner;
  });
}
