/** How far a text that was read or heard is from what was there. */
import { distance } from "fastest-levenshtein";
import { checkText } from "../runtime/check.ts";

/**
 * Characters that have to be inserted, deleted or replaced, for each character that was there: edits over the length of `expected`. White space does not count, and
 * full-width forms are the same as ordinary ones (NFKC).
 */
export function characterErrorRate(expected: string, found: string): number {
  const plain = (argument: string, text: string): string => checkText(argument, text).normalize("NFKC").replace(/\s+/g, "");
  const target = plain("expected", expected);
  return target === "" ? 0 : distance(target, plain("found", found)) / target.length;
}

/** The same of words: edits of words over the number of words in `expected`. Case and punctuation do not count. */
export function wordErrorRate(expected: string, found: string): number {
  const words = (argument: string, text: string): string[] =>
    checkText(argument, text)
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}'’]+/gu) ?? [];
  const [target, result] = [words("expected", expected), words("found", found)];
  if (target.length === 0) return 0;
  const ids = new Map([...target, ...result].map((word, index) => [word, index]));
  const coded = (list: readonly string[]): string => list.map((word) => String.fromCharCode(ids.get(word)! + 0x3400)).join("");
  return distance(coded(target), coded(result)) / target.length;
}
