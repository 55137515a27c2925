/** Special tokens in text: where they are spelled, the longest first, with the white space that some of them take. */
import { anyOf } from "../runtime/any-of.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What Rust's \\w is, by which Hugging Face tells words. */
const word = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]`;
const wordBefore = new RegExp(`${word}$`, "u");
const wordAfter = new RegExp(`^${word}`, "u");

export class SpecialTokens {
  readonly #vocabulary: Pick<Vocabulary, "specialTokens" | "placements">;
  readonly #expression: RegExp | undefined;

  constructor(vocabulary: Pick<Vocabulary, "specialTokens" | "placements">) {
    const any = anyOf(vocabulary.specialTokens.keys());
    this.#vocabulary = vocabulary;
    this.#expression = any === "" ? undefined : new RegExp(any, "gu");
  }

  /** The ids of the special tokens in a text, and the texts between them, in order. */
  split(text: string): (string | number)[] {
    if (!this.#expression) return [text];
    const parts: (string | number)[] = [];
    let done = 0;
    for (const { index, 0: token } of text.matchAll(this.#expression)) {
      const { lstrip, rstrip, singleWord } = this.#vocabulary.placements.get(token) ?? {};
      const end = index + token.length;
      const [before, after] = [text.slice(done, index), text.slice(end)];
      if (singleWord && (wordBefore.test(text.slice(0, index)) || wordAfter.test(after))) continue;
      const left = lstrip ? before.replace(/\p{White_Space}+$/u, "") : before;
      if (left !== "") parts.push(left);
      parts.push(this.#vocabulary.specialTokens.get(token)!);
      done = end + (rstrip ? /^\p{White_Space}*/u.exec(after)![0].length : 0);
    }
    if (done < text.length) parts.push(text.slice(done));
    return parts;
  }
}
