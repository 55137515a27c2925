import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { openSafetensors, writeSafetensors } from "../../checkpoints/index.ts";
import { FormatError } from "../../errors.ts";
import {
  argumentError,
  checkArray,
  checkFunction,
  checkInteger,
  checkNumber,
  checkOptions,
  checkSignal,
  checkText,
} from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { readObject, writeObject } from "../json-file.ts";
import { Matrix } from "../matrix.ts";
import { findEncoder } from "../open-encoder.ts";
import { SentenceEncoder } from "../sentence-encoder.ts";
import type { EncoderTokenizer } from "../tokenizers/encoder-tokenizer.ts";
import { readTokenizer } from "../tokenizers/read-tokenizer.ts";
import { principalComponents } from "./principal-components.ts";

export interface DistillOptions {
  /** Numbers of a vector, at most as many as the encoder's have. @default 256 */
  dimension?: number;
  /** How much less frequent tokens count: a / (a + p) with p by Zipf's law (Arora et al. 2017, "SIF"); above 0 and below 1. @default 1e-4 */
  sif?: number;
  /** Called after each batch of tokens, instead of the progress display. */
  onProgress?: (state: { done: number; total: number }) => void;
  signal?: AbortSignal;
}

export interface StaticEncodeOptions {
  signal?: AbortSignal;
}

/** So many texts are encoded before something else may run. */
const textsAtOnce = 500;

/**
 * A vector for each token of the vocabulary, and for a text their mean: no network runs, so thousands of texts a second are encoded on one core, less
 * well (Tulkens & van Dongen 2024, "Model2Vec", github.com/MinishLab/model2vec).
 *
 * @example
 * const fast = await StaticEncoder.distill(encoder, { dimension: 256 });
 * const vectors = await fast.encode(["AI engineer", "machine learning expert"]);
 * await fast.save("fast");
 */
export class StaticEncoder {
  readonly name: string;
  /** Numbers of a vector. */
  readonly dimension: number;
  readonly #tokenizer: EncoderTokenizer;
  /** (vocabulary, dimension). */
  readonly #vectors: Float32Array;

  private constructor(name: string, tokenizer: EncoderTokenizer, vectors: Float32Array, dimension: number) {
    this.name = name;
    this.dimension = dimension;
    this.#tokenizer = tokenizer;
    this.#vectors = vectors;
  }

  /**
   * Makes one of an encoder, by Model2Vec's recipe: each token goes through it by itself; of all tokens' vectors the principal components are kept; and
   * frequent tokens count less. No text is needed. The vocabulary of MiniLM, 30,522 tokens, takes about half a minute on two cores. ■ and Ctrl-C stop it.
   *
   * @throws {ArgumentError} The dimension is larger than the encoder's, or an option is out of range.
   */
  static async distill(encoder: SentenceEncoder, options: DistillOptions = {}): Promise<StaticEncoder> {
    if (!((encoder as unknown) instanceof SentenceEncoder)) {
      throw argumentError("encoder", "a SentenceEncoder", encoder, { hint: 'pass await SentenceEncoder.load("all-MiniLM-L6-v2")' });
    }
    checkOptions("options", options, ["dimension", "sif", "onProgress", "signal"]);
    const { dimension = Math.min(256, encoder.dimension), sif = 1e-4, onProgress, signal } = options;
    checkInteger("dimension", dimension, { min: 1, max: encoder.dimension });
    checkNumber("sif", sif, { above: 0, below: 1 });
    if (onProgress !== undefined) checkFunction("onProgress", onProgress);
    checkSignal("signal", signal);
    const { tokenizer } = encoder;
    const tokens = textTokens(tokenizer);
    const contextual = await encoder.encodeIds(
      tokens.map((id) => tokenizer.wrap([id])),
      { label: "distilling", unit: "tokens", ...(onProgress && { onProgress }), ...(signal && { signal }) },
    );
    const { rows } = await principalComponents(contextual.data, encoder.dimension, dimension);
    const weights = zipfWeights(tokens.length, sif);
    const vectors = new Float32Array(tokenizer.vocabSize * dimension);
    for (const [rank, id] of tokens.entries()) {
      const row = rows.subarray(rank * dimension, (rank + 1) * dimension);
      vectors.set(
        row.map((value) => value * weights[rank]!),
        id * dimension,
      );
    }
    return new StaticEncoder(encoder.name, tokenizer, vectors, dimension);
  }

  /**
   * @param name A folder in Model2Vec's layout, or owner/name of one on the hub.
   * @throws {ArgumentError} There is no model of that name.
   * @throws {FormatError} The folder has no table of vectors, or one that does not fit its vocabulary.
   */
  static async load(name: string, options: { signal?: AbortSignal } = {}): Promise<StaticEncoder> {
    checkOptions("options", options, ["signal"]);
    checkSignal("signal", options.signal);
    const folder = await findEncoder(name, options.signal);
    const { model_type: type } = await readObject(path.join(folder, "config.json"));
    if (type !== "model2vec") throw argumentError("name", "a static encoder in Model2Vec's layout", name);
    const tokenizer = await readTokenizer(folder, Infinity);
    await using file = await openSafetensors(folder);
    const { shape } = file.info("embeddings");
    if (shape.length !== 2 || shape[0]! < tokenizer.vocabSize) {
      throw new FormatError(`${file.file} has vectors of (${shape.join(", ")}) for ${tokenizer.vocabSize} tokens`, {
        hint: "is the folder whole?",
        facts: { file: file.file, shape, vocabSize: tokenizer.vocabSize },
      });
    }
    return new StaticEncoder(name, tokenizer, await file.readFloat32("embeddings"), shape[1]!);
  }

  /**
   * @returns One vector of length 1 per text, (texts, dimension); of zeros for a text without tokens.
   * @throws {ArgumentError} The texts are not an array of strings.
   */
  async encode(texts: readonly string[], options: StaticEncodeOptions = {}): Promise<Matrix> {
    checkArray("texts", texts, (item, text) => checkText(item, text), { hint: "pass an array of strings: encode([text])" });
    checkOptions("options", options, ["signal"]);
    checkSignal("signal", options.signal);
    using interrupt = await interruptible(options.signal);
    const result = new Matrix(texts.length, this.dimension);
    for (const [index, text] of texts.entries()) {
      if (index % textsAtOnce === 0) {
        await setImmediate();
        interrupt.signal.throwIfAborted();
      }
      this.#add(text, result.row(index));
    }
    return result;
  }

  /** The tokens of a text. */
  tokenize(text: string): string[] {
    return this.#tokenizer.tokens(checkText("text", text));
  }

  /** Writes a folder in Model2Vec's layout, which model2vec and sentence-transformers open in Python. */
  async save(folder: string): Promise<void> {
    checkText("folder", folder, { allowEmpty: false });
    const { dimension } = this;
    const shape = [this.#vectors.length / dimension, dimension];
    await writeSafetensors(path.join(folder, "model.safetensors"), { embeddings: { dtype: "F32", shape, data: this.#vectors } });
    await this.#tokenizer.save(folder);
    const files: Record<string, object> = {
      "config.json": {
        model_type: "model2vec",
        architectures: ["StaticModel"],
        tokenizer_name: this.name,
        apply_pca: dimension,
        hidden_dim: dimension,
        seq_length: 1_000_000,
        normalize: true,
        embedding_dtype: "float32",
      },
      "modules.json": [
        { idx: 0, name: "0", path: ".", type: "sentence_transformers.models.StaticEmbedding" },
        { idx: 1, name: "1", path: "1_Normalize", type: "sentence_transformers.models.Normalize" },
      ],
    };
    for (const [name, content] of Object.entries(files)) writeObject(path.join(folder, name), content);
  }

  /** Adds up the vectors of the text's tokens and makes the sum as long as 1: dividing it by their number first would change nothing. */
  #add(text: string, row: Float32Array): void {
    const { dimension } = this;
    for (const id of this.#tokenizer.ids(text)) {
      const start = id * dimension;
      for (let index = 0; index < dimension; index++) row[index]! += this.#vectors[start + index]!;
    }
    let squares = 0;
    for (let index = 0; index < dimension; index++) squares += row[index]! ** 2;
    if (squares > 0) for (let index = 0; index < dimension; index++) row[index]! /= Math.sqrt(squares);
  }
}

/** The tokens that text becomes, the most frequent first as vocabularies have them: not the special ones, nor what BERT left unused. */
function textTokens(tokenizer: EncoderTokenizer): number[] {
  const { specialIds } = tokenizer;
  const isText = (id: number): boolean => !specialIds.has(id) && !/^\[unused\d+\]$/.test(tokenizer.token(id) ?? "[unused0]");
  return Array.from({ length: tokenizer.vocabSize }, (_, id) => id).filter(isText);
}

/** a / (a + p) with a p that falls as 1 / rank. */
function zipfWeights(count: number, sif: number): number[] {
  const inverses = Array.from({ length: count }, (_, rank) => 1 / (rank + 2));
  const total = inverses.reduce((sum, value) => sum + value, 0);
  return inverses.map((value) => sif / (sif + value / total));
}
