/**
 * Whether a quotation stands in a text, and where. Models change white space, the kind of quotation marks and the width of characters when they copy; that much
 * is forgiven, and no more. What is returned is always the text's own words.
 */
import { checkText } from "../../runtime/check.ts";

export interface FoundQuote {
  start: number;
  end: number;
}

/** Where a quotation stands first; undefined where it does not. Leading and trailing punctuation and ellipses do not count. */
export function findQuote(text: string, quote: string): FoundQuote | undefined {
  checkText("text", text);
  checkText("quote", quote);
  const wanted = folded(quote).text.replace(/^[\s.…,;:"'，。；：、]+|[\s.…,;:"'，。；：、]+$/g, "");
  if (wanted === "") return undefined;
  const { text: searched, offsets } = folded(text);
  const at = searched.indexOf(wanted);
  return at < 0 ? undefined : { start: offsets[at]!, end: offsets[at + wanted.length]! };
}

const alike: Readonly<Record<string, string>> = {
  "“": '"',
  "”": '"',
  "„": '"',
  "「": '"',
  "」": '"',
  "‘": "'",
  "’": "'",
  "–": "-",
  "—": "-",
  "‑": "-",
};

/** A text in which what counts as the same is the same, and the offset in the original of each of its units, and of its end. */
function folded(text: string): { text: string; offsets: number[] } {
  let result = "";
  const offsets: number[] = [];
  let at = 0;
  for (const character of text) {
    const plain = /\s/.test(character) ? " " : (alike[character] ?? character.normalize("NFKC").toLowerCase());
    if (plain !== " " || !result.endsWith(" ")) {
      for (let unit = 0; unit < plain.length; unit++) offsets.push(at);
      result += plain;
    }
    at += character.length;
  }
  offsets.push(at);
  return { text: result, offsets };
}
