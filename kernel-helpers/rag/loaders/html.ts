/** The text of a page, one line for each block, with the line of the file that each came from. What is not read is left out: scripts, styles, navigation. */
import { Parser } from "htmlparser2";
import type { Document, Heading, Place } from "../document.ts";

const hidden = new Set(["script", "style", "noscript", "template", "svg", "nav", "iframe", "select", "button"]);
const inline = new Set(
  "a abbr b bdi bdo cite code data del dfn em font i img input ins kbd label mark q rp rt ruby s samp small span strong sub sup time tt u var wbr".split(
    " ",
  ),
);

export function readHtml(id: string, source: string): Document {
  const headings: Heading[] = [];
  const places: ({ start: number } & Place)[] = [];
  const lineOf = lineCounter(source);
  let text = "";
  let title = "";
  /** The hidden element that is open, and how many of its name are. */
  let skipped: { name: string; depth: number } | undefined;
  let inTitle = false;
  let preformatted = 0;
  let heading: Heading | undefined;

  const endBlock = (): void => {
    text = text.replace(/[ \t]+$/, "");
    if (text !== "" && !text.endsWith("\n")) text += "\n";
  };
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (skipped) {
          if (skipped.name === name) skipped.depth += 1;
          return;
        }
        if (hidden.has(name) || "hidden" in attributes || attributes["aria-hidden"] === "true") {
          if (!voidElements.has(name)) skipped = { name, depth: 1 };
          return;
        }
        if (name === "title") inTitle = true;
        if (name === "br") endBlock();
        else if (name === "td" || name === "th") text = text === "" || /\s$/.test(text) ? text : `${text} | `;
        else if (!inline.has(name)) endBlock();
        if (name === "pre") preformatted += 1;
        if (name === "li") text += "- ";
        const [, level] = /^h([1-6])$/.exec(name) ?? [];
        if (level !== undefined) heading = { start: text.length, level: Number(level), text: "" };
      },
      ontext(data) {
        if (skipped) return;
        if (inTitle) {
          title += data;
          return;
        }
        const isAtStart = text === "" || /\s$/.test(text);
        const shown = preformatted > 0 ? data : data.replace(/\s+/g, " ").replace(isAtStart ? /^ / : /^(?!)/, "");
        if (shown === "") return;
        const number = lineOf(parser.startIndex);
        if (places.at(-1)?.number !== number) places.push({ start: text.length, unit: "line", number });
        text += shown;
      },
      onclosetag(name) {
        if (skipped) {
          if (skipped.name === name && --skipped.depth === 0) skipped = undefined;
          return;
        }
        if (name === "title") inTitle = false;
        if (name === "pre") preformatted = Math.max(0, preformatted - 1);
        if (heading && name === `h${heading.level}`) {
          heading.text = text.slice(heading.start).trim();
          headings.push(heading);
          heading = undefined;
        }
        if (!inline.has(name) && name !== "td" && name !== "th" && name !== "br") endBlock();
        if (name === "p" || name === "table" || name === "ul" || name === "ol" || /^h[1-6]$/.test(name)) paragraph();
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  const paragraph = (): void => {
    if (text.endsWith("\n") && !text.endsWith("\n\n")) text += "\n";
  };
  parser.write(source);
  parser.end();
  if (title.trim() !== "" && headings.every(({ level }) => level > 1))
    headings.unshift({ start: 0, level: 1, text: title.replace(/\s+/g, " ").trim() });
  return { id, text: text.trimEnd(), headings: headings.filter(({ start }) => start <= text.trimEnd().length), places };
}

const voidElements = new Set(["img", "input", "br", "hr", "meta", "link", "wbr", "area", "base", "col", "embed", "source", "track"]);

/** Line numbers of offsets that only grow. */
function lineCounter(source: string): (offset: number) => number {
  let [line, next] = [1, source.indexOf("\n")];
  return (offset) => {
    while (next >= 0 && next < offset) {
      line += 1;
      next = source.indexOf("\n", next + 1);
    }
    return line;
  };
}
