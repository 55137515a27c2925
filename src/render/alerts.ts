/** Boxes that call for attention: GitHub's `> [!NOTE]`, and the classes that Jupyter's front ends have from Bootstrap. */
import type { Element, ElementContent } from "hast";

const kinds: Record<string, string> = { note: "Note", tip: "Tip", important: "Important", warning: "Warning", caution: "Caution" };

/** Turns a quotation that begins with `[!NOTE]` and the like, alone in its line, into a box. */
export function asAlert(quotation: Element): void {
  const paragraph = quotation.children.find((child) => child.type === "element");
  const text = paragraph?.children[0];
  if (paragraph?.tagName !== "p" || text?.type !== "text") return;
  const [mark, name = ""] = /^\s*\[!(\w+)\][ \t]*(?:\n|$)/.exec(text.value) ?? [];
  const kind = name.toLowerCase();
  if (mark === undefined || !Object.hasOwn(kinds, kind)) return;
  if (mark.length === text.value.length && paragraph.children.length > 1 && !mark.endsWith("\n") && !isBreak(paragraph.children[1])) return;
  text.value = text.value.slice(mark.length);
  if (isBreak(paragraph.children[1]) && text.value === "") paragraph.children.splice(1, 1);
  const title: Element = {
    type: "element",
    tagName: "p",
    properties: { className: ["alert-title"] },
    children: [{ type: "text", value: kinds[kind]! }],
  };
  if (paragraph.children.length === 1 && text.value.trim() === "") quotation.children.splice(quotation.children.indexOf(paragraph), 1);
  quotation.tagName = "div";
  quotation.properties = { ...quotation.properties, className: ["alert", `alert-${kind}`], role: "note" };
  quotation.children.unshift(title);
}

const isBreak = (node: ElementContent | undefined): boolean => node?.type === "element" && node.tagName === "br";
