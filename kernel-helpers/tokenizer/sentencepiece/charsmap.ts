/**
 * A precompiled character map, as SentencePiece's model files and tokenizer.json have it: texts of one character or a few, each with what replaces
 * it. The best known is nmt_nfkc: Unicode's NFKC, with line ends and odd spaces as spaces and control characters left out (XLM-R, T5, multilingual-e5).
 */
import { FormatError } from "../../errors.ts";
import { clustersOf, endOfCharacter, endOfRun } from "./clusters.ts";
import { DoubleArray } from "./double-array.ts";

/** Longer clusters are looked up character by character, as in Hugging Face tokenizers. */
const longestCluster = 5; // bytes of UTF-8

/** Characters whose replacement is remembered. */
const mostRemembered = 1 << 16;

export class Charsmap {
  readonly #trie: DoubleArray;
  /** What replaces the keys, each with a byte 0 at its end; a key's value is where its own begins. */
  readonly #texts: Uint8Array;
  /** By character: what replaces it, or itself. */
  readonly #characters = new Map<string, string>();
  /** By character of the basic plane: 0 where it is not known yet, 1 where it stays, 2 where it is replaced. */
  readonly #states: Uint8Array = new Uint8Array(0x10000);

  private constructor(trie: DoubleArray, texts: Uint8Array) {
    this.#trie = trie;
    this.#texts = texts;
  }

  /** @param map Text of a character or a few → what replaces it. */
  static of(map: ReadonlyMap<string, string>): Charsmap {
    const starts = new Map<string, number>();
    let texts = "";
    const entries = Array.from(map, ([text, replacement]) => {
      const [key, bytes] = [text, replacement].map((one) => Buffer.from(one).toString("latin1")) as [string, string];
      if (!starts.has(bytes)) {
        starts.set(bytes, texts.length);
        texts += `${bytes}\0`;
      }
      return { key, start: starts.get(bytes)! };
    }).sort((one, other) => (one.key < other.key ? -1 : 1));
    const trie = DoubleArray.of(
      entries.map(({ key }) => key),
      entries.map(({ start }) => start),
    );
    return new Charsmap(trie, Buffer.from(texts, "latin1"));
  }

  /**
   * @param blob The size of a trie, the trie in darts-clone's units, and what replaces its keys.
   * @param file Named in errors.
   * @throws {FormatError} The blob is damaged.
   */
  static parse(blob: Uint8Array, file: string): Charsmap {
    const size = blob.length < 4 ? 0 : new DataView(blob.buffer, blob.byteOffset).getUint32(0, true);
    if (size === 0 || size % 4 > 0 || 4 + size > blob.length) {
      throw new FormatError(`${file}: its precompiled_charsmap is damaged`, { hint: "get the file again", facts: { file } });
    }
    return new Charsmap(
      DoubleArray.fromUnits(new Uint32Array(Uint8Array.from(blob.subarray(4, 4 + size)).buffer)),
      blob.subarray(4 + size),
    );
  }

  toBlob(): Uint8Array {
    const units = this.#trie.toUnits();
    const head = Buffer.alloc(4);
    head.writeUInt32LE(units.byteLength);
    return Buffer.concat([head, Buffer.from(units.buffer), this.#texts]);
  }

  /**
   * The text with its replacements. Of a cluster, such as a letter with its accents, the shortest beginning that the map knows replaces the whole: so do
   * Hugging Face tokenizers, by whose ids published models are used. SentencePiece itself takes the longest.
   */
  apply(text: string): string {
    let changed = "";
    let done = 0;
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = endOfRun(text, start);
      if (end === start + 1 && this.#stays(text, start)) continue;
      const run = text.slice(start, end);
      changed += text.slice(done, start);
      if (end === endOfCharacter(text, start)) changed += this.#ofCharacter(run);
      else for (const cluster of clustersOf(run)) changed += this.#ofCluster(cluster);
      done = end;
    }
    return changed + text.slice(done);
  }

  #stays(text: string, at: number): boolean {
    const unit = text.charCodeAt(at);
    if (this.#states[unit] === 0) this.#states[unit] = this.#ofCharacter(text[at]!) === text[at] ? 1 : 2;
    return this.#states[unit] === 1;
  }

  #ofCluster(cluster: string): string {
    const bytes = Buffer.from(cluster);
    const whole = bytes.length <= longestCluster ? this.#shortest(bytes) : undefined;
    return whole ?? Array.from(cluster, (character) => this.#ofCharacter(character)).join("");
  }

  #ofCharacter(character: string): string {
    const known = this.#characters.get(character);
    if (known !== undefined) return known;
    const found = this.#shortest(Buffer.from(character)) ?? character;
    if (this.#characters.size >= mostRemembered) this.#characters.clear();
    this.#characters.set(character, found);
    return found;
  }

  #shortest(bytes: Uint8Array): string | undefined {
    const start = this.#trie.shortest(bytes);
    if (start < 0) return undefined;
    const end = this.#texts.indexOf(0, start);
    return Buffer.from(this.#texts.subarray(start, end < 0 ? this.#texts.length : end)).toString();
  }
}

/**
 * A map of single characters with the sequences that Unicode composes to one character, such as e and an acute accent: a map that was reduced to characters
 * has lost them.
 */
export function withSequences(characters: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const map = new Map(characters);
  for (let code = 0; code <= 0x2ffff; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const composed = String.fromCodePoint(code);
    const parts = Array.from(composed.normalize("NFD"));
    if (parts.length < 2 || composed.normalize("NFC") !== composed) continue;
    for (let joined = 1; joined < parts.length; joined++) {
      const sequence = parts.slice(0, joined).join("").normalize("NFC") + parts.slice(joined).join("");
      if (Buffer.byteLength(sequence) <= longestCluster && sequence !== composed) map.set(sequence, map.get(composed) ?? composed);
    }
  }
  return map;
}
