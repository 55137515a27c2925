/** What SentencePiece's tokenizers have in common, whichever way they cut words into pieces. */
import { OutOfRangeError } from "../../errors.ts";
import { checkBoolean, checkIndices, checkOptions, checkText } from "../../runtime/check.ts";
import { replaceFile } from "../../runtime/files.ts";
import { displayable } from "../../runtime/printable.ts";
import { Encoder, type PieceModel } from "../encoder.ts";
import { readable } from "../readable.ts";
import { SpecialTokens } from "../special-tokens.ts";
import type { EncodeOptions, Tokenizer } from "../tokenizer.ts";
import type { SentencePieceParts } from "./parts.ts";
import { cutAtSpaces, space } from "./spaces.ts";
import { fillTemplate } from "./template.ts";

/** Ids with the special tokens around them, as an encoder reads them. */
export interface SpecialTokensAdded {
  ids: Uint32Array;
  /** Which text of a pair each id belongs to. */
  typeIds: Uint8Array;
}

const textEncoder = new TextEncoder();

/**
 * Text is normalised, its spaces are drawn as ▁, and each word becomes pieces of a fixed vocabulary. Encoding is as Hugging Face tokenizers encode, with one
 * difference: a special token comes of text only where allowSpecial says so, whatever normalisation makes of it.
 */
export abstract class SentencePieceTokenizer implements Tokenizer {
  readonly #parts: SentencePieceParts;
  readonly #encoder: Encoder;
  /** Bytes after which a text is not cut before a ▁. */
  readonly #holds: Uint8Array;
  readonly #byteOf: ReadonlyMap<number, number>;
  /** What is found in text before anything else is done with it: ordinary added tokens, and all of them. */
  readonly #ordinary: SpecialTokens;
  readonly #all: SpecialTokens;
  readonly #tokenCount: number;
  readonly specialTokens: ReadonlyMap<string, number>;

  /** @param holds By byte: 1 where a text is not cut before a ▁ that follows it. */
  protected constructor(parts: SentencePieceParts, model: PieceModel, holds: Uint8Array) {
    const { ids, placements, ordinary } = parts.added;
    const isOrdinary = ([token]: [string, number]): boolean => ordinary.has(token);
    this.#parts = parts;
    this.#encoder = new Encoder(model);
    this.#holds = holds;
    this.#byteOf = new Map(parts.byteIds?.map((id, byte) => [id, byte]));
    this.#ordinary = new SpecialTokens({ specialTokens: new Map([...ids].filter(isOrdinary)), placements });
    this.#all = new SpecialTokens({ specialTokens: ids, placements });
    this.#tokenCount = parts.pieces.reduce((count) => count + 1, 0);
    this.specialTokens = new Map([...ids].filter((token) => !isOrdinary(token)));
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /** The tokenizer.json's model, with the vocabulary. */
  protected abstract modelJson(): Record<string, unknown>;

  /** The piece as the vocabulary has it; for the classes that extend this one. */
  protected pieceOf(id: number): string {
    return this.#parts.pieces[id]!;
  }

  get vocabSize(): number {
    return this.#parts.pieces.length;
  }

  get tokenCount(): number {
    return this.#tokenCount;
  }

  /** The id that stands for characters that no piece has; undefined where there is none. */
  get unkId(): number | undefined {
    return this.#parts.unkId;
  }

  get prefixIds(): readonly number[] {
    return this.#around("prefix");
  }

  /** Ids that the model expects after a text, such as </s>; encode() does not put them there. */
  get suffixIds(): readonly number[] {
    return this.#around("suffix");
  }

  /** @throws {ArgumentError} The text is not a string. */
  encode(text: string, options: EncodeOptions = {}): Uint32Array {
    checkText("text", text);
    checkOptions("options", options, ["allowSpecial"]);
    const { allowSpecial = false } = options;
    checkBoolean("options.allowSpecial", allowSpecial);
    const parts = (allowSpecial ? this.#all : this.#ordinary).split(text);
    if (parts.length === 1 && typeof parts[0] === "string") return this.#encodePlain(text, true);
    const ids: number[] = [];
    for (const [index, part] of parts.entries()) {
      if (typeof part === "number") ids.push(part);
      else for (const id of this.#encodePlain(part, index === 0)) ids.push(id);
    }
    return Uint32Array.from(ids);
  }

  /**
   * Ids as the model reads them, with its special tokens around one text or between two.
   *
   * @param ids What encode() returned, cut to the length that the model takes.
   * @param pair Of a second text, for models that read pairs.
   */
  withSpecialTokens(ids: ArrayLike<number>, pair?: ArrayLike<number>): SpecialTokensAdded {
    checkIndices("ids", ids, this.vocabSize);
    if (pair !== undefined) checkIndices("pair", pair, this.vocabSize);
    return fillTemplate(this.#parts.template, ids, pair);
  }

  /** @throws {OutOfRangeError} An id that no token has. */
  decode(ids: ArrayLike<number>): string {
    const { stripped } = this.#parts;
    const tokens = Array.from(this.#checkIds(ids), (id) => this.bytesOf(id));
    if (stripped === "first token" && tokens.length > 0) tokens[0] = tokens[0]!.filter((byte) => byte !== 0x20);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(tokens));
    return stripped === "one" && text.startsWith(" ") ? text.slice(1) : text;
  }

  has(id: number): boolean {
    return this.#parts.pieces[id] !== undefined;
  }

  /** @throws {OutOfRangeError} No token has the id. */
  bytesOf(id: number): Uint8Array {
    this.#checkIds([id]);
    const byte = this.#byteOf.get(id);
    if (byte !== undefined) return Uint8Array.of(byte);
    return textEncoder.encode(this.#parts.pieces[id]!.replaceAll(space, " "));
  }

  /** The pieces of a text, or of ids, in which ▁ is the space; bytes appear as <0xE5>. */
  tokens(textOrIds: string | ArrayLike<number>): string[] {
    const ids = typeof textOrIds === "string" ? this.encode(textOrIds) : this.#checkIds(textOrIds);
    return Array.from(ids, (id) => (this.#byteOf.has(id) ? readable(this.bytesOf(id)) : this.#parts.pieces[id]!));
  }

  async save(file: string): Promise<void> {
    checkText("file", file, { allowEmpty: false, hint: "pass the path of the file to write" });
    const { content } = this.#parts;
    replaceFile(file, JSON.stringify({ ...content, model: { ...content.model, ...this.modelJson() } }));
  }

  toString(): string {
    return `${this.constructor.name}(vocabSize=${this.vocabSize})`;
  }

  #encodePlain(text: string, isFirst: boolean): Uint32Array {
    const wellFormed = text.replace(/\p{Surrogate}/gu, "\uFFFD");
    const drawn = this.#parts.spaces.draw(this.#parts.normalize(wellFormed), isFirst);
    return this.#encoder.encode(cutAtSpaces(drawn, this.#holds));
  }

  #around(side: "prefix" | "suffix"): number[] {
    const { single } = this.#parts.template;
    const text = single.findIndex(({ what }) => what === "A");
    const parts = side === "prefix" ? single.slice(0, Math.max(0, text)) : single.slice(text + 1);
    return parts.map(({ what }) => what as number);
  }

  #checkIds(ids: ArrayLike<number>): ArrayLike<number> {
    const hint = `the ids of this vocabulary are 0 to ${this.vocabSize - 1}`;
    const missing = Array.prototype.find.call(checkIndices("ids", ids, this.vocabSize, { hint }), (id: number) => !this.has(id)) as
      | number
      | undefined;
    if (missing === undefined) return ids;
    throw new OutOfRangeError(`no token has the id ${missing}`, { hint: `${hint}, with gaps`, facts: { argument: "ids", value: missing } });
  }
}
