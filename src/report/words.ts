/** Times, counts and single lines as a person reads them. */
import { stripVTControlCharacters } from "node:util";

export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? "" : "s"}`;

// oxlint-disable-next-line no-control-regex -- they are what is removed
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
/** Text without colours, cursor movements and control characters, which have no place in a report; line ends and tabs stay. */
export const plain = (text: string): string => stripVTControlCharacters(text).replace(control, "");

/** The first line that says something, cut to `width`. */
export function firstLine(text: string, width = 60): string {
  const line =
    plain(text)
      .split("\n")
      .map((part) => part.trim())
      .find((part) => part !== "") ?? "";
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
