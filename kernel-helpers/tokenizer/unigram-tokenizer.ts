/** SentencePiece's Unigram model: the pieces of a text are those of highest probability together. */
import path from "node:path";
import { fetchModel } from "../models/index.ts";
import { argumentError, checkArray, checkBoolean, checkInstance, checkInteger, checkOptions, checkText } from "../runtime/check.ts";
import { parseJson } from "../runtime/json.ts";
import { readUtf8 } from "../runtime/text-file.ts";
import { broken, unsupported } from "./refusals.ts";
import { Charsmap, withSequences } from "./sentencepiece/charsmap.ts";
import { isTokenizerContent, readParts, type SentencePieceParts, type TokenizerContent } from "./sentencepiece/parts.ts";
import { SentencePieceTokenizer } from "./sentencepiece/piece-tokenizer.ts";
import { space } from "./sentencepiece/spaces.ts";
import { templateJson } from "./sentencepiece/template.ts";
import { Viterbi } from "./sentencepiece/viterbi.ts";

/** A Unigram vocabulary by itself, as formats other than tokenizer.json have it. */
export interface UnigramVocabulary {
  /** By id; ▁ stands for the space. */
  pieces: readonly string[];
  /** By id: ln of the piece's probability. */
  scores: ArrayLike<number>;
  /** The id of characters that no piece has. */
  unkId: number;
  /** Pieces that are not text, such as <s>; the unknown one is among them by itself. @default none */
  specialTokens?: readonly string[];
  /** What single characters are replaced by before the text is cut, such as nmt_nfkc's table; what Unicode composes, e and its accent, is added. @default none */
  characters?: ReadonlyMap<string, string>;
  /** Special tokens before a text. @default none */
  prefix?: readonly string[];
  /** Special tokens after a text. @default none */
  suffix?: readonly string[];
  /** Special tokens between the two texts of a pair. @default the suffix */
  separator?: readonly string[];
  /** Whether unknown characters are spelled by the pieces <0x00> to <0xFF>. @default false */
  byteFallback?: boolean;
}

const vocabularyNames: readonly (keyof UnigramVocabulary)[] = [
  "pieces",
  "scores",
  "unkId",
  "specialTokens",
  "characters",
  "prefix",
  "suffix",
  "separator",
  "byteFallback",
];

/**
 * A tokenizer of XLM-R's, T5's and multilingual-e5's kind (Kudo 2018, arXiv:1804.10959; Kudo and Richardson 2018, arXiv:1808.06226).
 *
 * @example
 * const tokenizer = await UnigramTokenizer.load("tokenizer.json");
 * const { ids } = tokenizer.withSpecialTokens(tokenizer.encode("query: 便宜手机"));
 */
export class UnigramTokenizer extends SentencePieceTokenizer {
  readonly #pieces: readonly (readonly [piece: string, score: number])[];

  private constructor(parts: SentencePieceParts, pieces: readonly (readonly [string, number])[], unkId: number) {
    const scores = Float64Array.from(pieces, ([, score]) => score);
    const text = pieces.map(([piece], id) => (parts.apart.has(id) ? undefined : piece));
    super(
      parts,
      new Viterbi({ pieces: text, scores, unkId, byteIds: parts.byteIds }),
      new Uint8Array(256).fill(parts.spaces.isCut ? 0 : 1),
    );
    this.#pieces = pieces;
  }

  /**
   * Opens a tokenizer.json whose model is Unigram.
   *
   * @throws {UnavailableError} There is no such file.
   * @throws {FormatError} A damaged file, or another kind of tokenizer; the message says which part.
   */
  static async load(file: string): Promise<UnigramTokenizer> {
    const name = path.basename(checkText("file", file, { allowEmpty: false }));
    return UnigramTokenizer.fromJson(parseJson(await readUtf8(file), { file: name }), name);
  }

  /**
   * The tokenizer of a published model, fetched at first use.
   *
   * @param name A name of the manifest, or of a repository on the hub: owner/name.
   * @throws {ArgumentError} There is no such model.
   * @throws {FormatError} It has no tokenizer.json, or one of another kind.
   */
  static async fromPretrained(name: string): Promise<UnigramTokenizer> {
    const { files } = await fetchModel(name);
    const file = files["tokenizer.json"];
    if (file === undefined) throw unsupported(name, "no tokenizer.json");
    return UnigramTokenizer.load(file);
  }

  /** Makes a tokenizer of a vocabulary that comes in another format. Runs of spaces count as one, as in SentencePiece. */
  static of(vocabulary: UnigramVocabulary): UnigramTokenizer {
    const checked = checkVocabulary(vocabulary);
    return UnigramTokenizer.fromJson(toContent(checked), "the vocabulary");
  }

  /**
   * The tokenizer of a tokenizer.json that has been read.
   *
   * @param content What JSON.parse made of it.
   * @param file Named in errors.
   */
  static fromJson(content: unknown, file: string): UnigramTokenizer {
    if (!isTokenizerContent(content)) throw broken(file, 'it has no "model"');
    const { vocab, unk_id: unkId, ...model } = content.model;
    if (model["type"] !== "Unigram") throw unsupported(file, `a model of type ${JSON.stringify(model["type"])} where Unigram is expected`);
    if (!Array.isArray(vocab)) throw broken(file, 'its model has no list "vocab"');
    for (const [id, entry] of (vocab as unknown[]).entries()) {
      if (!Array.isArray(entry) || typeof entry[0] !== "string" || typeof entry[1] !== "number") {
        throw broken(file, `piece ${id} is ${JSON.stringify(entry)}, not a text and a score`);
      }
    }
    const pieces = vocab as [string, number][];
    if (typeof unkId !== "number" || pieces[unkId] === undefined) throw broken(file, "its model names no unknown token");
    const parts = readParts(
      { ...content, model },
      pieces.map(([piece], id) => [piece, id]),
      unkId,
      file,
    );
    return new UnigramTokenizer(parts, pieces, unkId);
  }

  /** ln of the probability of a piece; special tokens have 0. */
  scoreOf(id: number): number {
    checkInteger("id", id, { min: 0, max: this.#pieces.length - 1 });
    return this.#pieces[id]![1];
  }

  protected override modelJson(): Record<string, unknown> {
    return { unk_id: this.unkId, vocab: this.#pieces };
  }
}

function checkVocabulary(vocabulary: UnigramVocabulary): UnigramVocabulary {
  checkOptions("vocabulary", vocabulary, vocabularyNames);
  const { pieces, scores, unkId, specialTokens = [], characters, prefix = [], suffix = [], separator = suffix, byteFallback } = vocabulary;
  checkArray("vocabulary.pieces", pieces, checkText, { allowEmpty: false });
  if (!(ArrayBuffer.isView(scores) || Array.isArray(scores)) || scores.length !== pieces.length) {
    throw argumentError("vocabulary.scores", `${pieces.length} numbers, one for each piece`, scores);
  }
  checkInteger("vocabulary.unkId", unkId, { min: 0, max: pieces.length - 1 });
  const known = new Set(pieces);
  checkArray("vocabulary.specialTokens", specialTokens, (name, token) => {
    if (!known.has(checkText(name, token, { allowEmpty: false }))) throw argumentError(name, "one of the pieces", token);
  });
  if (characters !== undefined) checkInstance("vocabulary.characters", characters, Map, { expected: "a Map of characters" });
  const special = new Set([...specialTokens, pieces[unkId]!]);
  for (const [name, tokens] of Object.entries({ prefix, suffix, separator })) {
    checkArray(`vocabulary.${name}`, tokens, (at, token) => {
      if (!special.has(checkText(at, token))) throw argumentError(at, "one of the special tokens", token);
    });
  }
  if (byteFallback !== undefined) checkBoolean("vocabulary.byteFallback", byteFallback);
  return vocabulary;
}

/** The vocabulary as a tokenizer.json, in the form that Hugging Face's converter gives to SentencePiece models. */
function toContent(vocabulary: UnigramVocabulary): TokenizerContent {
  const { pieces, scores, unkId, specialTokens = [], characters, prefix = [], suffix = [], separator = suffix } = vocabulary;
  const idOf = new Map(pieces.map((piece, id) => [piece, id]));
  const special = [...new Set([...specialTokens, pieces[unkId]!])].map((content) => ({ id: idOf.get(content)!, content }));
  const charsmap = characters && Buffer.from(Charsmap.of(withSequences(characters)).toBlob()).toString("base64");
  const metaspace = { type: "Metaspace", replacement: space, prepend_scheme: "always", split: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special
      .toSorted((one, other) => one.id - other.id)
      .map((token) => ({ ...token, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...(charsmap === undefined ? [] : [{ type: "Precompiled", precompiled_charsmap: charsmap }]),
        { type: "Replace", pattern: { Regex: " {2,}" }, content: " " },
      ],
    },
    pre_tokenizer: metaspace,
    post_processor: templateJson(
      [...prefix, "A", ...suffix],
      [...prefix, "A", ...separator, "B", ...suffix],
      new Map(special.map(({ content, id }) => [content, id])),
    ),
    decoder: metaspace,
    model: {
      type: "Unigram",
      unk_id: unkId,
      vocab: pieces.map((piece, id) => [piece, scores[id]!]),
      byte_fallback: vocabulary.byteFallback ?? false,
    },
  };
}
