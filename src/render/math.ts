/**
 * LaTeX in markdown, found before markdown is parsed, as Jupyter's front ends do: `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]` and
 * `\begin{name}…\end{name}`, outside code, not across a blank line. What is found leaves a mark in the text, which markdown carries
 * through untouched. One rule is ours: a `$` before a digit closes nothing, so that "$5 and $10" stays money.
 */
import { renderToString } from "katex";
import { escapeHtml } from "./html.ts";

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

/** What can begin something: a fence at the start of a line, a run of backticks, an escape, a formula. */
const starts = /^ {0,3}(?:> ?)*(`{3,}|~{3,})|(`+)|\\\\([([])|\\begin\{([a-zA-Z]+\*?)\}|\\[^\n]|(\$\$?)/gm;

/** Where the formula that begins before `from` ends: the first end outside braces, else the last one inside, before a blank line. */
function findEnd(text: string, from: number, end: string): number | undefined {
  let depth = 0;
  let inBraces: number | undefined;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith(end, at) && !(end === "$" && /\d/.test(text[at + 1] ?? ""))) {
      if (depth <= 0) return at;
      inBraces = at;
    }
    const character = text[at];
    if (character === "\\") at++;
    else if (character === "{") depth++;
    else if (character === "}") depth--;
    else if (character === "\n" && /^[ \t>]*\n/.test(text.slice(at + 1, at + 80))) break;
  }
  return inBraces;
}

/** End of the code that begins with this fence or run of backticks; undefined for a run that nothing closes. */
function codeEnd(text: string, from: number, marks: string, fenced: boolean): number | undefined {
  if (fenced) {
    const closing = new RegExp(`^ {0,3}(?:> ?)*\\${marks[0]}{${marks.length},}[ \\t]*$`, "m").exec(text.slice(from));
    return closing ? from + closing.index + closing[0].length : text.length;
  }
  const closing = new RegExp(`(?<!\`)${marks}(?!\`)`).exec(text.slice(from));
  return closing ? from + closing.index + marks.length : undefined;
}

/** Marks the formulas of a markdown text. */
export function takeMath(text: string): MathText {
  const formulas: Formula[] = [];
  let result = "";
  let copied = 0;
  starts.lastIndex = 0;
  for (let match = starts.exec(text); match; match = starts.exec(text)) {
    const [whole, fence, ticks, bracket, environment, dollars] = match;
    const from = match.index + whole.length;
    if (fence !== undefined || ticks !== undefined) {
      starts.lastIndex = codeEnd(text, from, (fence ?? ticks)!, fence !== undefined) ?? from;
      continue;
    }
    const end = bracket ? (bracket === "(" ? "\\\\)" : "\\\\]") : environment ? `\\end{${environment}}` : dollars;
    if (end === undefined) continue; // an escape such as \$
    const at = findEnd(text, from, end);
    if (at === undefined || (end === "$" && at === from)) continue;
    const quoted = /^[ \t]*>/.test(text.slice(text.lastIndexOf("\n", match.index) + 1, match.index));
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
  return text.replace(formulaMark, (mark, index: string) => formulas[Number(index)]?.source ?? mark);
}

/** A formula as HTML, with MathML for those who listen. A formula that KaTeX cannot read is shown as its source. */
export function renderFormula({ tex, display, source }: Formula): string {
  if (tex.trim() === "") return "";
  try {
    return renderToString(tex, { displayMode: display, strict: "ignore", maxSize: 50, maxExpand: 1000 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `<code class="math-error" title="${escapeHtml(reason)}">${escapeHtml(source)}</code>`;
  }
}

/** A text/latex output: a formula with its delimiters, or bare. */
export function renderLatex(latex: string): string {
  const { text, formulas } = takeMath(latex);
  if (formulas.length === 0) return renderFormula({ tex: latex, display: true, source: latex });
  return escapeHtml(text).replace(formulaMark, (mark, index: string) => {
    const formula = formulas[Number(index)];
    return formula ? renderFormula(formula) : mark;
  });
}
