/** Markdown stays as it is written, so that offsets and lines are the file's; only its headings are found (CommonMark 0.31, 4.2 and 4.3). */
import type { Document, Heading } from "../document.ts";

const fence = /^ {0,3}(`{3,}|~{3,})/;
const atx = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const setext = /^ {0,3}(=+|-+)[ \t]*$/;
/** What cannot be the text of an underlined heading: an empty line, a list, a quotation, a table, a rule, code. */
const noParagraph = /^\s*$|^ {0,3}(?:[-*+>|]|\d+[.)] )|^ {4}|^\t/;

export function readMarkdown(id: string, text: string): Document {
  const headings: Heading[] = [];
  let open: string | undefined;
  let previous = { start: 0, line: "" };
  let start = endOfFrontMatter(text);
  while (start < text.length) {
    const end = text.indexOf("\n", start);
    const line = text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "");
    const [, mark] = fence.exec(line) ?? [];
    if (open !== undefined) {
      if (mark?.startsWith(open) && line.trim() === mark) open = undefined;
      previous = { start, line: "" };
    } else if (mark !== undefined) open = mark;
    else {
      const [, hashes, title = ""] = atx.exec(line) ?? [];
      const [, under] = setext.exec(line) ?? [];
      if (hashes !== undefined) headings.push({ start, level: hashes.length, text: plain(title) });
      else if (under !== undefined && !noParagraph.test(previous.line))
        headings.push({ start: previous.start, level: under.startsWith("=") ? 1 : 2, text: plain(previous.line) });
      previous = { start, line: hashes === undefined && under === undefined ? line : "" };
    }
    if (end < 0) break;
    start = end + 1;
  }
  return { id, text, headings };
}

/** YAML between two lines of ---, which many programs put before the text. */
function endOfFrontMatter(text: string): number {
  const [matter] = /^---[ \t]*\r?\n[\s\S]*?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/.exec(text) ?? [];
  return matter?.length ?? 0;
}

/** A heading without its markup. */
const plain = (heading: string): string =>
  heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*`]|(?<!\w)_|_(?!\w)/g, "")
    .trim();
