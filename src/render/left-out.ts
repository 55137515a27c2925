/** What a page leaves out, by name: what would load from the network, what needs a kernel, what is not safe in a text. */
import type { Element, Root, RootContent } from "hast";
import { escapeHtml, parseHtml } from "./html.ts";

interface LeftOut {
  what: string;
  address?: string | undefined;
}

const elementsIn = (nodes: readonly RootContent[]): Element[] =>
  nodes.flatMap((node) => (node.type === "element" ? [node, ...elementsIn([...node.children, ...(node.content?.children ?? [])])] : []));

const text = (value: unknown): string => (typeof value === "string" ? value : Array.isArray(value) ? value.join(" ") : "");

const isRemote = (address: string): boolean => /^(?:https?:)?\/\//i.test(address.trim());

const names: Record<string, string> = {
  script: "a script",
  style: "a style sheet",
  iframe: "a frame",
  frame: "a frame",
  object: "an embedded file",
  embed: "an embedded file",
  video: "a video",
  audio: "a sound",
  source: "a recording",
  img: "a picture",
};

const addressOf = ({ properties }: Element): string => text(properties.src ?? properties.data ?? properties.href).trim();

/** Scripts of libraries that a script loads by itself. */
const library = /https?:\/\/[^\s"'`)]*(?:cdn|unpkg|\.m?js\b)[^\s"'`)]*/i;

/** What is within a frame that brings its own text. */
function frameText({ properties }: Element): string | undefined {
  if (typeof properties.srcDoc === "string") return properties.srcDoc;
  const [, base64, data] = /^data:text\/html[^,]*?(;base64)?,(.*)$/is.exec(text(properties.src).trim()) ?? [];
  if (data === undefined) return undefined;
  try {
    return base64 === undefined ? decodeURIComponent(data) : Buffer.from(data, "base64").toString("utf8");
  } catch {
    return undefined;
  }
}

/** What the author's HTML asks of the network or of a kernel, which the page's policy denies. */
export function deniedTo(root: Root): LeftOut[] {
  return elementsIn(root.children).flatMap((element): LeftOut[] => {
    const { tagName, properties } = element;
    const address = addressOf(element);
    const type = text(properties.type);
    if (tagName === "script" && type.startsWith("application/vnd.jupyter.widget-view")) return [{ what: "a widget" }];
    if (tagName === "link")
      return /\bstylesheet\b/.test(text(properties.rel)) && isRemote(address) ? [{ what: "a style sheet", address }] : [];
    if (tagName in names && isRemote(address)) return [{ what: names[tagName]!, address }];
    if (tagName === "script" && !/json|template/.test(type)) {
      const [loaded] = element.children.flatMap((child) => (child.type === "text" ? (library.exec(child.value) ?? []) : []));
      return loaded === undefined ? [] : [{ what: "a script", address: loaded }];
    }
    const inner = tagName === "iframe" ? frameText(element) : undefined;
    return inner === undefined ? [] : deniedTo(parseHtml(inner));
  });
}

/** What a text loses when it is made safe. */
export function unsafeIn(root: Root): LeftOut[] {
  return elementsIn(root.children)
    .filter(({ tagName }) => tagName in names && tagName !== "img" && tagName !== "source")
    .map((element) => ({ what: names[element.tagName]!, address: addressOf(element) }));
}

/** A note that names it; nothing where nothing is left out. */
export function leftOutNote(list: readonly LeftOut[], reason: string): string {
  const words = list.map(({ what, address = "" }) => {
    const shown = escapeHtml(address.length > 100 ? `${address.slice(0, 100)}…` : address);
    if (isRemote(address)) return `${what} (<a href="${escapeHtml(address)}" rel="noopener">${shown}</a>)`;
    return address === "" || /^[a-z][a-z0-9+.-]*:/i.test(address) ? what : `${what} (${shown})`;
  });
  const each = [...new Set(words)];
  const [first, more] = [each.slice(0, 10), each.length - 10];
  if (first.length === 0) return "";
  return `<p class="note">Left out here, ${reason}: ${first.join(", ")}${more > 0 ? ` and ${more} more` : ""}.</p>`;
}

export const noNetwork = "for a page asks nothing of the network and of kernels";

/** Types of outputs that only other programs can show. */
const kinds: [RegExp, string][] = [
  [/^application\/vnd\.vegalite\./, "A Vega-Lite chart"],
  [/^application\/vnd\.vega\./, "A Vega chart"],
  [/^application\/vnd\.jupyter\.widget-view\+json$/, "A widget, which needs a kernel,"],
  [/^(?:application|text)\/javascript$/, "A script"],
  [/^application\/vnd\.bokehjs/, "A Bokeh figure"],
  [/^application\/vnd\.holoviews/, "A HoloViews figure"],
  [/^application\/(?:vnd\.)?geo\+json$/, "A map"],
  [/^application\/pdf$/, "A PDF file"],
  [/^(?:video|audio)\//, "A recording"],
];

/** Says that an output has more than is shown. Of a type without a name it is said where only text is left. */
export function poorerNote(types: readonly string[], shown: string): string {
  const form = shown.startsWith("image/") ? "picture" : shown === "text/plain" ? "text" : shown === "text/html" ? "HTML" : "other form";
  const what = types
    .filter((type) => type !== shown)
    .map((type) => kinds.find(([pattern]) => pattern.test(type))?.[1] ?? (shown === "text/plain" ? `The type ${type}` : ""))
    .filter(Boolean);
  return [...new Set(what)]
    .map((name) => `<p class="note">${escapeHtml(name)} is left out here; its ${form} is shown instead.</p>`)
    .join("");
}
