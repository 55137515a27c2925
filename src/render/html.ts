/** Text made safe for HTML, and HTML made whole. */
import type { Root } from "hast";
import { fromParse5 } from "hast-util-from-parse5";
import { defaultTreeAdapter, parseFragment, type DefaultTreeAdapterTypes } from "parse5";
import rehypeStringify from "rehype-stringify";
import { unified } from "unified";
import { NestingError } from "./nesting.ts";

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text for HTML content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** Whether a text has letters that are read from right to left: such a text is given its own direction. */
export const isRightToLeft = (text: string): boolean => /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(text);

/** JSON for the inside of a script element, which no text in it can end. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** Elements that are open at once. Browsers stop at 512, too; beyond it, parsing takes time that grows with the square. */
const deepest = 512;

/** HTML as a browser's parser sees it, as parse5 keeps it. @throws {NestingError} Too many elements are open at once. */
export function parseElements(html: string): DefaultTreeAdapterTypes.DocumentFragment {
  let open = 0;
  const treeAdapter = {
    ...defaultTreeAdapter,
    onItemPush: () => {
      if (++open > deepest) throw new NestingError(`its HTML has more than ${deepest} elements within each other`);
    },
    onItemPop: () => void open--,
  };
  return parseFragment(html, { treeAdapter, scriptingEnabled: false });
}

/** HTML as a browser's parser sees it. @throws {NestingError} Too many elements are open at once. */
export function parseHtml(html: string): Root {
  return fromParse5(parseElements(html)) as Root;
}

const whole = unified().use(rehypeStringify, { allowDangerousHtml: true }).freeze();

/** HTML with its elements closed, so that an open one does not swallow the rest of the page. Nothing is taken out. */
export function stringifyHtml(tree: Root): string {
  return whole.stringify(tree);
}
