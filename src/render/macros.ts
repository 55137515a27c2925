/**
 * What authors of notebooks expect of LaTeX and KaTeX has otherwise. Definitions hold for the rest of the page, as in Jupyter's front ends, and
 * may come twice; what only loads a package does nothing.
 */
interface Token {
  text: string;
}

/** What KaTeX gives a macro that is a function. Lists of tokens are stacks: the first token comes last. */
export interface Expander {
  macros: { get(name: string): unknown; set(name: string, value: unknown, global: boolean): void };
  consumeArg(): { tokens: Token[] };
  consumeSpaces(): void;
  future(): Token;
  popToken(): Token;
  isDefined(name: string): boolean;
}

export type Macro = string | ((expander: object) => string);

export const macro =
  (expand: (expander: Expander) => string): Macro =>
  (expander) =>
    expand(expander as Expander);

export const textOf = (tokens: readonly Token[]): string =>
  tokens
    .map(({ text }) => (/^\\[a-zA-Z@]+$/.test(text) ? `${text} ` : text))
    .toReversed()
    .join("");

/** `[…]`, where there is one. */
export function optional(expander: Expander): Token[] | undefined {
  expander.consumeSpaces();
  if (expander.future().text !== "[") return undefined;
  const tokens: Token[] = [];
  expander.popToken();
  for (let token = expander.popToken(); token.text !== "]"; token = expander.popToken()) {
    if (token.text === "EOF") throw new Error("a bracket is not closed");
    tokens.unshift(token);
  }
  return tokens;
}

/** The next argument, as text. */
export const argument = (expander: Expander): string => textOf(expander.consumeArg().tokens);

/** The name that is defined, with or without braces. */
function nameOf(expander: Expander): string {
  const { tokens } = expander.consumeArg();
  const name = textOf(tokens).trim();
  if (!name.startsWith("\\") || tokens.length !== 1) throw new Error(`"${name}" is not the name of a command`);
  return name;
}

/** `{\name}[count][default]{body}` */
const newCommand = (replaces: boolean): Macro =>
  macro((expander) => {
    const name = nameOf(expander);
    const count = Number(textOf(optional(expander) ?? []).trim() || 0);
    if (!Number.isInteger(count) || count < 0 || count > 9) throw new Error(`${name} cannot have ${count} arguments`);
    const standard = optional(expander);
    const body = { tokens: expander.consumeArg().tokens, numArgs: count };
    if (!replaces && expander.isDefined(name)) return "";
    const define = (macroName: string, value: unknown): void => expander.macros.set(macroName, value, true);
    if (standard === undefined || count === 0) {
      define(name, body);
      return "";
    }
    // With a first argument in brackets, or without: two further macros, whose names no author can write by accident.
    define(`${name}@body`, body);
    define(
      name,
      macro((use) => `${name}@body{${textOf(optional(use) ?? standard)}}`),
    );
    return "";
  });

const operator = macro((expander) => {
  expander.consumeSpaces();
  const star = expander.future().text === "*";
  if (star) expander.popToken();
  const name = nameOf(expander);
  expander.macros.set(name, `\\operatorname${star ? "*" : ""}{${textOf(expander.consumeArg().tokens)}}`, true);
  return "";
});

/** Takes an argument and shows nothing. */
const nothing = macro((expander) => {
  expander.consumeArg();
  return "";
});

/** Macros for one page: its definitions are added to them. `tagOf` says what a reference to a label shows. */
export function pageMacros(tagOf: (label: string) => string): Record<string, Macro> {
  const reference = (around: (tag: string) => string): Macro =>
    macro((expander) => `\\text{${around(tagOf(textOf(expander.consumeArg().tokens)))}}`);
  return {
    "\\newcommand": newCommand(true),
    "\\renewcommand": newCommand(true),
    "\\providecommand": newCommand(false),
    "\\DeclareMathOperator": operator,
    "\\def": "\\gdef",
    "\\edef": "\\xdef",
    "\\mbox": "\\text",
    "\\require": nothing,
    "\\label": nothing,
    "\\ref": reference((tag) => tag),
    "\\eqref": reference((tag) => `(${tag})`),
    // KaTeX would write these to the terminal of the person exporting.
    "\\message": nothing,
    "\\errmessage": nothing,
    "\\show": nothing,
  };
}
