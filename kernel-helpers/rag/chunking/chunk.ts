/** Documents cut into pieces that a search finds and a prompt has room for. A chunk is a part of the text as it stands: nothing is rewritten. */
import { checkChoice, checkFunction, checkInteger, checkOptions } from "../../runtime/check.ts";
import { checkDocument, headingPath, type Document } from "../document.ts";
import { estimateTokens, type CountTokens } from "../tokens.ts";
import { sentences, type Span } from "./sentences.ts";

export interface Chunk {
  /** Tells it apart from the others: the document's id with its offsets. */
  id: string;
  document: Document;
  /** text === document.text.slice(start, end) */
  start: number;
  end: number;
  text: string;
  /** Titles of the sections that it lies in, the outermost first. */
  headings: readonly string[];
}

export interface ChunkOptions {
  /**
   * `heading`: sections, and whole sentences of those that are longer than `size`; `sentence`: as many whole sentences as `size` has room for; `window`:
   * words, wherever they end; `document`: all of it. @default "heading"
   */
  by?: "heading" | "sentence" | "window" | "document";
  /** Tokens of a chunk at most; a sentence that is longer is cut between words. @default 256 */
  size?: number;
  /** Tokens that a chunk repeats of the one before, in whole sentences or words. @default 0 */
  overlap?: number;
  /** @default estimateTokens, which knows no vocabulary */
  countTokens?: CountTokens;
}

/**
 * Cuts a document. Chunks come in the order of the text, and cover all of it but white space.
 *
 * @throws {ArgumentError} An option out of range; `overlap` has to be less than `size`.
 */
export function chunk(document: Document, options: ChunkOptions = {}): Chunk[] {
  checkDocument("document", document);
  const { by, size, overlap, countTokens } = checkChunkOptions(options);
  const { text } = document;
  const whole: Span = { start: 0, end: text.length };
  const pieces = (section: Span): Span[] => {
    const units = by === "window" ? wordsIn(text, section) : unitsOf(text, section, size, countTokens);
    return pack(text, units, { size, overlap, countTokens });
  };
  const spans =
    by === "document"
      ? [trimmed(text, whole)]
      : by === "heading"
        ? sectionsOf(document).flatMap((section) => {
            const span = trimmed(text, section);
            return countTokens(text.slice(span.start, span.end)) <= size ? [span] : pieces(section);
          })
        : pieces(whole);
  return spans.filter(({ start, end }) => end > start).map((span) => toChunk(document, span));
}

export function toChunk(document: Document, { start, end }: Span): Chunk {
  const text = document.text.slice(start, end);
  return { id: `${document.id}#${start}-${end}`, document, start, end, text, headings: headingPath(document, start) };
}

export function checkChunkOptions(options: ChunkOptions): Required<ChunkOptions> {
  checkOptions("options", options, ["by", "size", "overlap", "countTokens"]);
  const { by = "heading", size = 256, overlap = 0, countTokens = estimateTokens } = options;
  checkChoice("by", by, ["heading", "sentence", "window", "document"]);
  checkInteger("size", size, { min: 1 });
  checkInteger("overlap", overlap, { min: 0, max: size - 1, hint: "chunks would not get on otherwise" });
  checkFunction("countTokens", countTokens);
  return { by, size, overlap, countTokens };
}

/** What comes before the first heading, and each heading with what follows it. */
function sectionsOf({ text, headings }: Document): Span[] {
  const starts = [0, ...headings.map(({ start }) => start)].filter((start, at, all) => at === 0 || start > all[at - 1]!);
  return starts.map((start, at) => ({ start, end: starts[at + 1] ?? text.length }));
}

/** Sentences, and words of those that are longer than a chunk. */
function unitsOf(text: string, { start, end }: Span, size: number, countTokens: CountTokens): Span[] {
  return sentences(text.slice(start, end)).flatMap((sentence) => {
    const span = { start: sentence.start + start, end: sentence.end + start };
    return countTokens(text.slice(span.start, span.end)) <= size ? [span] : wordsIn(text, span);
  });
}

let segmenter: Intl.Segmenter | undefined;

/** Words with the punctuation after them. */
function wordsIn(text: string, { start, end }: Span): Span[] {
  segmenter ??= new Intl.Segmenter("zh", { granularity: "word" });
  const spans: Span[] = [];
  for (const { index, segment, isWordLike } of segmenter.segment(text.slice(start, end))) {
    if (segment.trim() === "") continue;
    const span = { start: index + start, end: index + start + segment.length };
    const last = spans.at(-1);
    if (!isWordLike && last?.end === span.start) last.end = span.end;
    else spans.push(span);
  }
  return spans;
}

/** As many units in a row as there is room for, again and again. Each chunk has at least one unit that the one before does not have. */
function pack(text: string, units: readonly Span[], { size, overlap, countTokens }: Omit<Required<ChunkOptions>, "by">): Span[] {
  // each with the space before it, as vocabularies have it
  const tokens = units.map(({ end }, at) => countTokens(text.slice(units[at - 1]?.end ?? units[at]!.start, end)));
  const chunks: Span[] = [];
  for (let from = 0; from < units.length;) {
    let [next, sum] = [from, 0];
    while (next < units.length && (next === from || sum + tokens[next]! <= size)) sum += tokens[next++]!;
    chunks.push({ start: units[from]!.start, end: units[next - 1]!.end });
    if (next === units.length) break;
    let repeated = 0;
    let back = next;
    while (back - 1 > from && repeated + tokens[back - 1]! <= overlap && tokens[next]! + repeated + tokens[back - 1]! <= size)
      repeated += tokens[--back]!;
    from = back;
  }
  return chunks;
}

function trimmed(text: string, { start, end }: Span): Span {
  while (start < end && /\s/.test(text[start]!)) start += 1;
  while (end > start && /\s/.test(text[end - 1]!)) end -= 1;
  return { start, end };
}
