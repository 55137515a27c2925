/** A document: its text, its headings, and where in the file each part of the text stands, so that a citation can say it. */
import { argumentError, checkArray, checkInteger, checkObject, checkOptions, checkText } from "../runtime/check.ts";

export interface Heading {
  /** Where the section begins, heading included. */
  start: number;
  /** 1 for a title, 2 for what is below it, … */
  level: number;
  text: string;
}

/** Where something stands in the file. */
export interface Place {
  unit: "line" | "page";
  /** From 1. */
  number: number;
}

export interface Document {
  /** Its name in citations: a path, or whatever tells documents apart. */
  readonly id: string;
  /** What offsets count in: UTF-16 units, as string.slice does. */
  readonly text: string;
  /** In the order of the text. */
  readonly headings: readonly Heading[];
  /** Where the text stands in the file, each from `start` on; undefined where the text is the file's own, so that lines can be counted. */
  readonly places?: readonly ({ start: number } & Place)[];
}

/**
 * A document from text that is at hand.
 *
 * @param headings Where sections begin; they have to be in the order of the text. @default none
 * @example createDocument({ id: 'notes', text: 'BM25 ranks by words. Encoders rank by meaning.' })
 */
export function createDocument(given: { id: string; text: string; headings?: readonly Heading[] }): Document {
  const { id, text, headings = [] } = checkObject("document", given, { hint: "pass { id, text }" }) as unknown as typeof given;
  checkOptions("document", given, ["id", "text", "headings"]);
  checkText("id", id, { allowEmpty: false });
  checkText("text", text);
  let last = 0;
  checkArray("headings", headings, (name, heading) => {
    const { start, level, text: title } = checkObject(name, heading, { hint: "pass { start, level, text }" });
    last = checkInteger(`${name}.start`, start, { min: last, max: text.length, hint: "headings come in the order of the text" });
    checkInteger(`${name}.level`, level, { min: 1 });
    checkText(`${name}.text`, title);
  });
  return { id, text, headings };
}

/** Where an offset of the text stands in the file. */
export function placeOf(document: Document, offset: number): Place {
  checkInteger("offset", offset, { min: 0, max: document.text.length });
  const mark = document.places?.findLast(({ start }) => start <= offset) ?? document.places?.[0];
  if (mark) return { unit: mark.unit, number: mark.number };
  let number = 1;
  for (let at = document.text.indexOf("\n"); at >= 0 && at < offset; at = document.text.indexOf("\n", at + 1)) number += 1;
  return { unit: "line", number };
}

/** "notes.md:12", or "report.pdf, page 3". */
export function formatPlace(document: Document, offset: number): string {
  const { unit, number } = placeOf(document, offset);
  return unit === "line" ? `${document.id}:${number}` : `${document.id}, page ${number}`;
}

/** The titles of the sections that an offset lies in, the outermost first. */
export function headingPath(document: Document, offset: number): string[] {
  const path: Heading[] = [];
  for (const heading of document.headings) {
    if (heading.start > offset) break;
    while (path.length > 0 && path.at(-1)!.level >= heading.level) path.pop();
    path.push(heading);
  }
  return path.map(({ text }) => text);
}

export function checkDocument(argument: string, value: unknown): Document {
  const { id, text, headings } = checkObject(argument, value, { hint: "pass what createDocument or loadDocument returns" });
  if (typeof id === "string" && typeof text === "string" && Array.isArray(headings)) return value as Document;
  throw argumentError(argument, "a document", value, { hint: "pass what createDocument or loadDocument returns" });
}
