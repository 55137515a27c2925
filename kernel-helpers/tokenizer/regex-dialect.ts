/**
 * Patterns in tokenizer.json are written for Oniguruma; this turns what such files use (GPT-4's, Llama 3's, Qwen's patterns) into JavaScript's
 * dialect. White space is Unicode's, $ is the end of a line, (?i:…) is spelled out, and possessive quantifiers become lookaheads.
 */
import { FormatError } from "../errors.ts";

/** A character, an escape or a class, with its quantifier; or $. */
const item = /(\[(?:\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\.|[^\\()[\]|$?*+{}])([?*+]|\{\d+(?:,\d*)?\})?(\+)?|\$/gsu;

/**
 * @param file Named in errors.
 * @throws {FormatError} JavaScript cannot read the pattern. Facts: file, pattern.
 */
export function toJavaScript(source: string, file: string): RegExp {
  let possessives = 0;
  const translated = source
    .replace(/\(\?i:([^()]*)\)/g, (_, group: string) => `(?:${group.replace(/\[[^\]\\]*\]|(?<!\\)[a-z]/gi, eitherCase)})`)
    .replace(item, (whole, atom?: string, quantifier?: string, plus?: string) => {
      if (atom === undefined) return String.raw`(?=\n|(?![^]))`;
      const unicode = atom.replace(
        /\\./gsu,
        (escape) => ({ "\\s": String.raw`\p{White_Space}`, "\\S": String.raw`\P{White_Space}` })[escape] ?? escape,
      );
      if (!quantifier) return unicode + whole.slice(atom.length);
      if (!plus) return unicode + quantifier;
      if (quantifier.startsWith("{")) return `(?:${unicode}${quantifier})+`; // Oniguruma repeats here; only after ? * + is the plus possessive
      possessives++;
      return `(?=(?<possessive${possessives}>${unicode}${quantifier}))\\k<possessive${possessives}>`;
    });
  try {
    return new RegExp(translated, "gu");
  } catch (cause) {
    throw new FormatError(`${file}: the pattern ${source} cannot be turned into JavaScript: ${(cause as Error).message}`, {
      hint: "load a tokenizer with GPT-2's pattern, or use @huggingface/transformers",
      cause,
      facts: { file, pattern: source },
    });
  }
}

/** A letter, or a class without escapes. */
function eitherCase(part: string): string {
  const inner = part.replace(/^\[|\]$/g, "");
  return `[${inner.toLowerCase()}${inner.toUpperCase()}]`;
}
