/**
 * The part of an inline style that changes how a text looks and nothing else: colours, letters, borders, sizes. What moves an element over
 * others, loads anything or refers to the page's own variables is left out.
 */

const colour = /^(?:#[\da-f]{3,8}|[a-z]{3,30}|(?:rgb|hsl)a?\([\d\s,.%/deg]{1,60}\))$/i;
const length = /^(?:0|\d{1,4}(?:\.\d{1,4})?(?:px|em|rem|ex|ch|pt|%)|auto)$/i;
const word = /^[a-z-]{1,20}$/i;
const weight = /^(?:[1-9]00|bold|bolder|lighter|normal)$/i;
const number = /^\d(?:\.\d{1,3})?$/;

/** Each of the parts, of which there are at most `most`, is of one of these kinds. */
const parts =
  (most: number, ...kinds: RegExp[]) =>
  (value: string): boolean => {
    const list = value.match(/[a-z]+\([^()]*\)|\S+/gi) ?? [];
    return list.length > 0 && list.length <= most && list.every((part) => kinds.some((kind) => kind.test(part)));
  };

const sides = ["top", "right", "bottom", "left"];
const border = parts(3, length, colour, word);

const allowed: Record<string, (value: string) => boolean> = {
  color: parts(1, colour),
  "background-color": parts(1, colour),
  background: parts(1, colour),
  "font-weight": parts(1, weight),
  "font-style": parts(1, word),
  "font-size": (value) => /^(?:\d{1,2}(?:\.\d+)?(?:px|pt)|[0-4]?(?:\.\d+)?r?em|\d{1,3}%|[a-z-]{5,9})$/i.test(value),
  "font-variant": parts(1, word),
  "text-align": parts(1, word),
  "text-decoration": parts(3, word, colour),
  "text-transform": parts(1, word),
  "text-indent": parts(1, length),
  "vertical-align": parts(1, word),
  "white-space": parts(1, word),
  "line-height": parts(1, number, length),
  "list-style-type": parts(1, word),
  float: (value) => /^(?:left|right|none)$/i.test(value),
  clear: (value) => /^(?:left|right|both|none)$/i.test(value),
  direction: (value) => /^(?:ltr|rtl)$/i.test(value),
  width: parts(1, length),
  height: parts(1, length),
  "max-width": parts(1, length),
  "border-radius": parts(4, length),
  border,
  "border-color": parts(4, colour),
  "border-style": parts(4, word),
  "border-width": parts(4, length),
  "border-collapse": parts(1, word),
  "border-spacing": parts(2, length),
  padding: parts(4, length),
  margin: parts(4, length),
  ...Object.fromEntries(
    sides.flatMap((side) => [
      [`border-${side}`, border],
      [`padding-${side}`, parts(1, length)],
      [`margin-${side}`, parts(1, length)],
    ]),
  ),
};

/** @returns The declarations that are safe, as a style; undefined where none is. */
export function safeStyle(style: string): string | undefined {
  const kept: string[] = [];
  for (const declaration of style.split(";")) {
    const [, name = "", value = ""] = /^\s*([a-z-]+)\s*:\s*([^\\<>"'{}]+?)\s*(?:!\s*important\s*)?$/i.exec(declaration) ?? [];
    if (Object.hasOwn(allowed, name.toLowerCase()) && allowed[name.toLowerCase()]!(value)) kept.push(`${name.toLowerCase()}: ${value}`);
  }
  // A light ground on a dark page would have light letters on it.
  const has = (name: RegExp): boolean => kept.some((declaration) => name.test(declaration));
  if (has(/^background(?:-color)?: (?!none|transparent|inherit|initial|unset)/) && !has(/^color:/)) kept.push("color: #1d1c1a");
  return kept.length > 0 ? kept.join("; ") : undefined;
}
