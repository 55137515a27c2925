/** SVG as text: elements, numbers of one decimal, and text that is safe whatever it holds. */
import { paintOf } from "./colour.ts";

/** What XML 1.0 has no place for, written or escaped: control characters, halves of surrogate pairs, two non-characters. */
const impossible =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export const escapeXml = (text: string): string =>
  text.replace(impossible, "\ufffd").replace(/[&<>"]/g, (character) => entities[character]!);

/** A tenth of a pixel is too small to see. Far outside the picture one place is as good as another. */
export function pixels(value: number): string {
  const tenths = Math.round(10 * Math.max(-1e5, Math.min(1e5, Number.isNaN(value) ? 0 : value)));
  return String((tenths === 0 ? 0 : tenths) / 10);
}

/** Attributes of an element. Numbers are pixels; `fill` and `stroke` take a colour of any notation. */
export type Attributes = Record<string, string | number | undefined>;

export function element(name: string, attributes: Attributes, content = ""): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    if (value === undefined || value === "") return "";
    if (typeof value === "number") return ` ${key}="${pixels(value)}"`;
    if (key !== "fill" && key !== "stroke") return ` ${key}="${escapeXml(value)}"`;
    const { colour, opacity } = paintOf(value);
    return ` ${key}="${escapeXml(colour)}"${opacity < 1 ? ` ${key}-opacity="${Math.round(opacity * 1000) / 1000}"` : ""}`;
  });
  return content === "" ? `<${name}${written.join("")}/>` : `<${name}${written.join("")}>${content}</${name}>`;
}

export const straight = (x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string =>
  element("path", { d: `M${pixels(x1)} ${pixels(y1)}L${pixels(x2)} ${pixels(y2)}`, ...attributes });
