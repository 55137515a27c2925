/**
 * Plotly reads text as markup: tags, entities, TeX between dollar signs, and `%{…}` in templates. A figure shows what it was given, so all text
 * passes here on its way into Plotly's JSON: what it would read as markup becomes an entity, and a line break becomes its `<br>`.
 * The rules are those of `convertToTspans` and `hovertemplateString` in plotly.js 4.
 */

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", $: "&#36;" };

/** Text as Plotly's markup. */
export const escapeText = (text: string): string =>
  text.replace(/[&<>$]/g, (character) => entities[character]!).replace(/\r\n?|\n/g, "<br>");

/** Text as a part of a hover template or a text template. */
export const escapeTemplate = (text: string): string => escapeText(text).replaceAll("%", "&#37;");

/** Names of attributes that hold text to be shown, in traces and layouts alike; as `x` and `y`, texts are names of categories. */
const shown = new Set(["name", "text", "ticktext", "title", "label", "labels", "x", "y"]);

/** A trace or a layout, with all its text escaped. Templates are left alone: they are markup, and escape what they quote. */
export function escapeTexts<T extends Record<string, unknown>>(bag: T): T {
  return Object.fromEntries(Object.entries(bag).map(([key, value]) => [key, escapeValue(value, shown.has(key))])) as T;
}

function escapeValue(value: unknown, isShown: boolean): unknown {
  if (typeof value === "string") return isShown ? escapeText(value) : value;
  if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map((item) => escapeValue(item, isShown));
  return typeof value === "object" && value !== null ? escapeTexts(value as Record<string, unknown>) : value;
}
