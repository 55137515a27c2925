/**
 * SVG as a file of its own. Within HTML, where JupyterLab shows it, an SVG needs no namespaces, quotes or end tags; as a picture it is XML and
 * does.
 */
import type { DefaultTreeAdapterTypes } from "parse5";
import { escapeHtml, parseElements } from "./html.ts";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const isElement = (node: Node): node is Element => "tagName" in node;

/** What XML 1.0 cannot hold, even escaped. */
const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const escaped = (text: string): string => escapeHtml(text.replace(forbidden, ""));

function toXml(node: Node, outer: Element["namespaceURI"] | undefined): string {
  if (node.nodeName === "#text") return escaped((node as DefaultTreeAdapterTypes.TextNode).value);
  if (!isElement(node)) return "";
  const { namespaceURI, attrs, childNodes } = node;
  const tagName = /^[A-Za-z_][\w.-]*$/.test(node.tagName) ? node.tagName : "g"; // of an editor's own namespace
  const own = namespaceURI === outer ? "" : ` xmlns="${namespaceURI}"`;
  const attributes = attrs
    .map(({ prefix, name, value }) => [prefix === undefined || prefix === "" ? name : `${prefix}:${name}`, value] as const)
    .filter(([name]) => !/^xmlns(?::|$)/.test(name) && /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/.test(name))
    .filter(([name]) => !name.includes(":") || /^(?:xlink|xml):/.test(name))
    .map(([name, value]) => ` ${name}="${escaped(value)}"`);
  const children = childNodes.map((child) => toXml(child, namespaceURI));
  return `<${tagName}${own}${attributes.join("")}>${children.join("")}</${tagName}>`;
}

/** An SVG that says what it is stays as it stands; one that was written for HTML is read as HTML and written as XML. */
export function standaloneSvg(text: string): string {
  const start = text.search(/<(?:\w+:)?svg\b/i);
  const tag = start < 0 ? "" : text.slice(start, text.indexOf(">", start));
  const svg = /\sxmlns(?::\w+)?\s*=/.test(tag) ? undefined : parseElements(text).childNodes.find((node) => node.nodeName === "svg");
  return withXlink(svg === undefined ? text : toXml(svg, undefined));
}

/** Old links within an SVG have a prefix, which HTML knows without being told. */
function withXlink(text: string): string {
  if (!/\sxlink:/.test(text) || /\sxmlns:xlink/.test(text)) return text;
  return text.replace(/<svg(?=[\s>])/, '<svg xmlns:xlink="http://www.w3.org/1999/xlink"');
}
