/**
 * LaTeX in markdown, found before markdown is parsed, as Jupyter's front ends do: `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]` and
 * `\begin{name}…\end{name}`, outside code, not across a blank line. What is found leaves a mark in the text, which markdown carries
 * through untouched. One rule is ours: a `$` before a digit closes nothing, so that "$5 and $10" stays money.
 */
import { renderToString } from "katex";
import "katex/contrib/mhchem";
import { forKatex } from "./environments.ts";
import { equationId, type PageMath } from "./equations.ts";
import { escapeHtml } from "./html.ts";
import { isTooDeep } from "./nesting.ts";

export interface Formula {
  tex: string;
  display: boolean;
  /** As it stood in the text, for places that turn out to be code. */
  source: string;
}

/** The text with each formula replaced by a mark, and the formulas that the marks count. */
export interface MathText {
  text: string;
  formulas: Formula[];
}

// Private-use characters: markdown takes them for letters, and they do not occur in text.
const [open, close] = ["\uE000", "\uE001"];
export const formulaMark: RegExp = new RegExp(`${open}(\\d+)${close}`, "g");

/** A mark as it stands in an address, where markdown escapes it. */
const markInAddress = new RegExp(`${encodeURI(open)}(\\d+)${encodeURI(close)}`, "g");

/** Addresses, in which a dollar sign is one: of a link or picture, of a reference, in angle brackets, in a tag, bare. */
const addresses = [
  /\]\(\s*(?:<[^<>\n]*>|(?:[^\s()\\<]|\\\S|\([^\s()]*\))+)(?=\s*\)|\s+["'(])/,
  /^ {0,3}\[[^[\]\n]+\]:[ \t]*\S+/,
  /<[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]*>/,
  /<[a-zA-Z][\w-]*(?:\s+[\w:-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)+\s*\/?>/,
  /\b(?:https?:\/\/|ftp:\/\/|mailto:|www\.)(?:[^\s<>()\\，。；：！？、（）「」]|\([^\s<>()\\]*\))*/,
];

/** What can begin something: a fence at the start of a line, a run of backticks, an escape, a formula. Addresses are passed over. */
const starts = new RegExp(
  [/^ {0,3}(?:> ?)*(`{3,}|~{3,})|(`+)|\\\\([([])|\\begin\{([a-zA-Z]+\*?)\}|(\\(?:eq)?ref\{[^{}\n]*\})|\\[^\n]|(\$\$?)/, ...addresses]
    .map(({ source }) => source)
    .join("|"),
  "gm",
);

/**
 * Looks for the ends of formulas, from left to right. It remembers what is not there, so that a text of openings alone is not read anew from
 * each of them.
 */
class Ends {
  readonly #text: string;
  readonly #absent = new Map<string, number>();
  readonly #environments = new Map<string, number[]>();
  #blank = -1;

  constructor(text: string) {
    this.#text = text;
    for (const match of [...text.matchAll(/\\end\{[a-zA-Z]+\*?\}/g)].toReversed()) {
      const places = this.#environments.get(match[0]);
      if (places) places.push(match.index);
      else this.#environments.set(match[0], [match.index]);
    }
  }

  /** The next blank line. */
  #blankAfter(from: number): number {
    if (this.#blank < from) {
      const blank = /\n[ \t>]*\n/g;
      blank.lastIndex = from;
      this.#blank = blank.exec(this.#text)?.index ?? this.#text.length;
    }
    return this.#blank;
  }

  /** Where the formula that begins before `from` ends: the first end outside braces, else the last one inside, before a blank line. */
  find(from: number, end: string): number | undefined {
    const stop = this.#blankAfter(from);
    if (end.length > 3) {
      const places = this.#environments.get(end) ?? [];
      while (places.length > 0 && places.at(-1)! < from) places.pop();
      if ((places.at(-1) ?? stop) >= stop) return undefined;
    }
    if (from < (this.#absent.get(end) ?? 0)) return undefined;
    const text = this.#text;
    let depth = 0;
    let inBraces: number | undefined;
    for (let at = from; at < stop; at++) {
      if (text.startsWith(end, at) && !(end === "$" && /\d/.test(text[at + 1] ?? ""))) {
        if (depth <= 0) return at;
        inBraces = at;
      }
      const character = text[at];
      if (character === "\\") at++;
      else if (character === "{") depth++;
      else if (character === "}") depth--;
    }
    if (inBraces === undefined) this.#absent.set(end, stop);
    return inBraces;
  }
}

/** End of the code that begins with this fence or run of backticks; undefined for a run that nothing closes. */
function codeEnd(text: string, from: number, marks: string, fenced: boolean, absent: Set<string>): number | undefined {
  if (fenced) {
    const closing = new RegExp(`^ {0,3}(?:> ?)*\\${marks[0]}{${marks.length},}[ \\t]*$`, "m").exec(text.slice(from));
    return closing ? from + closing.index + closing[0].length : text.length;
  }
  if (absent.has(marks)) return undefined;
  const closing = new RegExp(`(?<!\`)${marks}(?!\`)`).exec(text.slice(from));
  if (!closing) absent.add(marks);
  return closing ? from + closing.index + marks.length : undefined;
}

/** Marks the formulas of a markdown text. */
export function takeMath(text: string): MathText {
  const formulas: Formula[] = [];
  let result = "";
  let copied = 0;
  const ends = new Ends(text);
  const unclosed = new Set<string>();
  let [line, seen] = [0, 0];
  starts.lastIndex = 0;
  for (let match = starts.exec(text); match; match = starts.exec(text)) {
    const [whole, fence, ticks, bracket, environment, reference, dollars] = match;
    const from = match.index + whole.length;
    if (fence !== undefined || ticks !== undefined) {
      starts.lastIndex = codeEnd(text, from, (fence ?? ticks)!, fence !== undefined, unclosed) ?? from;
      continue;
    }
    if (reference !== undefined) {
      result += `${text.slice(copied, match.index)}${open}${formulas.length}${close}`;
      formulas.push({ tex: reference, display: false, source: reference });
      copied = from;
      continue;
    }
    const end = bracket ? (bracket === "(" ? "\\\\)" : "\\\\]") : environment ? `\\end{${environment}}` : dollars;
    if (end === undefined) continue; // an escape such as \$, or an address
    const at = ends.find(from, end);
    if (at === undefined || (end === "$" && at === from)) continue;
    const newline = text.slice(seen, match.index).lastIndexOf("\n");
    if (newline >= 0) line = seen + newline + 1;
    seen = match.index;
    const quoted = /^[ \t]*>/.test(text.slice(line, match.index));
    const source = text.slice(match.index, at + end.length);
    const inner = environment ? source : text.slice(from, at);
    result += `${text.slice(copied, match.index)}${open}${formulas.length}${close}`;
    formulas.push({ tex: quoted ? inner.replace(/^[ \t]*(?:> ?)+/gm, "") : inner, display: end !== "$" && bracket !== "(", source });
    copied = starts.lastIndex = at + end.length;
  }
  return { text: result + text.slice(copied), formulas };
}

/** Puts the formulas back as they stood, where the text proves to be code or an address. */
export function restoreMath(text: string, formulas: readonly Formula[]): string {
  return text
    .replace(formulaMark, (mark, index: string) => formulas[Number(index)]?.source ?? mark)
    .replace(markInAddress, (mark, index: string) => encodeURI(formulas[Number(index)]?.source ?? mark));
}

const toHtml = (tex: string, display: boolean, { macros }: PageMath): string =>
  renderToString(forKatex(tex), { displayMode: display, strict: "ignore", maxSize: 50, maxExpand: 1000, globalGroup: true, macros });

/** `\ref` or `\eqref` alone: a link to the equation. */
function renderReference(command: string, label: string, page: PageMath): string {
  const tag = page.tagOf(label);
  if (tag === undefined) return `<span class="math-error" title="${escapeHtml(`No equation has the label ${label}`)}">???</span>`;
  const text = command === "eqref" ? `(${tag})` : tag;
  const shown = /[\\${}^_]/.test(text) ? toHtml(`\\text{${text}}`, false, page) : escapeHtml(text);
  return `<a href="#${escapeHtml(encodeURIComponent(equationId(label)))}">${shown}</a>`;
}

/** A formula as HTML, with MathML for those who listen. A formula that KaTeX cannot read is shown as its source. */
export function renderFormula({ tex, display, source }: Formula, page: PageMath): string {
  if (tex.trim() === "") return "";
  try {
    const [, command, label] = /^\s*\\(ref|eqref)\{([^{}]*)\}\s*$/.exec(tex) ?? [];
    if (command !== undefined) return renderReference(command, label!, page);
    if (!display) return toHtml(tex, false, page);
    const shown = page.number(tex).map((numbered) => {
      const anchors = numbered.labels.map((name) => `<span id="${escapeHtml(equationId(name))}"></span>`);
      return anchors.join("") + toHtml(numbered.tex, true, page);
    });
    return shown.join("");
  } catch (error) {
    const reason = isTooDeep(error) ? "nested too deeply" : error instanceof Error ? error.message : String(error);
    return `<code class="math-error" title="${escapeHtml(reason)}">${escapeHtml(source)}</code>`;
  }
}

/** A text/latex output: a formula with its delimiters, or bare. */
export function renderLatex(latex: string, page: PageMath): string {
  const { text, formulas } = takeMath(latex);
  if (formulas.length === 0) return renderFormula({ tex: latex, display: true, source: latex }, page);
  return escapeHtml(text).replace(formulaMark, (mark, index: string) => {
    const formula = formulas[Number(index)];
    return formula ? renderFormula(formula, page) : mark;
  });
}
