/**
 * Text with the markup that Plotly knows — line breaks, bold, italic, raised and lowered — and its width, which depends on the reader's fonts:
 * the estimate errs on the wide side.
 */
import { element, escapeXml, type Attributes } from "./markup.ts";

/** A piece of one line in one style. */
interface Piece {
  text: string;
  /** Names of the tags around it. */
  tags: readonly string[];
}

const known = new Set(["b", "strong", "i", "em", "sup", "sub", "a", "span", "u", "s"]);

const entities: Record<string, string> = { mu: "μ", amp: "&", lt: "<", gt: ">", nbsp: "\u00a0", times: "×", plusmn: "±", deg: "°" };

/** The entities that Plotly knows; any other is text. */
const decode = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([\da-fA-F]+)|([a-z]+));/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return (Object.hasOwn(entities, name) ? entities[name] : undefined) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

/** Lines of pieces. A tag that Plotly does not know is text like any other, and a line break without a tag is a space. */
function linesOf(text: string): Piece[][] {
  const lines: Piece[][] = [[]];
  let tags: string[] = [];
  for (const part of text.replace(/\r\n?|\n/g, " ").split(/(<[^<>]*>)/)) {
    const [, slash, name = ""] = /^<(\/?)([a-z]+)(?:\s[^<>]*|\/)?>$/i.exec(part) ?? [];
    const tag = name.toLowerCase();
    if (tag === "br") lines.push([]);
    else if (!known.has(tag)) lines.at(-1)!.push(...(part === "" ? [] : [{ text: decode(part), tags: [...tags] }]));
    else if (slash === "/") tags = tags.slice(0, Math.max(0, tags.lastIndexOf(tag)));
    else tags.push(tag);
  }
  return lines;
}

/** The text without its markup, in one line. */
export const plainText = (text: string): string =>
  linesOf(text)
    .map((pieces) => pieces.map((piece) => piece.text).join(""))
    .join(" ");

export const lineHeight = 1.3;

/** Shares of the height of the letters, about those of DejaVu and Verdana, which are wider than most. */
function widthOf(character: string): number {
  if (character >= "\u2e80") return 1;
  if (/[\u0300-\u036f]/.test(character)) return 0;
  if (/[iljtfrI.,:;'|!()[\]{} -]/.test(character)) return 0.37;
  if (/[mwMW@%—…]/.test(character)) return 0.97;
  if (/[×−+=<>~→≤≥]/.test(character)) return 0.84;
  return /[A-Z&]/.test(character) ? 0.74 : 0.62;
}

const small = (tags: readonly string[]): boolean => tags.includes("sup") || tags.includes("sub");
const bold = (tags: readonly string[]): boolean => tags.includes("b") || tags.includes("strong");

/** Width and height of a text in pixels. */
export function sizeOf(text: string, fontSize: number): { width: number; height: number } {
  const lines = linesOf(text);
  const widths = lines.map((pieces) =>
    pieces.reduce((sum, piece) => {
      const factor = (small(piece.tags) ? 0.7 : 1) * (bold(piece.tags) ? 1.08 : 1);
      return sum + factor * Array.from(piece.text).reduce((width, character) => width + widthOf(character), 0);
    }, 0),
  );
  return { width: Math.max(...widths) * fontSize, height: lines.length * lineHeight * fontSize };
}

export interface TextPlace {
  x: number;
  /** Of what `vertical` says. */
  y: number;
  fontSize: number;
  fill: string;
  /** Which part of the text stands at x. @default "middle" */
  anchor?: "start" | "middle" | "end";
  /** Which part of the text stands at y. @default "middle" */
  vertical?: "top" | "middle" | "bottom";
  /** Degrees, clockwise, around (x, y). @default 0 */
  angle?: number;
  bold?: boolean;
}

const styleOf = (tags: readonly string[], fontSize: number): Attributes => ({
  "font-weight": bold(tags) ? "bold" : undefined,
  "font-style": tags.includes("i") || tags.includes("em") ? "italic" : undefined,
  "text-decoration": tags.includes("u") ? "underline" : tags.includes("s") ? "line-through" : undefined,
  "font-size": small(tags) ? 0.7 * fontSize : undefined,
});

/** The text as an element. Baselines are counted out: a good part of what shows SVG knows no other. */
export function textElement(text: string, place: TextPlace): string {
  const { x, y, fontSize, fill, anchor = "middle", vertical = "middle", angle = 0 } = place;
  const lines = linesOf(text);
  const height = lines.length * lineHeight * fontSize;
  const top = vertical === "top" ? 0 : vertical === "middle" ? -height / 2 : -height;
  const first = y + top + fontSize; // the baseline of the first line
  const content = lines.map((pieces, line) => {
    const shift = (tags: readonly string[]): number => (tags.includes("sup") ? -0.4 : tags.includes("sub") ? 0.25 : 0) * fontSize;
    let before = 0;
    const written = pieces.map(({ text: each, tags }) => {
      const dy = shift(tags) - before;
      before = shift(tags);
      const attributes = { ...styleOf(tags, fontSize), dy: dy === 0 ? undefined : dy };
      return Object.values(attributes).every((value) => value === undefined)
        ? escapeXml(each)
        : element("tspan", attributes, escapeXml(each));
    });
    // After a raised end, the next line would begin raised; an absolute y sets each line anew.
    return lines.length === 1
      ? written.join("")
      : element("tspan", { x, y: first + line * lineHeight * fontSize }, written.join("") || " ");
  });
  const attributes = {
    x,
    y: first,
    "font-size": fontSize,
    fill,
    "text-anchor": anchor === "start" ? undefined : anchor,
    "font-weight": place.bold ? "bold" : undefined,
    transform: angle === 0 ? undefined : `rotate(${Math.round(angle)} ${Math.round(x)} ${Math.round(y)})`,
  };
  return element("text", attributes, content.join("") || " ");
}
