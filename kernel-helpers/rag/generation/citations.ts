/**
 * What an answer rests on. A citation is always a part of a document, found there: a quotation of the model's that does not stand in its source is not one. Where
 * the model quotes nothing, the sentences of the sources that the answer's words come from are looked up.
 */
import { analyzer } from "../../retrieval/index.ts";
import { sentences } from "../chunking/sentences.ts";
import { formatPlace } from "../document.ts";
import { containsAnswer } from "../evaluation/text-match.ts";
import { numbersIn } from "../numbers.ts";
import type { Source } from "./prompt.ts";
import { findQuote } from "./quotes.ts";

export interface Citation {
  /** The document's id. */
  document: string;
  /** quote === document.text.slice(start, end) */
  start: number;
  end: number;
  quote: string;
  /** For readers: "notes.md:12", "report.pdf, page 3". */
  place: string;
  /** Number of the source in the prompt. */
  source: number;
  /** `quoted` by the model, and found in the source; or `matched`: a sentence that has the answer's words and all of its numbers. */
  origin: "quoted" | "matched";
}

export interface Reply {
  /** The answer without its quotations and numbers of sources. */
  text: string;
  citations: readonly Citation[];
  /** What the model put in quotation marks and no source says. */
  rejected: readonly string[];
}

const quotation = /^\s*(?:quote|source|引用|来源|资料)?\s*[:：]?\s*\[(\d+)\]\s*[:：]?\s*["“「『](.+?)["”」』]\s*$/gimu;

/** A model's reply taken apart, and checked against the sources that it was given. */
export function checkReply(reply: string, sources: readonly Source[]): Reply {
  const citations: Citation[] = [];
  const rejected: string[] = [];
  for (const [, number, quote] of reply.matchAll(quotation)) {
    const named = sources.find((source) => source.number === Number(number));
    // small models mix the numbers up; what counts is that the words are there
    const candidates = named ? [named, ...sources.filter((source) => source !== named)] : sources;
    const citation = first(candidates, (source) => quoted(source, quote!));
    if (citation) citations.push(citation);
    else rejected.push(quote!);
  }
  const text = reply
    .replace(quotation, "")
    .replace(/\s*\[\d+(?:\s*,\s*\d+)*\]/g, "")
    .replace(/^\s*(?:answer|答案|回答)\s*[:：]\s*/i, "")
    .trim();
  return { text, citations: citations.length > 0 ? citations : matched(text, sources), rejected };
}

function quoted(source: Source, quote: string): Citation | undefined {
  const { start, text } = source.chunk;
  const found = findQuote(text, quote);
  return found && toCitation(source, start + found.start, start + found.end, "quoted");
}

function toCitation(source: Source, start: number, end: number, origin: Citation["origin"]): Citation {
  const { document } = source.chunk;
  return {
    document: document.id,
    start,
    end,
    quote: document.text.slice(start, end),
    place: formatPlace(document, start),
    source: source.number,
    origin,
  };
}

/** Of the answer's terms, the share that sentences have to have together. */
const leastSupport = 0.6;
const mostSentences = 3;

/** The fewest sentences that the answer's terms stand in, the best first; none where too few do, or a number of the answer is in none. */
function matched(answer: string, sources: readonly Source[]): Citation[] {
  const terms = analyzer();
  const all = new Set(terms(answer));
  const numbers = numbersIn(answer);
  const candidates = sources.flatMap((source) =>
    sentences(source.chunk.text).map(({ start, end }) => {
      const text = source.chunk.text.slice(start, end);
      return {
        source,
        start: source.chunk.start + start,
        end: source.chunk.start + end,
        text,
        terms: new Set(terms(text)),
        isWhole: all.size > 0 && containsAnswer(text, [answer]) === 1, // "No" does not stand in "another"
      };
    }),
  );
  const whole = candidates.find(({ isWhole }) => isWhole);
  if (whole) return [toCitation(whole.source, whole.start, whole.end, "matched")];
  const open = new Set(all);
  const chosen: typeof candidates = [];
  while (chosen.length < mostSentences && open.size > 0) {
    const gains = candidates.map((candidate) => [...open].filter((term) => candidate.terms.has(term)).length);
    const best = Math.max(0, ...gains);
    if (best < Math.max(1, 0.2 * all.size)) break;
    const next = candidates[gains.indexOf(best)]!;
    chosen.push(next);
    for (const term of next.terms) open.delete(term);
  }
  const said = new Set(chosen.flatMap(({ text }) => numbersIn(text)));
  const isSupported = all.size > 0 && 1 - open.size / all.size >= leastSupport && numbers.every((number) => said.has(number));
  return isSupported ? chosen.map(({ source, start, end }) => toCitation(source, start, end, "matched")) : [];
}

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
