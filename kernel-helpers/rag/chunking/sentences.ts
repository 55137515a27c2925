/** Where sentences begin and end, in English and Chinese: the Unicode rules (UAX #29, Intl.Segmenter), mended for abbreviations and wrapped lines. */
import { checkText } from "../../runtime/check.ts";

export interface Span {
  start: number;
  end: number;
}

/** What ends with a full stop and not with a sentence. The Unicode rules know of none. */
const abbreviation =
  /(?:^|[\s("'“‘（])(?:(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|No|Nos|Fig|Eq|Sec|vs|approx|cf|e\.g|i\.e|etc|al|Inc|Ltd|Co|Corp|p|pp|vol|ed)|[A-Z])\.\s*$/;

/** Lines that begin something of their own: lists, headings, tables, quotations, code. */
const ownLine = /^\s*(?:[-*+•·>|#]|\d{1,3}[.)、]|[一二三四五六七八九十]{1,3}、|[（(]\s*[\d一二三四五六七八九十]{1,3}\s*[)）]|```|~~~)/u;

let segmenter: Intl.Segmenter | undefined;

/**
 * Sentences in their order, without the white space around them; together they cover all of the text but white space. A line break ends a sentence only
 * where an empty line, a list item or a heading follows, for most texts are wrapped.
 */
export function sentences(text: string): Span[] {
  checkText("text", text);
  segmenter ??= new Intl.Segmenter("en", { granularity: "sentence" });
  const spans: Span[] = [];
  let open: Span | undefined;
  for (const { index, segment } of segmenter.segment(unwrapped(text))) {
    const span = open ? { start: open.start, end: index + segment.length } : { start: index, end: index + segment.length };
    open = abbreviation.test(segment) && !segment.includes("\n") ? span : undefined;
    if (!open) push(spans, text, span);
  }
  if (open) push(spans, text, open);
  return spans;
}

function push(spans: Span[], text: string, { start, end }: Span): void {
  while (start < end && /\s/.test(text[start]!)) start += 1;
  while (end > start && /\s/.test(text[end - 1]!)) end -= 1;
  if (end > start) spans.push({ start, end });
}

/** The same text, unit for unit, with a space for each line break that only wraps. */
function unwrapped(text: string): string {
  return text.replace(/\r?\n/g, (lineBreak, at: number) => {
    const before = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
    const after = text.slice(at + lineBreak.length, at + lineBreak.length + 200).split("\n", 1)[0]!;
    const ends = before.trim() === "" || after.trim() === "" || ownLine.test(after) || /^\s*[#|]/.test(before);
    return ends ? lineBreak : " ".repeat(lineBreak.length);
  });
}
