/**
 * What a terminal shows of a text in the end: a carriage return begins the line anew, a backspace goes back, what is written there replaces what
 * was, and control sequences move within the line, go up to earlier lines, or erase. Progress bars are written so. The result has colours and
 * line breaks only.
 */
import { changed, plain, sequence, type Style } from "./ansi.ts";

interface Cell {
  text: string;
  style: Style;
}

/** Moves and erasures; a text without them is shown as it stands. */
const moves = /[\r\b]|\x1b\[[\d;]*[A-HJKX]/; // oxlint-disable-line no-control-regex
/** What a terminal makes no mark for. */
const silent = /[\0-\x07\x0e-\x1a\x1c-\x1f\x7f]/g; // oxlint-disable-line no-control-regex
/** No line is as wide as the columns that a sequence may name. */
const widest = 10_000;
/** Blanks that moves and erasures write, in all lines together: a few characters may ask for ten thousand of them, again and again. */
const mostBlanks = 4_000_000;
/** Lines that a program may go up: more than a terminal has. */
const highest = 500;

const blank: Cell = { text: " ", style: plain };

class Screen {
  readonly #lines: Cell[][] = [[]];
  #row = 0;
  #column = 0;
  #blanks = 0;
  style: Style = plain;

  write(text: string): void {
    for (const character of text) {
      if (character === "\n") this.#down();
      else if (character === "\r") this.#column = 0;
      else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
      else {
        const line = this.#lines[this.#row]!;
        if (this.#column > line.length) this.#column = this.#clear(line, line.length, this.#column);
        line[this.#column++] = { text: character, style: this.style };
      }
    }
  }

  /** Makes cells blank, as long as there are blanks left. Returns where it ended. */
  #clear(line: Cell[], from: number, to: number): number {
    const end = Math.max(from, Math.min(to, from + mostBlanks - this.#blanks));
    this.#blanks += end - from;
    for (let at = from; at < end; at++) line[at] = blank;
    return end;
  }

  #down(): void {
    this.#column = 0;
    if (++this.#row === this.#lines.length) this.#lines.push([]);
  }

  /** A control sequence other than one of colours. */
  control(parameters: string, final: string): void {
    const [first = 0] = parameters.split(";").map(Number);
    const count = Math.max(1, first || 0);
    const line = this.#lines[this.#row]!;
    if (final === "A" || final === "F") this.#row = Math.max(0, this.#lines.length - highest, this.#row - count);
    else if (final === "B" || final === "E") this.#row = Math.min(this.#lines.length - 1, this.#row + count);
    else if (final === "C") this.#column = Math.min(widest, this.#column + count);
    else if (final === "D") this.#column = Math.max(0, this.#column - count);
    else if (final === "G") this.#column = Math.min(widest, count - 1);
    else if (final === "X") this.#clear(line, this.#column, Math.min(line.length, this.#column + count));
    else if (final === "K" && first === 0) line.length = Math.min(line.length, this.#column);
    else if (final === "K" && first === 1) this.#clear(line, 0, Math.min(line.length, this.#column + 1));
    else if (final === "K") line.length = 0;
    else if (final === "J" && first === 0) {
      line.length = Math.min(line.length, this.#column);
      this.#lines.length = this.#row + 1;
    }
    if (final === "E" || final === "F") this.#column = 0;
  }

  toString(): string {
    let style = plain;
    const lines = this.#lines.map((line) =>
      line
        .map((cell) => {
          if (cell.style === style) return cell.text;
          style = cell.style;
          return `${codes(style)}${cell.text}`;
        })
        .join(""),
    );
    return lines.join("\n");
  }
}

/** The sequence that begins a style. */
function codes(style: Style): string {
  const colour = (value: Style["foreground"], base: number): string[] => {
    if (value === undefined) return [];
    if (typeof value === "string") return [`${base + 8};2;${value.replaceAll(",", ";")}`];
    return [String(value < 8 ? base + value : base + 52 + value)];
  };
  const switches = [
    style.bold && "1",
    style.faint && "2",
    style.italic && "3",
    style.underline && "4",
    style.inverse && "7",
    style.strike && "9",
  ];
  const on = switches.filter((code) => typeof code === "string");
  return `\x1b[${["0", ...on, ...colour(style.foreground, 30), ...colour(style.background, 40)].join(";")}m`;
}

/** @example settle("10%\r50%\r100%\n") // "100%\n" */
export function settle(text: string): string {
  const whole = text.replaceAll("\r\n", "\n");
  if (!moves.test(whole)) return whole.replace(silent, "");
  const screen = new Screen();
  let from = 0;
  for (const match of whole.matchAll(sequence)) {
    screen.write(whole.slice(from, match.index).replace(silent, ""));
    const [all, parameters = "", final] = match;
    if (final === "m" && !/[<=>?]/.test(parameters)) screen.style = changed(screen.style, parameters);
    else if (final !== undefined) screen.control(parameters, final);
    from = match.index + all.length;
  }
  screen.write(whole.slice(from).replace(silent, ""));
  return screen.toString();
}
