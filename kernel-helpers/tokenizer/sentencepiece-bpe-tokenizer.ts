/** SentencePiece's BPE: characters merge, rather than bytes, and spaces are part of the pieces. */
import path from "node:path";
import { checkText, isPlainObject as isObject } from "../runtime/check.ts";
import { parseJson } from "../runtime/json.ts";
import { readUtf8 } from "../runtime/text-file.ts";
import type { Merges } from "./merge-table.ts";
import { broken, unsupported } from "./refusals.ts";
import { CharacterMerger } from "./sentencepiece/character-merger.ts";
import { isTokenizerContent, readParts, type SentencePieceParts } from "./sentencepiece/parts.ts";
import { SentencePieceTokenizer } from "./sentencepiece/piece-tokenizer.ts";
import { mergesByScore } from "./sentencepiece/scored-merges.ts";
import { bytesBeforeSpaces } from "./sentencepiece/spaces.ts";
import { readMerges } from "./tokenizer-json.ts";

/**
 * A tokenizer of Llama 2's, Gemma's and Mistral 7B's kind.
 *
 * @example
 * const tokenizer = await SentencePieceBpeTokenizer.load("tokenizer.json");
 * tokenizer.tokens("Hello world") // ["▁Hello", "▁world"]
 */
export class SentencePieceBpeTokenizer extends SentencePieceTokenizer {
  readonly #vocab: ReadonlyMap<string, number>;
  readonly #merges: Required<Merges>;

  private constructor(parts: SentencePieceParts, vocab: ReadonlyMap<string, number>, merges: Required<Merges>) {
    const { ignore_merges: ignoresMerges, fuse_unk: fusesUnknown } = parts.content.model;
    const text = textOf(vocab, parts);
    const model = new CharacterMerger({
      ...merges,
      characters: new Map([...text].filter(([piece]) => isCharacter(piece))),
      unkId: parts.unkId,
      fusesUnknown: fusesUnknown === true,
      byteIds: parts.byteIds,
      wholePieces: ignoresMerges === true ? text : undefined,
    });
    super(parts, model, parts.spaces.isCut ? new Uint8Array(256) : bytesBeforeSpaces(text.keys()));
    this.#vocab = vocab;
    this.#merges = merges;
  }

  /**
   * Opens a tokenizer.json of BPE over characters.
   *
   * @throws {UnavailableError} There is no such file.
   * @throws {FormatError} A damaged file, or another kind of tokenizer; the message says which part.
   */
  static async load(file: string): Promise<SentencePieceBpeTokenizer> {
    const name = path.basename(checkText("file", file, { allowEmpty: false }));
    return SentencePieceBpeTokenizer.fromJson(parseJson(await readUtf8(file), { file: name }), name);
  }

  /**
   * The tokenizer of a tokenizer.json that has been read.
   *
   * @param content What JSON.parse made of it.
   * @param file Named in errors.
   */
  static fromJson(content: unknown, file: string): SentencePieceBpeTokenizer {
    const { parts, vocab, merges } = readContent(content, file);
    return new SentencePieceBpeTokenizer(parts, vocab, toColumns(readMerges(merges, file), vocab, parts.apart, file));
  }

  /**
   * The tokenizer of a vocabulary with scores in place of merges, as SentencePiece and llama.cpp have it: two neighbours merge where a piece is spelled by both
   * together, the piece of highest score first, the leftmost of equal ones first.
   *
   * @param content As a tokenizer.json has it, without merges.
   * @param scores By id.
   * @param file Named in errors.
   */
  static fromScores(content: unknown, scores: ArrayLike<number>, file: string): SentencePieceBpeTokenizer {
    const { parts, vocab } = readContent(content, file);
    return new SentencePieceBpeTokenizer(
      parts,
      vocab,
      mergesByScore(textOf(vocab, parts), (id) => scores[id] ?? -Infinity),
    );
  }

  /** Pairs of pieces, the most preferred first. */
  get merges(): [left: string, right: string][] {
    const { left, right } = this.#merges;
    return Array.from(left, (id, at) => [this.pieceOf(id), this.pieceOf(right[at]!)]);
  }

  protected override modelJson(): Record<string, unknown> {
    return { vocab: Object.fromEntries(this.#vocab), merges: this.merges };
  }
}

function readContent(content: unknown, file: string): { parts: SentencePieceParts; vocab: ReadonlyMap<string, number>; merges: unknown } {
  if (!isTokenizerContent(content)) throw broken(file, 'it has no "model"');
  const { vocab, merges, ...model } = content.model;
  if (model["type"] !== undefined && model["type"] !== "BPE") throw unsupported(file, `a model of type ${JSON.stringify(model["type"])}`);
  for (const option of ["dropout", "continuing_subword_prefix", "end_of_word_suffix"]) {
    if (model[option]) throw unsupported(file, `${option}: ${JSON.stringify(model[option])}`);
  }
  if (!isObject(vocab)) throw broken(file, 'its model has no "vocab"');
  const ids = new Map(Object.entries(vocab) as [string, number][]);
  return { parts: readParts({ ...content, model }, ids, model["unk_token"], file), vocab: ids, merges };
}

/** The pieces that text may become. */
function textOf(vocab: ReadonlyMap<string, number>, { apart }: SentencePieceParts): ReadonlyMap<string, number> {
  const text = new Map(vocab);
  for (const [piece, id] of vocab) if (apart.has(id)) text.delete(piece);
  return text;
}

const isCharacter = (piece: string): boolean => piece.length === 1 || (piece.length === 2 && piece.codePointAt(0)! > 0xffff);

/** Merges whose tokens text never becomes are left out. */
function toColumns(
  merges: readonly (readonly [string, string])[],
  vocab: ReadonlyMap<string, number>,
  apart: ReadonlySet<number>,
  file: string,
): Required<Merges> {
  const idOf = (token: string, rank: number): number => {
    const id = vocab.get(token);
    if (id === undefined) throw broken(file, `merge ${rank + 1} needs the token ${JSON.stringify(token)}, which the vocabulary lacks`);
    return id;
  };
  const [left, right, merged]: [number[], number[], number[]] = [[], [], []];
  for (const [rank, [one, other]] of merges.entries()) {
    const made = idOf(one + other, rank);
    if (apart.has(made)) continue;
    left.push(idOf(one, rank));
    right.push(idOf(other, rank));
    merged.push(made);
  }
  return {
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    ranks: Int32Array.from(left.keys()),
    merged: Int32Array.from(merged),
  };
}
