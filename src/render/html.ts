/** Text made safe for HTML, and HTML made whole. */
import rehypeRaw from "rehype-raw";
import rehypeStringify from "rehype-stringify";
import { unified } from "unified";

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text for HTML content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** JSON for the inside of a script element, which no text in it can end. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

const whole = unified().use(rehypeRaw).use(rehypeStringify, { allowDangerousHtml: true });

/** The author's HTML with its elements closed, so that an open one does not swallow the rest of the page. Nothing is taken out. */
export function balanceHtml(html: string): string {
  return whole.stringify(whole.runSync({ type: "root", children: [{ type: "raw", value: html }] }));
}
