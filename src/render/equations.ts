/**
 * The numbers of a page's equations, and what `\ref` and `\eqref` show. As in LaTeX, rows of `equation`, `align`, `gather` and the like have a
 * number unless they say `\notag`, and so does any formula with a `\label`. Environments that KaTeX lacks are written as those it has.
 */
import { asAlign, formulasIn, multline, split } from "./environments.ts";
import { pageMacros, type Macro } from "./macros.ts";
import { mathjaxMacros } from "./mathjax-macros.ts";

const environment =
  /^\s*\\begin\{(equation|align|alignat|flalign|gather|eqnarray|multline)(\*?)\}(\s*\{\d+\})?([\s\S]*)\\end\{\1\2\}\s*([.,;]?)\s*$/;

const letter = (index: number): string => String.fromCharCode("a".charCodeAt(0) + index);

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
  #group: { number: string; members: number } | undefined;

  /** @param known Labels from an earlier run over the same page: LaTeX, too, runs twice for references to what follows. */
  constructor(known: ReadonlyMap<string, string> = new Map()) {
    this.labels = new Map(known);
    this.macros = { ...mathjaxMacros, ...pageMacros((label) => this.tagOf(label) ?? "???") };
  }

  tagOf(label: string): string | undefined {
    const tag = this.labels.get(label);
    if (tag === undefined) this.unresolved = true;
    return tag;
  }

  /** A displayed formula with its numbers; several where it is a group of subequations. */
  number(source: string): NumberedFormula[] {
    const tex = source.replace(/(?<!\\)%[^\n]*/g, "");
    const [, group] = /^\s*\\begin\{subequations\}([^]*)\\end\{subequations\}\s*$/.exec(tex) ?? [];
    if (group === undefined) return [this.#one(tex)];
    // 1a, 1b …; a label before the first of them is the group's.
    const [label = "", name] = /^\s*\\label\s*\{([^{}]*)\}/.exec(group) ?? [];
    this.#group = { number: String(++this.#count), members: 0 };
    const labels: string[] = [];
    if (name !== undefined) this.#place(name, this.#group.number, labels);
    const formulas = formulasIn(group.slice(label.length)).map((formula) => this.#one(formula));
    this.#group = undefined;
    formulas[0]?.labels.push(...labels);
    return formulas;
  }

  /** The number of the next equation. */
  #next(): string {
    if (this.#group === undefined) return String(++this.#count);
    const member = this.#group.members++;
    return `${this.#group.number}${member >= 26 ? letter(Math.floor(member / 26) - 1) : ""}${letter(member % 26)}`;
  }

  #place(label: string, tag: string | undefined, labels: string[]): void {
    if (tag !== undefined) this.labels.set(label, tag);
    if (!this.#placed.has(label)) labels.push(label);
    this.#placed.add(label);
  }

  #one(tex: string): NumberedFormula {
    const labels: string[] = [];
    const [, name, star, count = "", body = "", end = ""] = environment.exec(tex) ?? [];
    if (name === undefined) return { tex: this.#row(tex, false, labels), labels };
    const numbered = star === "";
    if (name === "equation") return { tex: `\\begin{equation*}${this.#row(body + end, numbered, labels)}\\end{equation*}`, labels };
    if (name === "multline") {
      const own = this.#row(body + end, numbered, labels);
      const at = own.lastIndexOf("\\tag");
      return { tex: at < 0 ? multline(own) : multline(own.slice(0, at)) + own.slice(at), labels };
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
    const tag = given ?? (counts ? this.#next() : undefined);
    for (const label of own) this.#place(label, tag, labels);
    return counts ? `${text}\\tag{${tag}}` : text;
  }
}

/** Where a label is on the page. */
export const equationId = (label: string): string => `equation-${label.trim().replace(/\s+/g, "-")}`;
