/** Byte-level BPE: text of any language as ids from a fixed vocabulary, and back without loss. */
import path from "node:path";
import { ArgumentError, OutOfRangeError } from "../errors.ts";
import { fetchModel } from "../models/index.ts";
import {
  argumentError,
  checkBoolean,
  checkChoice,
  checkIndices,
  checkInteger,
  checkObject,
  checkOptions,
  checkText,
} from "../runtime/check.ts";
import { replaceFile } from "../runtime/files.ts";
import { parseJson } from "../runtime/json.ts";
import { displayable } from "../runtime/printable.ts";
import { readUtf8 } from "../runtime/text-file.ts";
import { toAlphabet } from "./byte-alphabet.ts";
import { Encoder } from "./encoder.ts";
import type { GgufFields } from "./gguf-fields.ts";
import { parseGgufTokenizer } from "./gguf-vocabulary.ts";
import { formatGpt2Files, parseGpt2Files } from "./gpt2-files.ts";
import { Merger } from "./merger.ts";
import { gpt2Pattern, type Pattern } from "./pattern.ts";
import { readable } from "./readable.ts";
import { SpecialTokens } from "./special-tokens.ts";
import { formatTokenizerJson, parseTokenizerJson } from "./tokenizer-json.ts";
import type { EncodeOptions, Tokenizer } from "./tokenizer.ts";
import { trainOn, type TrainOptions } from "./train.ts";
import { noToken, toVocabulary, type DrawnVocabulary, type Vocabulary } from "./vocabulary.ts";

/** A vocabulary with the names of its two files. */
export interface Gpt2Paths {
  /** encoder.json or vocab.json */
  vocab: string;
  /** vocab.bpe or merges.txt */
  merges: string;
}

/** Models whose vocabulary the manifest has in GPT-2's two files. */
const pretrained = ["gpt2"] as const;

/**
 * A byte-level BPE tokenizer, as GPT-2 has it (Sennrich et al. 2016, arXiv:1508.07909; Radford et al. 2019).
 *
 * Every text can be encoded, and decoding returns it. The one exception is halves of surrogate pairs that stand alone: such a string is not
 * Unicode text, and each half becomes U+FFFD first, as in tiktoken and gpt-3-encoder. Models of others may lose more: Qwen's tokenizer brings text into
 * normal form C, and SmolLM2's has no tokens for a few control characters.
 *
 * @example
 * const gpt2 = await BpeTokenizer.fromPretrained("gpt2");
 * gpt2.tokens("ChatGPT is amazing") // ["Chat", "G", "PT", " is", " amazing"]
 */
export class BpeTokenizer implements Tokenizer {
  readonly #vocabulary: Vocabulary;
  readonly #pattern: Pattern;
  readonly #encoder: Encoder;
  readonly #special: SpecialTokens;

  private constructor(vocabulary: Vocabulary, pattern: Pattern) {
    this.#vocabulary = vocabulary;
    this.#pattern = pattern;
    this.#encoder = new Encoder(new Merger(vocabulary));
    this.#special = new SpecialTokens(vocabulary);
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /**
   * Learns a vocabulary from texts. The merges and ids are those of Hugging Face's BpeTrainer with ByteLevel's pre-tokenizer and alphabet: of
   * equally frequent pairs the one with the smaller ids is merged first; special tokens have the first ids, then come the bytes in the order
   * of GPT-2's alphabet, then the merges. A merge that would spell a special token is left out, so that text never turns into one.
   *
   * @param texts Nothing merges across texts, nor across the pieces that the pattern cuts them into. A string counts as one text.
   * @throws {ArgumentError} A vocabSize below 256 plus the special tokens, a text that is not a string, a pattern without the flag u.
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
   * @param name "gpt2". For a tokenizer.json there is load().
   * @throws {ArgumentError} There is no vocabulary of that name.
   */
  static async fromPretrained(name: string): Promise<BpeTokenizer> {
    const { files } = await fetchModel(checkChoice("name", name, pretrained));
    return BpeTokenizer.loadGpt2Files({ vocab: files["encoder.json"]!, merges: files["vocab.bpe"]! });
  }

  /**
   * Opens a tokenizer.json of byte-level BPE, ours or Hugging Face's. Its added tokens are special tokens here; those that its post-processor
   * puts before a text are `prefixIds`.
   *
   * @throws {UnavailableError} There is no such file.
   * @throws {FormatError} A damaged file, or another kind of tokenizer; the message says which part.
   */
  static async load(file: string): Promise<BpeTokenizer> {
    const name = path.basename(checkText("file", file));
    return BpeTokenizer.fromJson(parseJson(await readUtf8(file), { file: name }), name);
  }

  /**
   * The tokenizer of a tokenizer.json that has been read.
   *
   * @param content What JSON.parse made of it.
   * @param file Named in errors.
   */
  static fromJson(content: unknown, file: string): BpeTokenizer {
    const { vocabulary, pattern } = parseTokenizerJson(content, file);
    return new BpeTokenizer(toVocabulary(vocabulary, file), pattern);
  }

  /** Opens GPT-2's pair of files. Tokens that no merge makes are its special tokens. */
  static async loadGpt2Files(paths: Gpt2Paths): Promise<BpeTokenizer> {
    checkPaths(paths);
    const [vocab, merges] = await Promise.all([readUtf8(paths.vocab, "paths.vocab"), readUtf8(paths.merges, "paths.merges")]);
    const names = { vocab: path.basename(paths.vocab), merges: path.basename(paths.merges) };
    return new BpeTokenizer(toVocabulary(parseGpt2Files(vocab, merges, names), names.vocab), gpt2Pattern);
  }

  /**
   * The tokenizer within a GGUF file, llama.cpp's format.
   *
   * @param source Its path and metadata, as `openGguf` returns them.
   * @throws {ArgumentError} Another object.
   * @throws {FormatError} The file has no tokenizer, or one of another kind.
   * @example
   * const tokenizer = BpeTokenizer.fromGguf(openGguf('model.gguf'))
   */
  static fromGguf(source: { file: string; metadata: GgufFields }): BpeTokenizer {
    const hint = "pass what openGguf returns";
    if (typeof source !== "object" || source === null) throw argumentError("source", "an open GGUF file", source, { hint });
    const file = checkText("source.file", source.file, { hint });
    const metadata = checkObject("source.metadata", source.metadata, { hint }) as GgufFields;
    const { vocabulary, pattern } = parseGgufTokenizer(metadata, path.basename(file));
    return new BpeTokenizer(toVocabulary(vocabulary, path.basename(file)), pattern);
  }

  /**
   * The highest id + 1: how many rows a model's embedding needs. It is the number of tokens, special ones included, unless ids are missing, which
   * happens in files of others.
   */
  get vocabSize(): number {
    return this.#vocabulary.bytesOf.length;
  }

  /** Number of tokens, special ones included, as Hugging Face's get_vocab_size() counts them. */
  get tokenCount(): number {
    return this.#vocabulary.tokenCount;
  }

  /** The merges in order of preference, written in GPT-2's alphabet, where Ġ is the space. */
  get merges(): [left: string, right: string][] {
    const { left, right } = this.#vocabulary;
    return Array.from(left, (id, rank) => [this.#drawn(id), this.#drawn(right[rank]!)]);
  }

  /** Special tokens and their ids. */
  get specialTokens(): ReadonlyMap<string, number> {
    return this.#vocabulary.specialTokens;
  }

  /** Ids that the model expects before a text, such as Llama 3's <|begin_of_text|>; encode() does not put them there. */
  get prefixIds(): readonly number[] {
    const { prefix, specialTokens } = this.#vocabulary;
    return prefix.map((token) => specialTokens.get(token)!);
  }

  /**
   * The tokenizer with its first merges only. As training is greedy, it is the one that training for that size would have given: one training yields
   * every smaller vocabulary as well. Ids stay in their order and are numbered from 0 without gaps: GPT-2's <|endoftext|> becomes vocabSize − 1.
   *
   * @param vocabSize At least the 256 bytes and the special tokens, at most this tokenizer's tokenCount.
   */
  truncate(vocabSize: number): BpeTokenizer {
    const { left, right, byteIds, specialTokens, prefix, placements, merged } = this.#vocabulary;
    checkInteger("vocabSize", vocabSize, { min: 256 + specialTokens.size, max: this.tokenCount });
    const kept = new Set(byteIds.filter((id) => id !== noToken));
    let rank = 0;
    for (; rank < left.length && (kept.size < vocabSize - specialTokens.size || kept.has(merged[rank]!)); rank++) kept.add(merged[rank]!);
    const merges = Array.from(left.subarray(0, rank), (id, at): [string, string] => [this.#drawn(id), this.#drawn(right[at]!)]);
    const order = [...kept, ...specialTokens.values()].toSorted((one, other) => one - other);
    const idOf = new Map(order.map((id, index) => [id, index]));
    const ids = new Map([...kept].map((id) => [this.#drawn(id), idOf.get(id)!]));
    const special = new Map(Array.from(specialTokens, ([text, id]) => [text, idOf.get(id)!]));
    return new BpeTokenizer(
      toVocabulary({ ids, merges, specialTokens: special, prefix, placements }, "the truncated vocabulary"),
      this.#pattern,
    );
  }

  /**
   * Ids of the text's tokens.
   *
   * @throws {ArgumentError} The text is not a string.
   */
  encode(text: string, options: EncodeOptions = {}): Uint32Array {
    checkText("text", text, { hint: bytesHint(text) });
    checkOptions("options", options, ["allowSpecial"]);
    const { allowSpecial = false } = options;
    checkBoolean("options.allowSpecial", allowSpecial);
    if (!allowSpecial) return this.#encoder.encode(this.#pattern.cut(text));
    const ids: number[] = [];
    for (const part of this.#special.split(text)) {
      if (typeof part === "number") ids.push(part);
      else for (const id of this.#encoder.encode(this.#pattern.cut(part))) ids.push(id);
    }
    return Uint32Array.from(ids);
  }

  /**
   * The text of the ids. Where they end within a character, as the beginning of a generated text may, there is a U+FFFD.
   *
   * @throws {OutOfRangeError} An id that no token has.
   * @throws {ArgumentError} What is not an array of integers.
   */
  decode(ids: ArrayLike<number>): string {
    const tokens = this.#bytesOfAll(ids);
    const bytes = new Uint8Array(tokens.reduce((length, token) => length + token.length, 0));
    let filled = 0;
    for (const token of tokens) {
      bytes.set(token, filled);
      filled += token.length;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  /** Whether a token has the id: files of others leave some out, and models have rows beyond the last one. */
  has(id: number): boolean {
    return this.#vocabulary.bytesOf[id] !== undefined;
  }

  /**
   * The bytes of one token, which may be part of a character.
   *
   * @throws {OutOfRangeError} No token has the id.
   */
  bytesOf(id: number): Uint8Array {
    return this.#bytesOfAll([id])[0]!;
  }

  /** The tokens of a text, or of ids, made readable: bytes that are not a whole character appear as <0xE5>. */
  tokens(textOrIds: string | ArrayLike<number>): string[] {
    return this.#bytesOfAll(typeof textOrIds === "string" ? this.encode(textOrIds) : textOrIds).map(readable);
  }

  /** Writes a tokenizer.json, which Hugging Face's tokenizers and transformers open as well. */
  async save(file: string): Promise<void> {
    checkText("file", file, { allowEmpty: false, hint: "pass the path of the file to write" });
    replaceFile(file, formatTokenizerJson({ vocabulary: this.#drawnVocabulary(), pattern: this.#pattern }));
  }

  /**
   * Writes GPT-2's pair of files.
   *
   * @throws {ArgumentError} The tokenizer has another pattern than GPT-2, which these files cannot hold.
   */
  async saveGpt2Files(paths: Gpt2Paths): Promise<void> {
    checkPaths(paths);
    if (this.#pattern !== gpt2Pattern) {
      throw new ArgumentError("GPT-2's files cannot hold another pattern than GPT-2's", {
        hint: "save it with save('tokenizer.json')",
        facts: { pattern: this.#pattern.steps.map(({ source }) => source) },
      });
    }
    const { vocab, merges } = formatGpt2Files(this.#drawnVocabulary());
    replaceFile(paths.vocab, vocab);
    replaceFile(paths.merges, merges);
  }

  toString(): string {
    return `BpeTokenizer(vocabSize=${this.vocabSize})`;
  }

  #bytesOfAll(ids: ArrayLike<number>): Uint8Array[] {
    const hint = `the ids of this vocabulary are 0 to ${this.vocabSize - 1}`;
    return Array.from(checkIndices("ids", ids, this.vocabSize, { hint }), (id) => {
      const bytes = this.#vocabulary.bytesOf[id];
      if (bytes) return bytes;
      throw new OutOfRangeError(`no token has the id ${id}`, { hint: `${hint}, with gaps`, facts: { argument: "ids", value: id } });
    });
  }

  #drawn(id: number): string {
    return toAlphabet(this.#vocabulary.bytesOf[id]!);
  }

  #drawnVocabulary(): DrawnVocabulary {
    const { bytesOf, specialTokens, prefix, placements, wholePieces } = this.#vocabulary;
    const special = new Set(specialTokens.values());
    const ids = new Map<string, number>();
    for (const id of bytesOf.keys()) if (bytesOf[id] && !special.has(id)) ids.set(this.#drawn(id), id);
    return { ids, merges: this.merges, specialTokens, prefix, placements, ignoresMerges: wholePieces !== undefined };
  }
}

function checkPaths(paths: Gpt2Paths): void {
  checkObject("paths", paths, { hint: "pass { vocab, merges }, the paths of the two files" });
  for (const name of ["vocab", "merges"] as const)
    checkText(`paths.${name}`, paths[name], { allowEmpty: false, hint: "pass the path of a file" });
}

const bytesHint = (text: unknown): string => (ArrayBuffer.isView(text) ? "decode it: new TextDecoder().decode(bytes)" : "pass a string");
