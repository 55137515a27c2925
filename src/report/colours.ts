/** Colours for a terminal that shows them, unless its user has asked for none (no-color.org). */

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 };

export type Paint = (text: string) => string;
export type Colours = Record<keyof typeof codes, Paint>;

/** The part of a stream that says what it is. */
export interface TerminalLike {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

export function createColours(stream: TerminalLike, env: Record<string, string | undefined> = process.env): Colours {
  const isWanted = env.FORCE_COLOR ? env.FORCE_COLOR !== "0" : stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  const paint =
    (code: number): Paint =>
    (text) =>
      isWanted && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text;
  return Object.fromEntries(Object.entries(codes).map(([name, code]) => [name, paint(code)])) as Colours;
}
