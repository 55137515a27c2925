/** Patterns in tokenizer.json are written for Oniguruma; this turns what such files use into JavaScript's dialect. */
import { FormatError } from "../errors.ts";

/**
 * White space is Unicode's, (?i:…) is spelt out for its letters a to z, and possessive quantifiers become greedy ones, which is the same where what follows
 * cannot match what they took: so in the patterns of GPT-4, Llama 3 and Qwen.
 *
 * @param file Named in errors.
 * @throws {FormatError} JavaScript cannot read the pattern.
 */
export function toJavaScript(source: string, file: string): RegExp {
  const translated = source
    .replace(
      /\(\?i:([^()]*)\)/g,
      (_, group: string) => `(?:${group.replace(/[a-z]/gi, (one) => `[${one.toLowerCase()}${one.toUpperCase()}]`)})`,
    )
    .replace(/(?<!\\)([?*+}])\+/g, "$1")
    .replace(/\\s/g, String.raw`\p{White_Space}`)
    .replace(/\\S/g, String.raw`\P{White_Space}`);
  try {
    return new RegExp(translated, "gu");
  } catch (cause) {
    throw new FormatError(`${file}: the pattern ${source} cannot be turned into JavaScript: ${(cause as Error).message}`, {
      hint: "load a tokenizer with GPT-2's pattern, or use @huggingface/transformers",
      cause,
    });
  }
}
