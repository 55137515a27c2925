/** Regular expressions as grammars: the `pattern` of JSON Schema, in ECMAScript's syntax with the flag u. */
import { allCharacters, choice, literal, repeat, sequence, type Expression, type Range } from "./grammar.ts";

export interface PatternOptions {
  /** How a character of one of these ranges is written. */
  character(ranges: readonly Range[]): Expression;
  /** What to throw at what cannot be kept to, such as a lookahead. */
  refuse(what: string): Error;
}

/** Texts in which the pattern is found: it may stand anywhere, unless ^ and $ say otherwise. */
export function patternToGrammar(source: string, options: PatternOptions): Expression {
  try {
    RegExp(source, "u");
  } catch (error) {
    throw options.refuse((error as Error).message);
  }
  return new PatternParser(source, options).parse();
}

class PatternParser {
  #at = 0;
  readonly #source: string;
  readonly #options: PatternOptions;

  constructor(source: string, options: PatternOptions) {
    this.#source = source;
    this.#options = options;
  }

  parse(): Expression {
    const anything = repeat(this.#options.character(allCharacters), 0);
    const options: Expression[] = [];
    do {
      const isFromStart = this.#take("^");
      const middle = this.#alternative();
      const isToEnd = this.#take("$");
      if (this.#at < this.#source.length && this.#source[this.#at] !== "|") throw this.#options.refuse("$ before the end");
      options.push(sequence(...(isFromStart ? [] : [anything]), middle, ...(isToEnd ? [] : [anything])));
    } while (this.#take("|"));
    return choice(options);
  }

  /** Up to |, ), $ or the end. */
  #alternative(): Expression {
    const items: Expression[] = [literal("")];
    while (this.#at < this.#source.length && !"|)$".includes(this.#source[this.#at]!)) items.push(this.#quantified());
    return sequence(...items);
  }

  #quantified(): Expression {
    const item = this.#atom();
    const quantifier = this.#match(/(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y);
    if (!quantifier) return item;
    const [text, least, comma, most] = quantifier;
    if (text[0] === "*") return repeat(item, 0);
    if (text[0] === "+") return repeat(item, 1);
    if (text[0] === "?") return repeat(item, 0, 1);
    const min = Number(least);
    return repeat(item, min, comma === "" ? min : most === "" ? Infinity : Number(most));
  }

  #atom(): Expression {
    if (this.#source[this.#at] === "^") throw this.#options.refuse("^ after the beginning");
    if (this.#source[this.#at] === "(") return this.#group();
    if (this.#match(/\\(?:[bBk]|[1-9])/y)) throw this.#options.refuse("\\b, \\B and back-references");
    const [one] = this.#match(/\[(?:\\.|[^\]\\])*\]|\\(?:u\{[^}]*\}|u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|x..|[pP]\{[^}]*\}|c.|.)|./suy)!;
    return this.#options.character(rangesOf(one));
  }

  #group(): Expression {
    const [opening] = this.#match(/\((?:\?(?:<(?![=!])[^>]*>|[^<]|<.))?/y)!;
    if (opening.startsWith("(?") && opening !== "(?:" && !opening.endsWith(">"))
      throw this.#options.refuse("lookaheads, lookbehinds and flags");
    const options: Expression[] = [];
    do {
      options.push(this.#alternative());
      if (this.#source[this.#at] === "$") throw this.#options.refuse("$ within brackets");
    } while (this.#take("|"));
    this.#at++; // the closing bracket
    return choice(options);
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#source);
    if (found) this.#at += found[0].length;
    return found;
  }
}

let everyCharacter: string | undefined;

/** The code points that a class of characters, or one character, stands for: the engine finds them in the text of all characters. */
function rangesOf(one: string): Range[] {
  everyCharacter ??= Array.from({ length: 0x1100 }, (_, block) => {
    if (block >= 0xd8 && block < 0xe0) return ""; // surrogates are not characters
    return String.fromCodePoint(...Array.from({ length: 0x100 }, (__, index) => 0x100 * block + index));
  }).join("");
  // A class does not say whether U+D7FF and U+E000 are neighbours; they are in this text, and character() takes out what is between them.
  return [...everyCharacter.matchAll(new RegExp(`(?:${one})+`, "gu"))].map(([run]): Range => [run.codePointAt(0)!, lastCodePoint(run)]);
}

function lastCodePoint(text: string): number {
  const last = text.codePointAt(text.length - 2)!;
  return last > 0xffff ? last : text.charCodeAt(text.length - 1);
}
