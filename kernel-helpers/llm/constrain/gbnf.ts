/**
 * GBNF, llama.cpp's notation for grammars (github.com/ggml-org/llama.cpp/blob/master/grammars/README.md): rules `name ::= …`, "texts", [classes] and
 * [^classes] of characters, `.`, brackets, `|`, `*`, `+`, `?`, `{2}`, `{2,}`, `{2,5}`, and # before a comment. The text is what `root` is.
 */
import { ArgumentError } from "../../errors.ts";
import { nearest } from "../../runtime/check.ts";
import {
  allCharacters,
  character,
  choice,
  literal,
  repeat,
  rule,
  sequence,
  without,
  type Expression,
  type Grammar,
  type Range,
} from "./grammar.ts";

/** @throws {ArgumentError} What is not GBNF, with its line and column. Facts: line, column. */
export function parseGbnf(source: string): Grammar {
  const rules = new GbnfParser(source).parse();
  const root = rules.get("root");
  if (root) return { root: rule("root"), rules };
  throw new ArgumentError("the grammar has no rule named root", {
    hint: "what root stands for is the whole text: root ::= …",
    facts: { argument: "grammar" },
  });
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

class GbnfParser {
  #at = 0;
  readonly #source: string;
  readonly #rules = new Map<string, Expression>();
  /** Where each rule is first used. */
  readonly #uses = new Map<string, number>();

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Map<string, Expression> {
    this.#skip();
    while (this.#at < this.#source.length) {
      const start = this.#at;
      const [, name] = this.#match(/([a-zA-Z][\w-]*)\s*::=/y) ?? [];
      if (name === undefined) throw this.#error("a rule, name ::= …");
      if (this.#rules.has(name)) throw this.#error(`one rule named ${name}`, start);
      this.#skip();
      this.#rules.set(name, this.#alternatives());
    }
    for (const [name, at] of this.#uses) {
      if (this.#rules.has(name)) continue;
      const meant = nearest(name, [...this.#rules.keys()]);
      throw this.#error(`a rule named ${name}${meant === undefined ? "" : `, or ${meant}`}`, at);
    }
    return this.#rules;
  }

  #alternatives(): Expression {
    const options: Expression[] = [];
    do options.push(this.#sequence());
    while (this.#take("|"));
    return choice(options);
  }

  #sequence(): Expression {
    const items: Expression[] = [literal("")];
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at]!) && !this.#isRule()) {
      items.push(this.#repeated());
    }
    return sequence(...items);
  }

  /** Whether the next rule begins here. */
  #isRule(): boolean {
    const expression = /[a-zA-Z][\w-]*\s*::=/y;
    expression.lastIndex = this.#at;
    return expression.test(this.#source);
  }

  #repeated(): Expression {
    let item = this.#item();
    for (;;) {
      const start = this.#at;
      const found = this.#match(/[*+?]|\{\s*(\d+)\s*(,?)\s*(\d*)\s*\}/y);
      if (!found) return item;
      this.#skip();
      const [text, least, comma, most] = found;
      const min = least === undefined ? (text === "+" ? 1 : 0) : Number(least);
      const max = least === undefined ? (text === "?" ? 1 : Infinity) : comma === "" ? min : most === "" ? Infinity : Number(most);
      if (min > max) throw this.#error(`at least ${min} times, so`, start);
      item = repeat(item, min, max);
    }
  }

  #item(): Expression {
    const start = this.#at;
    if (this.#take("(")) {
      const inner = this.#alternatives();
      if (!this.#take(")")) throw this.#error("a closing bracket for this one", start);
      return inner;
    }
    if (this.#source[this.#at] === '"') return literal(this.#text());
    if (this.#source[this.#at] === "[") return character(this.#class());
    if (this.#take(".")) return character(allCharacters);
    const [name] = this.#match(/[a-zA-Z][\w-]*/y) ?? [];
    if (name === undefined) throw this.#error("a text, a class, brackets or the name of a rule");
    if (!this.#uses.has(name)) this.#uses.set(name, start);
    this.#skip();
    return rule(name);
  }

  #text(): string {
    const start = this.#at++;
    let text = "";
    while (this.#source[this.#at] !== '"') text += this.#character(start);
    this.#at++;
    this.#skip();
    return text;
  }

  #class(): Range[] {
    const start = this.#at++;
    const isNegated = this.#source[this.#at] === "^";
    if (isNegated) this.#at++;
    const ranges: Range[] = [];
    while (this.#source[this.#at] !== "]") {
      const from = this.#character(start).codePointAt(0)!;
      const isRange = this.#source[this.#at] === "-" && this.#source[this.#at + 1] !== "]";
      if (isRange) this.#at++;
      const to = isRange ? this.#character(start).codePointAt(0)! : from;
      if (to < from) throw this.#error("a range from the smaller to the greater character", start);
      ranges.push([from, to]);
    }
    this.#at++;
    this.#skip();
    return isNegated ? without(allCharacters, ranges) : ranges;
  }

  /** One character of a text or a class, which began at `start`. */
  #character(start: number): string {
    if (this.#at >= this.#source.length) throw this.#error("an end of this", start);
    const code = this.#match(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/y);
    if (code) return String.fromCodePoint(parseInt(code[1] ?? code[2] ?? code[3]!, 16));
    const [one] = this.#match(/\\?[^]/uy)!;
    return one.startsWith("\\") ? (escapes[one[1]!] ?? one.slice(1)) : one;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    this.#skip();
    return true;
  }

  /** White space and comments. */
  #skip(): void {
    this.#match(/(?:\s|#[^\n]*)*/y);
  }

  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#source);
    if (found) this.#at += found[0].length;
    return found;
  }

  #error(expected: string, at: number = this.#at): ArgumentError {
    const before = this.#source.slice(0, at).split("\n");
    const [line, column] = [before.length, before.at(-1)!.length + 1];
    const found = at < this.#source.length ? JSON.stringify(this.#source.slice(at, at + 12)) : "the end";
    return new ArgumentError(`grammar: line ${line}, column ${column}: ${expected} must stand here, got ${found}`, {
      hint: "grammars are written in GBNF, as llama.cpp reads it",
      facts: { argument: "grammar", line, column },
    });
  }
}
