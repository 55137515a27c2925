/** The text of a PDF, page after page, by PDF.js in unpdf's packaging, which needs nothing of a browser. Scanned pages have no text. */
import { FormatError } from "../../errors.ts";
import type { Document, Place } from "../document.ts";

/**
 * Simplified characters as radicals of the CJK Radicals Supplement, which NFKC keeps and fonts confuse with the characters themselves: a PDF that
 * Chromium printed says ⻚ where its page said 页 (Unicode, EquivalentUnifiedIdeograph.txt).
 */
const radicals = new Map(
  Array.from(
    "⺟母⺠民⻁虎⻄西⻅见⻆角⻉贝⻋车⻓长⻔门⻘青⻙韦⻚页⻛风⻜飞⻝食⻢马⻣骨⻤鬼⻥鱼⻦鸟⻨麦⻩黄⻬齐⻮齿⻰龙⻳龟".matchAll(/(.)(.)/gu),
    ([, radical, character]) => [radical!, character!],
  ),
);

export async function readPdf(id: string, bytes: Uint8Array): Promise<Document> {
  const { extractText, getDocumentProxy } = await import("unpdf");
  let pages: string[];
  try {
    const pdf = await getDocumentProxy(Uint8Array.from(bytes), { verbosity: 0 }); // a copy, for PDF.js takes the buffer away
    try {
      ({ text: pages } = await extractText(pdf, { mergePages: false }));
    } finally {
      await pdf.destroy();
    }
  } catch (cause) {
    const isLocked = (cause as { name?: string }).name === "PasswordException";
    throw new FormatError(
      `${id} ${isLocked ? "is a PDF that asks for a password" : `cannot be read as a PDF (${(cause as Error).message})`}`,
      {
        hint: isLocked ? "save it without the password" : "open it in a viewer, and save or print it as a new PDF",
        cause,
        facts: { file: id, reason: isLocked ? "password" : "format" },
      },
    );
  }
  const places: ({ start: number } & Place)[] = [];
  let text = "";
  for (const [index, page] of pages.entries()) {
    if (text !== "") text += "\n\n";
    places.push({ start: text.length, unit: "page", number: index + 1 });
    text += readable(page);
  }
  return { id, text, headings: [], places };
}

/** Ligatures and radicals become the letters and characters that people search for; a word that was divided at the end of a line is joined. */
const readable = (page: string): string =>
  page
    .replace(/[\u2E80-\u2FDF\uF900-\uFAFF\uFB00-\uFB06]/g, (sign) => radicals.get(sign) ?? sign.normalize("NFKC"))
    .replace(/(\p{Ll})[-\u00ad]\n(?=\p{Ll})/gu, "$1");
