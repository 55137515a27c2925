/** Short texts as ids: words of letters, and each character of Chinese by itself. */
import { ArgumentError } from "../../errors.ts";
import { checkArray, checkText } from "../../runtime/check.ts";

const pieces = (text: string): string[] => text.toLowerCase().match(/[\p{Script=Latin}\p{N}]+|[^\s]/gu) ?? [];

/** Id 0 fills texts up, id 1 stands for what was not among the texts that the vocabulary was made of. */
export class WordVocabulary {
  /** By id. */
  readonly words: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  private constructor(words: readonly string[]) {
    this.words = words;
    this.#ids = new Map(words.map((word, id) => [word, id]));
  }

  static of(texts: readonly string[]): WordVocabulary {
    checkArray("texts", texts, (name, text) => checkText(name, text));
    return new WordVocabulary(["[pad]", "[unknown]", ...[...new Set(texts.flatMap(pieces))].sort()]);
  }

  /** The vocabulary with just these words, by id. */
  static from(words: readonly string[]): WordVocabulary {
    checkArray("words", words, (name, word) => checkText(name, word));
    return new WordVocabulary(words);
  }

  get size(): number {
    return this.words.length;
  }

  /** (texts × length) ids, row after row. @throws {ArgumentError} A text is longer than that. */
  encode(texts: readonly string[], length: number): BigInt64Array {
    checkArray("texts", texts, (name, text) => checkText(name, text));
    const ids = new BigInt64Array(texts.length * length);
    for (const [row, text] of texts.entries()) {
      const found = pieces(text);
      if (found.length > length) {
        throw new ArgumentError(`texts[${row}] has ${found.length} words, and ${length} is the most`, { hint: "shorten it" });
      }
      for (const [at, piece] of found.entries()) ids[row * length + at] = BigInt(this.#ids.get(piece) ?? 1);
    }
    return ids;
  }
}
