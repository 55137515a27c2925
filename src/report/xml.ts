/** XML 1.0 as far as a report needs it: elements, attributes, text as CDATA. Only characters that XML has room for come out (`plain`). */
import { plain, plainLine } from "./words.ts";

export interface XmlElement {
  name: string;
  attributes: Record<string, string | number>;
  /** Elements, or the text of this one. */
  content?: readonly XmlElement[] | string;
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const attribute = ([name, value]: [string, string | number]): string =>
  ` ${name}="${plainLine(String(value)).replace(/[&<>"]/g, (character) => entities[character]!)}"`;

/** A section ends at the first `]]>`, so each of them is divided between two sections. */
const cdata = (text: string): string => `<![CDATA[${plain(text).replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;

function element({ name, attributes, content = [] }: XmlElement, indent: string): string {
  const open = `${indent}<${name}${Object.entries(attributes).map(attribute).join("")}`;
  if (content.length === 0) return `${open}/>`;
  if (typeof content === "string") return `${open}>${cdata(content)}</${name}>`;
  return [`${open}>`, ...content.map((child) => element(child, `${indent}  `)), `${indent}</${name}>`].join("\n");
}

export const toXml = (root: XmlElement): string => `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, "")}\n`;
