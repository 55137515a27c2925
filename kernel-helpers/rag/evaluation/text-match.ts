/**
 * Exact match and F1 as SQuAD defines them (Rajpurkar et al. 2016, arXiv:1606.05250): lower case, no punctuation, no articles. Chinese counts by the character, as in
 * CMRC 2018 (Cui et al. 2019, arXiv:1810.07366), whose script takes the longest common run for F1 where SQuAD, and this, take the bag.
 */
import { checkArray, checkText } from "../../runtime/check.ts";

/** What is compared: words, and characters of Chinese and Japanese. Numbers lose the commas of their thousands. */
export function answerTokens(text: string): string[] {
  return (
    checkText("text", text)
      .normalize("NFKC")
      .toLowerCase()
      .replace(/(?<=\d),(?=\d{3}\b)/g, "")
      .replace(/(?<!\d)\.|\.(?!\d)/g, " ") // 1.5 keeps its point
      .match(/[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]|(?:(?![\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}])[\p{L}\p{M}\p{N}.])+/gu) ??
    []
  ).filter((token) => /[\p{L}\p{N}]/u.test(token) && !["a", "an", "the"].includes(token));
}

/** 1 where the answer says the same as one of the references, word for word; else 0. */
export function exactMatch(answer: string, references: readonly string[]): number {
  const tokens = answerTokens(answer).join(" ");
  return Math.max(0, ...checkReferences(references).map((reference) => (answerTokens(reference).join(" ") === tokens ? 1 : 0)));
}

/** The best F1 of the answer's tokens with those of a reference, 0 to 1. */
export function tokenF1(answer: string, references: readonly string[]): number {
  const tokens = answerTokens(answer);
  return Math.max(0, ...checkReferences(references).map((reference) => f1(tokens, answerTokens(reference))));
}

/** 1 where the answer contains one of the references, token after token; else 0. */
export function containsAnswer(answer: string, references: readonly string[]): number {
  const tokens = ` ${answerTokens(answer).join(" ")} `;
  return Math.max(
    0,
    ...checkReferences(references).map((reference) => (tokens.includes(` ${answerTokens(reference).join(" ")} `) ? 1 : 0)),
  );
}

const checkReferences = (references: unknown): readonly string[] =>
  checkArray("references", references, checkText, { allowEmpty: false, hint: "pass the answers that count as right" });

function f1(answer: readonly string[], reference: readonly string[]): number {
  const left = new Map<string, number>();
  for (const token of reference) left.set(token, (left.get(token) ?? 0) + 1);
  let common = 0;
  for (const token of answer) {
    const count = left.get(token) ?? 0;
    if (count === 0) continue;
    left.set(token, count - 1);
    common += 1;
  }
  return common === 0 ? 0 : (2 * common) / (answer.length + reference.length);
}
