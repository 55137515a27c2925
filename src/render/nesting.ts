/**
 * Text that nests without end, as programs and attackers write it. The parsers take a time that grows with the square or the cube of the
 * depth, and overflow the stack; so what goes beyond any text that is meant to be read is refused by name, and its source is shown instead.
 */

/** What is nested too deeply to be shown as what it is. */
export class NestingError extends Error {
  override name = "NestingError";
}

/** Lists and quotations within each other. */
const deepestContainer = 100;
/** Lines times levels of what is more than ten levels deep: each line is looked at for each level that it may go on. */
const [deep, mostDeepLines] = [10, 100_000];
/** Marks of emphasis, links, comments in one paragraph, each of which may open what another closes: its end is looked for in the whole paragraph. */
const mostMarks = 1000;
/** Marks times characters, so that a paragraph as long as a book is not read as often. */
const mostReading = 30_000_000;
/** Lengths of runs of backticks in one paragraph: for each the paragraph is read to its end. */
const mostTicks = 20;

/** Quotations, and headings underlined, in one cell: for each the parser moves what it has read of the cell so far. */
const mostMoves = 3000;
const underline = /^ {0,3}(?:=+|-+) *$/;

const marks = /\*+|_+|~+|\[|www\.|<[!?]/g;
const ticksInText = /`+/g;

/** Cells that rows shorter than their table's head are filled up with, in all tables together. */
const mostEmptyCells = 50_000;
const delimiterRow = /^ {0,3}[ |:-]*$/;
const cellsIn = (row: string): number => row.replace(/^\s*\||\|\s*$/g, "").split("|").length;

/** A link's or a picture's address in a line of its own, and the beginning of a footnote. */
const definition = /^ {0,3}\[[^[\]]+\]:[ ]*\S+ *$/;
const footnote = /^ {0,3}\[\^[^[\]\s]+\]:/;

/** What is counted in one paragraph. */
class Paragraph {
  #marks = 0;
  #characters = 0;
  readonly #ticks = new Set<string>();

  get isEmpty(): boolean {
    return this.#characters === 0;
  }

  /** @throws {NestingError} There are too many marks. */
  add(line: string): void {
    this.#characters += line.length;
    this.#marks += line.match(marks)?.length ?? 0;
    for (const ticks of line.match(ticksInText) ?? []) this.#ticks.add(ticks);
    if (this.#marks > mostMarks) throw new NestingError(`a paragraph has more than ${mostMarks} marks of emphasis and links`);
    if (this.#marks * this.#characters > mostReading)
      throw new NestingError(`a paragraph of ${this.#characters} characters has ${this.#marks} marks of emphasis and links`);
    if (this.#ticks.size > mostTicks) throw new NestingError(`a paragraph has backticks in runs of more than ${mostTicks} lengths`);
  }
}

/** How far into a line its containers reach; `undefined` stands for a quotation, a number for the columns of a list item. */
type Containers = (number | undefined)[];

const quotation = /^ {0,3}> ?/;
const item = /^( {0,3}(?:[-+*]|\d{1,9}[.)]))(?: +|$)/;

/** The containers that a line is in, beginning with those of the line before, and the text that is left. */
function enter(line: string, before: Containers): { containers: Containers; rest: string } {
  const containers: Containers = [];
  let rest = line;
  for (const width of before) {
    if (width === undefined) {
      const mark = quotation.exec(rest);
      if (!mark) break;
      rest = rest.slice(mark[0].length);
    } else if (rest.trim() !== "") {
      if (!/^ *$/.test(rest.slice(0, width))) break;
      rest = rest.slice(width);
    }
    containers.push(width);
  }
  while (containers.length <= deepestContainer) {
    const mark = quotation.exec(rest) ?? item.exec(rest);
    if (!mark) break;
    const opened = mark[1] === undefined ? mark[0] : mark[0].length - mark[1].length > 4 ? `${mark[1]} ` : mark[0];
    containers.push(mark[1] === undefined ? undefined : opened.length);
    rest = rest.slice(opened.length);
  }
  return { containers, rest };
}

/** @throws {NestingError} The markdown nests beyond what a text has. Takes a time that grows with its length. */
export function checkNesting(markdown: string): void {
  let containers: Containers = [];
  let fence: string | undefined;
  let columns = 0; // of the table that the line is in
  let emptyCells = 0;
  let paragraph = new Paragraph();
  let depth = 0;
  let deepLines = 0;
  let moves = 0;
  for (const line of markdown.replaceAll("\t", "    ").split(/\r?\n|\r/)) {
    const opened = enter(line, containers);
    const { rest } = opened;
    const [, ticks] = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(rest) ?? [];
    if (fence !== undefined) {
      if (ticks?.startsWith(fence) && rest.trim() === ticks) fence = undefined;
      continue;
    }
    if (rest.trim() === "") columns = 0;
    else if (columns > 0) emptyCells += Math.max(0, columns - cellsIn(rest));
    else if (rest.includes("|") && delimiterRow.test(rest)) columns = cellsIn(rest);
    if (emptyCells > mostEmptyCells) throw new NestingError(`its tables have more than ${mostEmptyCells} cells that are not written`);
    const isQuoted = containers.length === 0 && opened.containers.length > 0 && opened.containers[0] === undefined;
    if (isQuoted || (!paragraph.isEmpty && underline.test(rest))) moves++;
    if (moves > mostMoves) throw new NestingError(`it has more than ${mostMoves} quotations and underlined headings`);
    const begins = opened.containers.length > containers.length || item.test(line.trimStart());
    containers = opened.containers;
    const isLazy = !begins && !paragraph.isEmpty && rest.trim() !== ""; // a paragraph goes on without the marks of its containers
    depth = isLazy ? Math.max(depth, containers.length) : containers.length;
    if (depth > deep) deepLines += depth;
    if (deepLines > mostDeepLines)
      throw new NestingError(`too many of its lines are in lists and quotations more than ${deep} levels deep`);
    if (containers.length > deepestContainer)
      throw new NestingError(`its lists and quotations go more than ${deepestContainer} levels deep`);
    fence = ticks;
    const starts = /^ {0,3}#{1,6} /.test(rest) || footnote.test(rest);
    if (begins || ticks !== undefined) columns = 0;
    if (begins || ticks !== undefined || rest.trim() === "" || columns > 0 || starts) paragraph = new Paragraph();
    const isCode = paragraph.isEmpty && rest.startsWith("    ");
    if (!isCode && !(paragraph.isEmpty && definition.test(rest))) paragraph.add(rest);
  }
}

/** Whether an error says that something was nested too deeply, here or in a library whose stack overflowed. */
export const isTooDeep = (error: unknown): error is Error =>
  error instanceof NestingError || (error instanceof RangeError && error.message.includes("call stack"));

export const nestingReason = (error: Error): string => (error instanceof NestingError ? error.message : "it is nested too deeply");
