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
/** Marks of emphasis, code, links in one paragraph, each of which may open what another closes. */
const mostMarks = 1000;

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
  let table = false;
  let marks = 0;
  for (const line of markdown.replaceAll("\t", "    ").split(/\r?\n|\r/)) {
    const opened = enter(line, containers);
    const { rest } = opened;
    const [, ticks] = /^ {0,3}(`{3,}|~{3,})/.exec(rest) ?? [];
    if (fence !== undefined) {
      if (ticks?.startsWith(fence) && rest.trim() === ticks) fence = undefined;
      continue;
    }
    table = rest.trim() !== "" && (table || /^[ |:-]*\|[ |:-]*$/.test(rest));
    const begins = opened.containers.length > containers.length || item.test(line.trimStart());
    containers = opened.containers;
    if (containers.length > deepestContainer)
      throw new NestingError(`its lists and quotations go more than ${deepestContainer} levels deep`);
    fence = ticks;
    if (begins || ticks !== undefined || rest.trim() === "" || table) marks = 0;
    marks += rest.match(/\*+|_+|~+|\[|www\./g)?.length ?? 0;
    if (marks > mostMarks) throw new NestingError(`a paragraph has more than ${mostMarks} marks of emphasis and links`);
  }
}

/** Whether an error says that something was nested too deeply, here or in a library whose stack overflowed. */
export const isTooDeep = (error: unknown): error is Error =>
  error instanceof NestingError || (error instanceof RangeError && error.message.includes("call stack"));

export const nestingReason = (error: Error): string => (error instanceof NestingError ? error.message : "it is nested too deeply");
