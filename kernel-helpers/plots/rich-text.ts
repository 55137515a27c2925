/**
 * HTML, Markdown, SVG and JSON as outputs of a cell. `html`, `md` and `svg` take a text, or are tags of a template: then what is filled in is
 * escaped, unless it shows itself — a table or a figure in `html` stays what it is.
 */
import { inspect } from "node:util";
import { ArgumentError } from "../errors.ts";
import { argumentError, checkBoolean, checkOptions } from "../runtime/check.ts";
import type { MimeBundle } from "../runtime/display.ts";
import { displayable, escapeHtml, jupyterDisplay, type Displayable } from "../runtime/printable.ts";

/** The parts of a template before, between and behind what is filled in. */
type Source = string | TemplateStringsArray;

const isTemplate = (source: Source): source is TemplateStringsArray => Array.isArray(source) && "raw" in source;

/** Writes a value into a template; `before` is the template up to it, without other values. */
type Write = (value: unknown, before: string) => string;

function textFrom(source: Source, values: readonly unknown[], name: string, write: Write): string {
  if (typeof source === "string") return source;
  if (!isTemplate(source)) {
    const hint = `call ${name}(text), or write ${name}\`…\`; to show data, use table or json`;
    throw argumentError("text", "a string or a template", source, { hint });
  }
  const before = (index: number): string => source.slice(0, index + 1).join(" ");
  return source.map((part, index) => part + (index < values.length ? write(values[index], before(index)) : "")).join("");
}

const isDisplayable = (value: unknown): value is Displayable =>
  typeof value === "object" && value !== null && typeof (value as Partial<Displayable>)[jupyterDisplay] === "function";

/** Each of a list one after the other; nothing for null and undefined. */
function writing(show: (value: Displayable) => string, escape: (text: string, before: string) => string, between = ""): Write {
  const write: Write = (value, before) => {
    if (value === null || value === undefined) return "";
    if (Array.isArray(value)) return value.map((item) => write(item, before)).join(between);
    if (isDisplayable(value)) return show(value);
    const text = typeof value === "object" || typeof value === "function" ? inspect(value) : String(value as string | number);
    return escape(text, before);
  };
  return write;
}

/** What Markdown would take for a tag or an entity; in code it takes nothing for one. */
function escapeTags(text: string, before: string): string {
  const isCode = (before.match(/`+/g) ?? []).length % 2 === 1;
  return isCode ? text : text.replace(/&(?=#?\w+;)/g, "&amp;").replace(/<(?=[a-z/!?])/gi, "&lt;");
}

/** A bundle as a piece of HTML. */
function htmlOf(value: Displayable): string {
  const bundle = value[jupyterDisplay]();
  const plain = escapeHtml(textIn(bundle, "text/plain"));
  const markup = textIn(bundle, "text/html") || textIn(bundle, "image/svg+xml");
  const type = ["image/png", "image/jpeg"].find((each) => each in bundle);
  if (markup !== "" || type === undefined) return markup || plain;
  return `<img src="data:${type};base64,${textIn(bundle, type)}" alt="${plain}">`;
}

const textIn = (bundle: MimeBundle, type: string): string => (typeof bundle[type] === "string" ? bundle[type] : "");

const intoHtml = writing(htmlOf, escapeHtml);
const intoMarkdown = writing((value) => textIn(value[jupyterDisplay](), "text/markdown") || htmlOf(value), escapeTags, "\n");
const intoSvg = writing((value) => {
  const bundle = value[jupyterDisplay]();
  return textIn(bundle, "image/svg+xml") || escapeHtml(textIn(bundle, "text/plain"));
}, escapeHtml);

const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " ", amp: "&" };

/** What a reader would read aloud of HTML. */
const plainOf = (markup: string): string =>
  markup
    .replace(/<(script|style)\b[^]*?<\/\1\s*>/gi, "")
    .replace(/\s+/g, " ")
    .replace(/<(?:br|\/p|\/div|\/li|\/tr|\/h[1-6]|\/text|\/title)\b[^<>]*>/gi, "\n")
    .replace(/<[^<>]*>/g, "")
    .replace(/&(lt|gt|quot|#39|nbsp|amp);/g, (_, name: string) => entities[name]!)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");

/**
 * HTML as the output of a cell. It runs as it stands, scripts included; values filled into a template are escaped, and figures, tables, pictures and
 * other pieces of `html` stay what they are.
 *
 * @example
 * const words = ['<unk>', 'the']
 * html`<ul>${words.map(word => html`<li>${word}</li>`)}</ul>`   // • <unk> • the
 */
export function html(text: string): Displayable;
export function html(template: TemplateStringsArray, ...values: unknown[]): Displayable;
export function html(source: Source, ...values: unknown[]): Displayable {
  const text = textFrom(source, values, "html", intoHtml);
  return displayable({}, () => ({ "text/html": text, "text/plain": plainOf(text) || "(HTML without text)" }));
}

/**
 * Markdown as the output of a cell. Values filled into a template may hold Markdown, but no HTML: `<s>` is shown as it stands, and pieces of `html`
 * are HTML. In a template, backslashes stand for themselves, as formulas want them, and lines may be indented like the code around them.
 *
 * @example
 * const loss = 1.84
 * md`The loss is **${loss}**, and $\frac{1}{V} \approx ${Math.exp(-loss).toFixed(2)}$.`
 */
export function md(text: string): Displayable;
export function md(template: TemplateStringsArray, ...values: unknown[]): Displayable;
export function md(source: Source, ...values: unknown[]): Displayable {
  const text = textFrom(isTemplate(source) ? dedent(source) : source, values, "md", intoMarkdown);
  return displayable({}, () => ({ "text/markdown": text, "text/plain": text }));
}

/** The template as it was written, save that \` and \${ stand for what they let through, without the indentation that all its lines share. */
function dedent({ raw }: TemplateStringsArray): TemplateStringsArray {
  const parts = raw.map((part) => part.replace(/\\(`|\$\{)/g, "$1"));
  const indents = parts.flatMap((part, index) => {
    const lines = part.split("\n").slice(1);
    const isBlank = (line: string, at: number): boolean => line.trim() === "" && !(at === lines.length - 1 && index < parts.length - 1);
    return lines.filter((line, at) => !isBlank(line, at)).map((line) => /^[ \t]*/.exec(line)![0].length);
  });
  const indent = Math.min(...indents);
  const moved = parts.map((part) => (Number.isFinite(indent) ? part.replace(new RegExp(`\\n[ \\t]{0,${indent}}`, "g"), "\n") : part));
  moved[0] = moved[0]!.replace(/^[ \t]*\n/, "");
  moved.push(moved.pop()!.replace(/\n[ \t]*$/, ""));
  return Object.assign(moved, { raw: moved });
}

/**
 * An SVG drawing as the output of a cell. Values filled into a template are escaped; other pieces of `svg` stay what they are.
 *
 * @example
 * const radius = 20
 * svg`<svg width="100" height="50"><title>A dot</title><circle cx="50" cy="25" r="${radius}" fill="#0072B2"/></svg>`
 */
export function svg(text: string): Displayable;
export function svg(template: TemplateStringsArray, ...values: unknown[]): Displayable;
export function svg(source: Source, ...values: unknown[]): Displayable {
  const text = textFrom(source, values, "svg", intoSvg).trim();
  return displayable({}, () => ({ "image/svg+xml": withNamespace(text), "text/plain": plainOf(text) || "(a drawing)" }));
}

/** As a picture, an SVG without its namespace is not an SVG. A piece of one, such as a circle, is left as it is. */
export const withNamespace = (text: string): string =>
  text.replace(/^((?:<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE[^<>]*>|\s)*<svg\b)(?![^<>]*\sxmlns\s*=)/i, '$1 xmlns="http://www.w3.org/2000/svg"');

export interface JsonOptions {
  /** Whether all of it is unfolded at once. @default false */
  expanded?: boolean;
}

/**
 * A value as a tree of JSON that can be unfolded.
 *
 * @example
 * json({ layers: 12, heads: [12, 12], name: 'gpt2' }, { expanded: true })
 */
export function json(value: unknown, options: JsonOptions = {}): Displayable {
  checkOptions("options", options, ["expanded"]);
  const expanded = checkBoolean("expanded", options.expanded ?? false);
  const text = jsonText(value);
  const data: unknown = JSON.parse(text);
  return displayable({}, () => ({ "application/json": data, "text/plain": text }), { "application/json": { expanded } });
}

function jsonText(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, null, 2);
  } catch (cause) {
    const hint = "leave out what refers back to its own parent, and write bigints with String()";
    throw new ArgumentError(`value cannot be written as JSON: ${(cause as Error).message.split("\n")[0]}`, { hint, cause });
  }
  if (text === undefined)
    throw argumentError("value", "something that JSON can hold", value, { hint: "pass an object, an array, a string or a number" });
  return text;
}
