/** The simplest vocabulary: every character (Unicode code point) of a text is a token, as in nanoGPT's character-level models. */
import { ArgumentError } from "../errors.ts";
import { argumentError, checkIndices, checkText } from "../runtime/check.ts";
import { displayable } from "../runtime/printable.ts";

/**
 * Characters as ids, in the order of their code points, so that the ids are those of Python's `sorted(set(text))`.
 *
 * @example
 * const tokenizer = CharacterTokenizer.train(["hello"]);
 * tokenizer.encode("hole") // Uint32Array [1, 3, 2, 0]
 */
export class CharacterTokenizer {
  /** By id. */
  readonly characters: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  private constructor(characters: readonly string[]) {
    this.characters = characters;
    this.#ids = new Map(characters.map((character, id) => [character, id]));
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /** The characters of some texts. Pass validation texts as well: a character outside the vocabulary cannot be encoded. */
  static train(texts: Iterable<string>): CharacterTokenizer {
    if (typeof texts !== "string" && (typeof texts !== "object" || texts === null || !(Symbol.iterator in texts))) {
      throw argumentError("texts", "an array of strings, or another iterable of them", texts);
    }
    const characters = new Set<string>();
    let index = 0;
    for (const text of texts) for (const character of checkText(`texts[${index++}]`, text)) characters.add(character);
    return new CharacterTokenizer([...characters].toSorted((one, other) => one.codePointAt(0)! - other.codePointAt(0)!));
  }

  /** Number of characters. */
  get vocabSize(): number {
    return this.characters.length;
  }

  /** @throws {ArgumentError} A character that the vocabulary lacks. */
  encode(text: string): Uint32Array {
    return Uint32Array.from(checkText("text", text), (character) => {
      const id = this.#ids.get(character);
      if (id !== undefined) return id;
      throw new ArgumentError(`the character ${JSON.stringify(character)} is not among the ${this.vocabSize} of this vocabulary`, {
        hint: "train on all texts that are to be encoded",
        facts: { argument: "text", value: character },
      });
    });
  }

  /** @throws {OutOfRangeError} An id that the vocabulary lacks. */
  decode(ids: ArrayLike<number>): string {
    const hint = `pass ids of this tokenizer, which has ${this.vocabSize} characters`;
    return Array.from(checkIndices("ids", ids, this.vocabSize, { hint }), (id) => this.characters[id]!).join("");
  }

  toString(): string {
    return `CharacterTokenizer(${this.vocabSize} characters)`;
  }
}
