/**
 * Terminal text as HTML: colours and styles of ECMA-48's "select graphic rendition" become classes that follow the page's light or dark
 * look; every other escape sequence is dropped. Bold makes the eight plain colours bright, as terminals and nbconvert do. (The ansi_up
 * package knows no inverse video and holds back text after a broken sequence; nbconvert's cases need both.)
 */
import { escapeHtml } from "./html.ts";

export interface Style {
  bold: boolean;
  faint: boolean;
  italic: boolean;
  underline: boolean;
  strike: boolean;
  inverse: boolean;
  /** 0–15 of the palette, or "r,g,b". */
  foreground: number | string | undefined;
  background: number | string | undefined;
}

export const plain: Style = {
  bold: false,
  faint: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
  foreground: undefined,
  background: undefined,
};

// One control sequence (its parameters and final byte), one operating-system command (a link or a title), or another escape.
export const sequence: RegExp =
  /\x1b\[([0-9;:<=>?]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\|\x1b[ -/]+[0-~]|\x1b[0-OQ-WYZ\\`-~]?/g; // oxlint-disable-line no-control-regex

/** Text without escape sequences. */
export function stripAnsi(text: string): string {
  return text.replace(sequence, "");
}

const switches: Record<number, Partial<Style>> = {
  0: plain,
  1: { bold: true },
  2: { faint: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { bold: false },
  22: { bold: false, faint: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { foreground: undefined },
  49: { background: undefined },
};

/** A colour of the 256: the palette's, the 6×6×6 cube's, or a grey. */
function indexed(index: number): number | string {
  if (index < 16) return index;
  if (index >= 232)
    return Array(3)
      .fill(8 + 10 * (index - 232))
      .join();
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);
  const cube = index - 16;
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)].join();
}

/** `38;5;n` or `38;2;r;g;b`, from the code after 38 or 48; takes what it reads off the list. */
function extended(codes: number[]): number | string | undefined {
  const kind = codes.shift();
  const inByte = (value: number | undefined): number => Math.min(255, value ?? 0);
  if (kind === 5) return indexed(inByte(codes.shift()));
  if (kind === 2) return codes.splice(0, 3).map(inByte).join();
  return undefined;
}

export function changed(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let next = style;
  for (let code = codes.shift(); code !== undefined; code = codes.shift()) {
    if (code in switches) next = { ...next, ...switches[code] };
    else if (code === 38) next = { ...next, foreground: extended(codes) };
    else if (code === 48) next = { ...next, background: extended(codes) };
    else if (code >= 30 && code <= 37) next = { ...next, foreground: code - 30 };
    else if (code >= 40 && code <= 47) next = { ...next, background: code - 40 };
    else if (code >= 90 && code <= 97) next = { ...next, foreground: code - 82 };
    else if (code >= 100 && code <= 107) next = { ...next, background: code - 92 };
  }
  return next;
}

function span(text: string, style: Style): string {
  const classes: string[] = [];
  const styles: string[] = [];
  const bright = style.bold && typeof style.foreground === "number" && style.foreground < 8 ? style.foreground + 8 : style.foreground;
  const [ink, paper] = style.inverse ? [style.background ?? "paper", bright ?? "ink"] : [bright, style.background];
  const colour = (value: number | string | undefined, kind: "fg" | "bg", property: string): void => {
    if (value === undefined) return;
    if (typeof value === "string" && value.includes(",")) styles.push(`${property}:rgb(${value})`);
    else classes.push(`ansi-${value}-${kind}`);
  };
  colour(ink, "fg", "color");
  colour(paper, "bg", "background");
  for (const name of ["bold", "faint", "italic", "underline", "strike"] as const) if (style[name]) classes.push(`ansi-${name}`);
  if (classes.length === 0 && styles.length === 0) return escapeHtml(text);
  const attributes = [classes.length > 0 ? ` class="${classes.join(" ")}"` : "", styles.length > 0 ? ` style="${styles.join(";")}"` : ""];
  return `<span${attributes.join("")}>${escapeHtml(text)}</span>`;
}

/** @example ansiToHtml("he\x1b[32mllo") // 'he<span class="ansi-2-fg">llo</span>' */
export function ansiToHtml(text: string): string {
  if (!text.includes("\x1b")) return escapeHtml(text);
  let html = "";
  let style = plain;
  let from = 0;
  for (const match of text.matchAll(sequence)) {
    if (match.index > from) html += span(text.slice(from, match.index), style);
    if (match[2] === "m" && !/[<=>?]/.test(match[1]!)) style = changed(style, match[1]!);
    from = match.index + match[0].length;
  }
  return from < text.length ? html + span(text.slice(from), style) : html;
}
