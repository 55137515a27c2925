/** Byte-level BPE: text of any language as ids from a fixed vocabulary, and back without loss. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { ArgumentError, UnavailableError } from "../errors.ts";
import { fetchModel } from "../models/index.ts";
import { replaceFile } from "../runtime/files.ts";
import { displayable } from "../runtime/printable.ts";
import { toAlphabet } from "./byte-alphabet.ts";
import { Encoder } from "./encoder.ts";
import { formatGpt2Files, parseGpt2Files } from "./gpt2-files.ts";
import { gpt2Pattern, type Pattern } from "./pattern.ts";
import { readable } from "./readable.ts";
import { formatTokenizerJson, parseTokenizerJson } from "./tokenizer-json.ts";
import { trainOn, type TrainOptions } from "./train.ts";
import { toVocabulary, type DrawnVocabulary, type Vocabulary } from "./vocabulary.ts";

export interface EncodeOptions {
  /** Whether a special token written out in the text becomes its id; otherwise it is text like any other, as it should be in what users write. @default false */
  allowSpecial?: boolean;
}

/** A vocabulary with the names of its two files. */
export interface Gpt2Paths {
  /** encoder.json or vocab.json */
  vocab: string;
  /** vocab.bpe or merges.txt */
  merges: string;
}

/** Models whose vocabulary the manifest has in GPT-2's two files. */
const pretrained = ["gpt2"];

/**
 * A byte-level BPE tokenizer, as GPT-2 has it (Sennrich et al. 2016, arXiv:1508.07909; Radford et al. 2019).
 *
 * Every text can be encoded, and decoding gives it back. The one exception are halves of surrogate pairs that stand alone: such a string is no
 * Unicode text; each becomes U+FFFD first, as in tiktoken and gpt-3-encoder.
 *
 * @example
 * const gpt2 = await BpeTokenizer.fromPretrained("gpt2");
 * gpt2.tokens("ChatGPT is amazing") // ["Chat", "G", "PT", " is", " amazing"]
 */
export class BpeTokenizer {
  readonly #vocabulary: Vocabulary;
  readonly #pattern: Pattern;
  readonly #encoder: Encoder;
  readonly #specialExpression: RegExp | undefined;

  private constructor(vocabulary: Vocabulary, pattern: Pattern) {
    this.#vocabulary = vocabulary;
    this.#pattern = pattern;
    this.#encoder = new Encoder(vocabulary, pattern);
    this.#specialExpression = anyOf([...vocabulary.specialTokens.keys()]);
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /**
   * Learns a vocabulary from texts. The merges and ids are those that Hugging Face's BpeTrainer gives with ByteLevel's pre-tokenizer and alphabet: of
   * pairs equally frequent the one with the smaller ids is merged first; special tokens have the first ids, then come the bytes in the order
   * of GPT-2's alphabet, then the merges.
   *
   * @param texts Nothing merges across texts, nor across the pieces that the pattern cuts them into.
   * @throws {ArgumentError} A vocabSize below 256 and the special tokens, a pattern without the flag u.
   * @throws {InterruptedError} ■ or Ctrl-C.
   * @example
   * const tokenizer = await BpeTokenizer.train(texts, { vocabSize: 8192 });
   */
  static async train(texts: Iterable<string>, options: TrainOptions): Promise<BpeTokenizer> {
    const { vocabulary, pattern } = await trainOn(texts, options);
    return new BpeTokenizer(toVocabulary(vocabulary, "the trained vocabulary"), pattern);
  }

  /**
   * The vocabulary of a published model, fetched at first use.
   *
   * @param name "gpt2".
   * @throws {ArgumentError} No such name.
   */
  static async fromPretrained(name: string): Promise<BpeTokenizer> {
    if (!pretrained.includes(name)) {
      throw new ArgumentError(`no vocabulary is called "${name}"`, {
        hint: `known: ${pretrained.join(", ")}; a tokenizer.json opens with BpeTokenizer.load(path)`,
      });
    }
    const { files } = await fetchModel(name);
    return BpeTokenizer.loadGpt2Files({ vocab: files["encoder.json"]!, merges: files["vocab.bpe"]! });
  }

  /**
   * Opens a tokenizer.json of byte-level BPE, ours or Hugging Face's. Tokens that its post-processor would put around a text are not added.
   *
   * @throws {FormatError} Another kind of file or of tokenizer; the message says which part.
   */
  static async load(file: string): Promise<BpeTokenizer> {
    const { vocabulary, pattern } = parseTokenizerJson(await readText(file), path.basename(file));
    return new BpeTokenizer(toVocabulary(vocabulary, path.basename(file)), pattern);
  }

  /** Opens GPT-2's pair of files. Tokens that no merge makes are its special tokens. */
  static async loadGpt2Files(paths: Gpt2Paths): Promise<BpeTokenizer> {
    const [vocab, merges] = await Promise.all([readText(paths.vocab), readText(paths.merges)]);
    const names = { vocab: path.basename(paths.vocab), merges: path.basename(paths.merges) };
    return new BpeTokenizer(toVocabulary(parseGpt2Files(vocab, merges, names), names.vocab), gpt2Pattern);
  }

  /** Number of tokens, special ones included. */
  get vocabSize(): number {
    return this.#vocabulary.size;
  }

  /** The merges in order of preference, drawn in GPT-2's alphabet, where Ġ is the space. */
  get merges(): [left: string, right: string][] {
    const { left, right } = this.#vocabulary;
    return Array.from(left, (id, rank) => [this.#drawn(id), this.#drawn(right[rank]!)]);
  }

  /** Special tokens and their ids. */
  get specialTokens(): ReadonlyMap<string, number> {
    return this.#vocabulary.specialTokens;
  }

  /**
   * The tokenizer with its first merges only. As training is greedy, it is the one that training for that size would have given: one training gives
   * every smaller vocabulary, too.
   *
   * @param vocabSize From that of the bytes and special tokens to this tokenizer's own.
   */
  truncate(vocabSize: number): BpeTokenizer {
    const { left, right, byteIds, specialTokens, merged } = this.#vocabulary;
    const least = 256 + specialTokens.size;
    if (!Number.isInteger(vocabSize) || vocabSize < least || vocabSize > this.vocabSize) {
      throw new ArgumentError(`this vocabulary cannot be cut to ${vocabSize}`, {
        hint: `give a whole number from ${least} to ${this.vocabSize}`,
      });
    }
    const kept = new Set(byteIds);
    let rank = 0;
    for (; rank < left.length && (kept.size < vocabSize - specialTokens.size || kept.has(merged[rank]!)); rank++) kept.add(merged[rank]!);
    const merges = Array.from(left.subarray(0, rank), (id, at): [string, string] => [this.#drawn(id), this.#drawn(right[at]!)]);
    const ids = new Map([...kept].map((id) => [this.#drawn(id), id]));
    return new BpeTokenizer(toVocabulary({ ids, merges, specialTokens }, "the truncated vocabulary"), this.#pattern);
  }

  /** Ids of the text's tokens. */
  encode(text: string, { allowSpecial = false }: EncodeOptions = {}): Uint32Array {
    if (!allowSpecial || !this.#specialExpression) return this.#encoder.encode(text);
    const ids: number[] = [];
    for (const part of text.split(this.#specialExpression)) {
      const special = this.#vocabulary.specialTokens.get(part);
      if (special !== undefined) ids.push(special);
      else for (const id of this.#encoder.encode(part)) ids.push(id);
    }
    return Uint32Array.from(ids);
  }

  /**
   * The text of the ids. Where they end within a character, as the beginning of a generated text may, U+FFFD stands for it.
   *
   * @throws {ArgumentError} An id that no token has.
   */
  decode(ids: ArrayLike<number>): string {
    const tokens = Array.from(ids, (id) => this.#bytesOf(id));
    const bytes = new Uint8Array(tokens.reduce((length, token) => length + token.length, 0));
    let filled = 0;
    for (const token of tokens) {
      bytes.set(token, filled);
      filled += token.length;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  /** The tokens of a text, or of ids, to be read: bytes that are no whole character appear as <0xE5>. */
  tokens(textOrIds: string | ArrayLike<number>): string[] {
    const ids = typeof textOrIds === "string" ? this.encode(textOrIds) : textOrIds;
    return Array.from(ids, (id) => readable(this.#bytesOf(id)));
  }

  /** Writes a tokenizer.json, which Hugging Face's tokenizers and transformers open, too. */
  async save(file: string): Promise<void> {
    replaceFile(file, formatTokenizerJson({ vocabulary: this.#drawnVocabulary(), pattern: this.#pattern }));
  }

  /**
   * Writes GPT-2's pair of files.
   *
   * @throws {ArgumentError} The tokenizer cuts text otherwise than GPT-2, which these files cannot say.
   */
  async saveGpt2Files(paths: Gpt2Paths): Promise<void> {
    if (this.#pattern !== gpt2Pattern) {
      throw new ArgumentError("GPT-2's files cannot hold a pattern of one's own", { hint: "save it with save('tokenizer.json')" });
    }
    const { vocab, merges } = formatGpt2Files(this.#drawnVocabulary());
    replaceFile(paths.vocab, vocab);
    replaceFile(paths.merges, merges);
  }

  toString(): string {
    return `BpeTokenizer(vocabSize=${this.vocabSize})`;
  }

  #bytesOf(id: number): Uint8Array {
    const bytes = this.#vocabulary.bytesOf[id];
    if (bytes) return bytes;
    throw new ArgumentError(`no token has the id ${id}`, {
      hint: `the ids of this vocabulary are 0 to ${this.#vocabulary.bytesOf.length - 1}`,
    });
  }

  #drawn(id: number): string {
    return toAlphabet(this.#vocabulary.bytesOf[id]!);
  }

  #drawnVocabulary(): DrawnVocabulary {
    const { bytesOf, specialTokens } = this.#vocabulary;
    const special = new Set(specialTokens.values());
    const ids = new Map<string, number>();
    for (const id of bytesOf.keys()) if (bytesOf[id] && !special.has(id)) ids.set(this.#drawn(id), id);
    return { ids, merges: this.merges, specialTokens };
  }
}

/** Splits a text at the special tokens, the longest first, and keeps them. */
function anyOf(texts: readonly string[]): RegExp | undefined {
  if (texts.length === 0) return undefined;
  const escaped = texts
    .toSorted((one, next) => next.length - one.length)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`(${escaped.join("|")})`, "u");
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UnavailableError(`${file} cannot be read: ${(cause as Error).message}`, { hint: "check the path", cause });
  }
}
