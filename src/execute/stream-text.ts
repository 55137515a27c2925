/**
 * The text of one stream output as a front end shows it, after JupyterLab's OutputAreaModel: "\r" moves the cursor to the start of the
 * line, "\b" one back within the line, new text overwrites what stands there, and "\n" starts a line at the end of all. So only the last
 * line can still change: what lies before it is kept in the pieces it came in, and joined once.
 *
 * Unlike JupyterLab, half a surrogate pair never remains: a character outside the BMP is overwritten and stepped over as a whole.
 */
export class StreamText {
  #pieces: string[] = [];
  #piecesLength = 0;
  #line = "";
  #cursor = 0;

  /** In UTF-16 units. */
  get length(): number {
    return this.#piecesLength + this.#line.length;
  }

  toString(): string {
    return this.#pieces.join("") + this.#line;
  }

  write(text: string): void {
    if (this.#cursor === this.#line.length && !/[\r\b]/.test(text)) return this.#append(text);
    const control = /[\n\r\b]/g;
    let start = 0;
    for (let match = control.exec(text); match; match = control.exec(text)) {
      this.#overwrite(text.slice(start, match.index));
      start = control.lastIndex;
      if (match[0] === "\r") this.#cursor = 0;
      else if (match[0] === "\b") this.#back();
      else this.#append("\n");
    }
    this.#overwrite(text.slice(start));
  }

  /** The lines that have ended, which are forgotten here. */
  takeLines(): string[] {
    const lines = this.#pieces.join("").split("\n").slice(0, -1);
    this.#pieces = [];
    this.#piecesLength = 0;
    return lines;
  }

  /** At the end of all text, wherever the cursor is. */
  #append(text: string): void {
    const end = text.lastIndexOf("\n") + 1;
    if (end > 0) {
      this.#push(this.#line);
      this.#push(text.slice(0, end));
      this.#line = text.slice(end);
    } else this.#line += text;
    this.#cursor = this.#line.length;
  }

  #push(piece: string): void {
    if (piece === "") return;
    this.#pieces.push(piece);
    this.#piecesLength += piece.length;
  }

  #overwrite(text: string): void {
    if (text === "") return;
    let end = this.#cursor + text.length;
    if (splitsPair(this.#line, end)) end++;
    this.#line = this.#line.slice(0, this.#cursor) + text + this.#line.slice(end);
    this.#cursor += text.length;
  }

  #back(): void {
    if (this.#cursor > 0) this.#cursor--;
    if (splitsPair(this.#line, this.#cursor)) this.#cursor--;
  }

  /** Forgets all but about the first `length` characters. Nothing can be written afterwards. */
  keepHead(length: number): void {
    const all = this.toString();
    const end = lineEnd(all, length, -1);
    this.#reset(all.slice(0, end), "");
  }

  /** Forgets all but about the last `length` characters; the cursor stays where it is in its line. */
  keepTail(length: number): void {
    let excess = this.#piecesLength + Math.min(0, this.#line.length - length);
    excess = Math.max(0, Math.min(excess, this.length - length));
    let dropped = 0;
    while (this.#pieces[dropped] !== undefined && this.#pieces[dropped]!.length <= excess) excess -= this.#pieces[dropped++]!.length;
    const [first = "", ...rest] = this.#pieces.slice(dropped);
    this.#pieces = [];
    this.#piecesLength = 0;
    for (const piece of [first.slice(excess === 0 ? 0 : lineEnd(first, excess, 1)), ...rest]) this.#push(piece);
    // A last line longer than all that may be kept.
    const over = this.#line.length - length;
    if (over <= 0) return;
    const cut = splitsPair(this.#line, over) ? over + 1 : over;
    this.#line = this.#line.slice(cut);
    this.#cursor = Math.max(0, this.#cursor - cut);
  }

  #reset(piece: string, line: string): void {
    this.#pieces = piece === "" ? [] : [piece];
    this.#piecesLength = piece.length;
    this.#line = line;
    this.#cursor = line.length;
  }
}

/** How far from its place a cut may be moved to the end of a line. */
const nearby = 1000;

/** The place nearest to `at` where a line has just ended, looking backwards (-1) or forwards (1); else `at`, but not within a character. */
function lineEnd(text: string, at: number, direction: -1 | 1): number {
  if (at <= 0) return 0;
  if (at >= text.length) return text.length;
  const newline = direction < 0 ? text.lastIndexOf("\n", at - 1) : text.slice(0, at + nearby).indexOf("\n", at - 1);
  if (newline >= 0 && Math.abs(newline - at) <= nearby) return newline + 1;
  return splitsPair(text, at) ? at + direction : at;
}

function splitsPair(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}
