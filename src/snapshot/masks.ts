/** What differs from run to run without meaning anything, replaced by its name before outputs are compared. */
import { homedir, tmpdir } from "node:os";
import { InputError } from "../errors.ts";

export interface Mask {
  pattern: RegExp;
  as: string;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const date = String.raw`\d{4}-\d\d-\d\d`;
const clock = String.raw`\d{1,2}:\d\d:\d\d(?:[.,]\d+)?`;
const zone = String.raw`(?:Z| ?[+-]\d\d:?\d\d)?`;

const usual: readonly Mask[] = [
  { pattern: new RegExp(String.raw`\b${date}[T ]${clock}${zone}(?!\w)`, "g"), as: "<time>" },
  {
    pattern: new RegExp(
      String.raw`\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [A-Za-z0-9 ]{6,12} (?:\d{4} )?${clock}(?: GMT(?:[+-]\d{4})?(?: \([^)\n]*\))?)?`,
      "g",
    ),
    as: "<time>",
  },
  { pattern: new RegExp(String.raw`\b${clock}\b`, "g"), as: "<time>" },
  { pattern: /\b\d[\d.,]*(?:e[-+]?\d+)? ?[A-Za-z]*\/(?:s|sec|second|min|minute)\b/g, as: "<rate>" },
  { pattern: /\b\d+(?:\.\d+)?(?:e[-+]?\d+)? ?(?:ns|µs|μs|us|ms|s|secs?|seconds?|min|minutes?)\b/g, as: "<duration>" },
  { pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, as: "<uuid>" },
  { pattern: /\b0x[0-9a-f]{6,16}\b/gi, as: "<address>" },
  { pattern: /\b(?:localhost|127\.0\.0\.1|\[::1\]):\d{2,5}\b/g, as: "<local server>" },
];

/** Times, durations, rates, identifiers, addresses, ports, and paths of this machine. @param folder Of the notebook. */
export function usualMasks(folder: string): Mask[] {
  const rest = String.raw`(?:[\\/][^\s'"<>|:]*)?`;
  const path = (place: string, as: string, andBeneath: boolean): Mask[] =>
    place.length > 1 ? [{ pattern: new RegExp(`${escaped(place)}${andBeneath ? rest : String.raw`(?![\w-])`}`, "g"), as }] : [];
  // The longest first: the temporary folder, or the notebook's, may lie in the home folder.
  return [...path(folder, "<folder>", false), ...path(tmpdir(), "<temporary>", true), ...path(homedir(), "<home>", false), ...usual];
}

/** @param where For the error. @throws {InputError} It is not a regular expression. */
export function maskOf(source: string, where: string, as = "<masked>"): Mask {
  try {
    return { pattern: new RegExp(source, "gm"), as };
  } catch (error) {
    throw new InputError(
      `${where}: ${JSON.stringify(source)} is not a regular expression: ${(error as Error).message.replace(/^.*: /, "")}`,
      {
        facts: { where, value: source },
        cause: error,
      },
    );
  }
}

export const masked = (text: string, masks: readonly Mask[]): string =>
  masks.reduce((current, { pattern, as }) => current.replace(pattern, () => as), text);
