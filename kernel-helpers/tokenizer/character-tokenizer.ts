/** The simplest vocabulary: every character (Unicode code point) of a text is a token, as in nanoGPT's character-level models. */
import { ArgumentError } from "../errors.ts";
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

  /** The characters of some texts. Give validation texts as well: a character outside the vocabulary cannot be encoded. */
  static train(texts: Iterable<string>): CharacterTokenizer {
    const characters = new Set<string>();
    for (const text of texts) for (const character of text) characters.add(character);
    return new CharacterTokenizer([...characters].toSorted((one, other) => one.codePointAt(0)! - other.codePointAt(0)!));
  }

  /** Number of characters. */
  get vocabSize(): number {
    return this.characters.length;
  }

  /** @throws {ArgumentError} A character that the vocabulary lacks. */
  encode(text: string): Uint32Array {
    return Uint32Array.from(text, (character) => {
      const id = this.#ids.get(character);
      if (id !== undefined) return id;
      throw new ArgumentError(`the character ${JSON.stringify(character)} is not among the ${this.vocabSize} of this vocabulary`, {
        hint: "train on all texts that are to be encoded",
      });
    });
  }

  /** @throws {ArgumentError} An id that the vocabulary lacks. */
  decode(ids: ArrayLike<number>): string {
    return Array.from(ids, (id) => {
      const character = this.characters[id];
      if (character !== undefined) return character;
      throw new ArgumentError(`the id ${id} is not in a vocabulary of ${this.vocabSize} characters`, {
        hint: "decode ids of this tokenizer, below its vocabSize",
      });
    }).join("");
  }

  toString(): string {
    return `CharacterTokenizer(${this.vocabSize} characters)`;
  }
}
