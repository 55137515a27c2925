/**
 * Patterns in tokenizer.json are written for Oniguruma; this turns what such files use (GPT-4's, Llama 3's, Qwen's patterns) into JavaScript's
 * dialect. \s, \d, \w and \b are Unicode's, ^ and $ match at the ends of lines, a dot is anything but a line feed, (?i:…) is spelled out, and
 * possessive quantifiers become lookaheads. What JavaScript cannot say is refused.
 */
import { FormatError } from "../errors.ts";

/** A character, an escape or a class, with its quantifier; or an anchor. */
const item = /(\[(?:\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\.|[^\\()[\]|$^?*+{}])([?*+]|\{\d+(?:,\d*)?\})?(\+)?|[$^]/gsu;

/** Oniguruma's \w (Unicode's UTS 18 without the joiners), in a class and by itself, where its table of Latin-1 adds six numbers. */
const wordInClass = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}`;
const word = `${wordInClass}²³¹¼½¾`;

const outsideClasses: Readonly<Record<string, string>> = {
  "^": String.raw`(?:(?<![^])|(?<=\n)(?=[^]))`,
  $: String.raw`(?=\n|(?![^]))`,
  ".": String.raw`[^\n]`,
  "\\w": `[${word}]`,
  "\\W": `[^${word}]`,
  "\\b": `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`,
  "\\B": `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`,
};

const everywhere: Readonly<Record<string, string>> = {
  "\\s": String.raw`\p{White_Space}`,
  "\\S": String.raw`\P{White_Space}`,
  "\\d": String.raw`\p{Nd}`,
  "\\D": String.raw`\P{Nd}`,
};

/**
 * @param file Named in errors.
 * @throws {FormatError} JavaScript cannot read the pattern. Facts: file, pattern.
 */
export function toJavaScript(source: string, file: string): RegExp {
  const refuse = (reason: string, cause?: unknown): FormatError =>
    new FormatError(`${file}: the pattern ${source} cannot be turned into JavaScript: ${reason}`, {
      hint: "load a tokenizer with GPT-2's pattern, or use @huggingface/transformers",
      cause,
      facts: { file, pattern: source },
    });
  const translateAtom = (atom: string): string => {
    if (!atom.startsWith("[")) return outsideClasses[atom] ?? translateEscape(atom);
    return atom.replace(/\\./gsu, (escape) => {
      if (escape === "\\W") throw refuse("a class cannot hold \\W");
      return escape === "\\w" ? wordInClass : escape === "\\-" ? escape : translateEscape(escape);
    });
  };
  let possessives = 0;
  const translated = source
    .replace(/\(\?i:([^()]*)\)/g, (_, group: string) => `(?:${group.replace(/\[[^\]\\]*\]|(?<!\\)[a-z]/gi, eitherCase)})`)
    .replace(item, (whole, atom?: string, quantifier?: string, plus?: string) => {
      if (atom === undefined) return outsideClasses[whole]!;
      const unicode = translateAtom(atom);
      if (!quantifier) return unicode + whole.slice(atom.length);
      if (!plus) return unicode + quantifier;
      if (quantifier.startsWith("{")) return `(?:${unicode}${quantifier})+`; // Oniguruma repeats here; only after ? * + is the plus possessive
      possessives++;
      return `(?=(?<possessive${possessives}>${unicode}${quantifier}))\\k<possessive${possessives}>`;
    });
  try {
    return new RegExp(translated, "gu");
  } catch (cause) {
    throw refuse((cause as Error).message, cause);
  }
}

/** An escape as it is, or Unicode's; JavaScript does not escape what has no meaning of its own, such as an apostrophe. */
function translateEscape(escape: string): string {
  return everywhere[escape] ?? escape.replace(/^\\([-'"`~!@#%&=:;,<> ])$/, "$1");
}

/** A letter, or a class without escapes, in both cases; the long s and the kelvin sign are letters s and k, too. */
function eitherCase(part: string): string {
  const inner = part.replace(/^\[|\]$/g, "");
  return `[${inner.toLowerCase()}${inner.toUpperCase()}${/s/i.test(inner) ? "ſ" : ""}${/k/i.test(inner) ? "\u212a" : ""}]`;
}
