/** Text of a terminal in the page. Very long text is cut in the middle, and the page says so. */
import { ansiToHtml } from "./ansi.ts";
import { escapeHtml, isRightToLeft } from "./html.ts";
import { nestingReason } from "./nesting.ts";
import { settle } from "./terminal.ts";

/** Nobody reads fifty thousand lines on a page, and a phone fails on them; the notebook keeps them. */
const [firstLines, lastLines] = [2000, 500];
/** A single line can be as long as a file. */
const longestLine = 20_000;

function cut(text: string): { head: string; left: number; tail: string } {
  const lines = text
    .split("\n")
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}… (${line.length - longestLine} more characters)` : line));
  const left = lines.length - firstLines - lastLines;
  if (left <= 0) return { head: lines.join("\n"), left: 0, tail: "" };
  return { head: lines.slice(0, firstLines).join("\n"), left, tail: lines.slice(-lastLines).join("\n") };
}

/** `kind` becomes a class: stdout, stderr, result, error. */
export function renderText(text: string, kind: string): string {
  const { head, left, tail } = cut(settle(text).replace(/\n$/, ""));
  const pre = (part: string): string =>
    `<pre class="text ${escapeHtml(kind)}"${isRightToLeft(part) ? ' dir="auto"' : ""}>${ansiToHtml(part)}</pre>`;
  if (left === 0) return pre(head);
  return `${pre(head)}<p class="note">… ${left.toLocaleString("en")} lines are left out here; the notebook has them.</p>${pre(tail)}`;
}

/** The source of what is nested too deeply to be shown as what it is, and the reason. */
export function renderSource(source: string, error: Error): string {
  return `${renderText(source, "source")}<p class="note">Shown as its source: ${escapeHtml(nestingReason(error))}.</p>`;
}
