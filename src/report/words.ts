/** Times, counts and text as a person reads them. */
import { stripVTControlCharacters } from "node:util";

export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? "" : "s"}`;

// oxlint-disable-next-line no-control-regex -- they are what is removed
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g;
const loneSurrogate = /\p{Surrogate}/gu;

/**
 * Text that any report may hold, XML among them: without colours, cursor movements and control characters; half a character is shown
 * as �, all line ends are \n, tabs stay.
 */
export const plain = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n")
    .replace(control, "")
    .replace(loneSurrogate, "\ufffd");

/** The same on one line: names of files and of errors. */
export const plainLine = (text: string): string => plain(text).replace(/[\n\t]/g, " ");

/** The first line that says something, cut to `width` characters. */
export function firstLine(text: string, width = 60): string {
  const line =
    plain(text)
      .split("\n")
      .map((part) => part.replaceAll("\t", " ").trim())
      .find((part) => part !== "") ?? "";
  const characters = Array.from(line);
  return characters.length > width ? `${characters.slice(0, width - 1).join("")}…` : line;
}
