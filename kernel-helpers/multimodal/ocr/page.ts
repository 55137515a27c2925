/** What was read on a page. */
import { displayable } from "../../runtime/printable.ts";
import { layOut, type Block } from "./layout.ts";
import type { Quad } from "./rectangle.ts";

export interface OcrLine {
  text: string;
  /** How sure the network is: mean probability of the characters, 0 to 1. */
  score: number;
  /** Corners in the image's pixels: upper left, upper right, lower right, lower left of the text as it is read. */
  box: Quad;
}

/** A paragraph with its lines, or a table with its rows of cells. */
export type OcrBlock = { kind: "text"; text: string; lines: OcrLine[] } | { kind: "table"; text: string; cells: string[][] };

/** A page's text in the order in which it is read. */
export class OcrPage {
  /** Quarters of a circle, clockwise, by which the image has to be turned to stand upright. */
  readonly quarters: number;
  readonly blocks: readonly OcrBlock[];
  /** All lines in the order of reading. */
  readonly lines: readonly OcrLine[];

  /** @param lines As they stand on the page when it is upright, and as they are told of. */
  constructor(lines: readonly { upright: Quad; line: OcrLine }[], quarters: number) {
    this.quarters = quarters;
    const found = layOut(lines.map(({ upright, line }) => ({ box: upright, line })));
    this.blocks = found.map((block) => blockOf(block));
    this.lines = found.flatMap(({ rows }) => rows.flat(2)).map(({ line }) => line);
    displayable(this, () => ({ "text/plain": this.text }));
  }

  /** Lines as they stand on the page, a blank line between paragraphs, tables in Markdown. */
  get text(): string {
    return this.blocks.map(({ text }) => text).join("\n\n");
  }

  toString(): string {
    return this.text;
  }
}

function blockOf(block: Block<{ line: OcrLine }>): OcrBlock {
  const textOf = (parts: readonly { line: OcrLine }[]): string => parts.map(({ line }) => line.text).join(" ");
  if (block.kind === "text")
    return { kind: "text", text: block.rows.map(textOf).join("\n"), lines: block.rows.flat().map(({ line }) => line) };
  const cells = block.rows.map((row) => row.map(textOf));
  return { kind: "table", text: markdownTable(cells), cells };
}

/** The first row is the head. */
function markdownTable([head, ...rows]: readonly string[][]): string {
  const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(head!), row(head!.map(() => "---")), ...rows.map(row)].join("\n");
}
