/**
 * The numbers of a page's equations, and what `\ref` and `\eqref` show. As in LaTeX, rows of `equation`, `align`, `gather` and the like have a
 * number unless they say `\notag`, and so does any formula with a `\label`. Environments that KaTeX lacks are written as those it has.
 */
import { pageMacros, type Macro } from "./macros.ts";

const environment =
  /^\s*\\begin\{(equation|align|alignat|flalign|gather|eqnarray|multline)(\*?)\}(\s*\{\d+\})?([\s\S]*)\\end\{\1\2\}\s*([.,;]?)\s*$/;

/** Pieces of LaTeX between which nothing is nested: at each separator outside braces and environments. */
function split(tex: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: token, index } of tex.matchAll(/\\(?:begin|end)(?![a-zA-Z])|\\\\|\\[^]|[{}&]/g)) {
    if (token === "{" || token === "\\begin") depth++;
    else if (token === "}" || token === "\\end") depth--;
    else if (token === separator && depth === 0) {
      parts.push(tex.slice(from, index));
      from = index + token.length;
    }
  }
  return [...parts, tex.slice(from)];
}

/** `a &=& b` of eqnarray is `a &= b` of align. */
const asAlign = (row: string): string => {
  const [left = "", relation, ...right] = split(row, "&");
  return relation === undefined ? row : `${left}&${relation}${right.join(" ")}`;
};

export interface NumberedFormula {
  tex: string;
  /** Labels that lead to it. */
  labels: string[];
}

/** The mathematics of one page. */
export class PageMath {
  /** What references show, by label. */
  readonly labels: Map<string, string>;
  /** Whether a reference came before its label, or has none. */
  unresolved = false;
  readonly macros: Record<string, Macro>;
  readonly #placed = new Set<string>();
  #count = 0;

  /** @param known Labels from an earlier run over the same page: LaTeX, too, runs twice for references to what follows. */
  constructor(known: ReadonlyMap<string, string> = new Map()) {
    this.labels = new Map(known);
    this.macros = pageMacros((label) => this.tagOf(label) ?? "???");
  }

  tagOf(label: string): string | undefined {
    const tag = this.labels.get(label);
    if (tag === undefined) this.unresolved = true;
    return tag;
  }

  /** A displayed formula with its numbers. */
  number(source: string): NumberedFormula {
    const tex = source.replace(/(?<!\\)%[^\n]*/g, "");
    const labels: string[] = [];
    const [, name, star, count = "", body = "", end = ""] = environment.exec(tex) ?? [];
    if (name === undefined) return { tex: this.#row(tex, false, labels), labels };
    const numbered = star === "";
    if (name === "equation") return { tex: `\\begin{equation*}${this.#row(body + end, numbered, labels)}\\end{equation*}`, labels };
    if (name === "multline") {
      const rows = split(body + end, "\\\\").map((row, index) => `${index === 0 ? "&" : "&\\qquad "}${row}`);
      return { tex: `\\begin{align*}${this.#row(rows.join("\\\\"), numbered, labels)}\\end{align*}`, labels };
    }
    const rows = split(body + end, "\\\\").map((row) => this.#row(name === "eqnarray" ? asAlign(row) : row, numbered, labels));
    const written = name === "eqnarray" || name === "flalign" ? "align" : name;
    return { tex: `\\begin{${written}*}${count}${rows.join("\\\\")}\\end{${written}*}`, labels };
  }

  #row(row: string, numbered: boolean, labels: string[]): string {
    const own = [...row.matchAll(/\\label\s*\{([^{}]*)\}/g)].map((match) => match[1]!);
    const silent = /\\(?:notag|nonumber)(?![a-zA-Z])/.test(row);
    const text = row.replace(/\\label\s*\{[^{}]*\}|\\(?:notag|nonumber)(?![a-zA-Z])/g, "");
    const given = /\\tag\*?\s*\{((?:[^{}]|\{[^{}]*\})*)\}/.exec(text)?.[1];
    const counts = given === undefined && text.trim() !== "" && (own.length > 0 || (numbered && !silent));
    const tag = given ?? (counts ? String(++this.#count) : undefined);
    for (const label of own) {
      if (tag !== undefined) this.labels.set(label, tag);
      if (!this.#placed.has(label)) labels.push(label);
      this.#placed.add(label);
    }
    return counts ? `${text}\\tag{${tag}}` : text;
  }
}

/** Where a label is on the page. */
export const equationId = (label: string): string => `equation-${label.trim().replace(/\s+/g, "-")}`;
