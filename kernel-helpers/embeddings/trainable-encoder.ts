/** Sentence encoders whose numbers can change: opened, trained, run, and written in sentence-transformers' layout. */
import { ShapeError } from "../errors.ts";
import { checkArray, checkInstance, checkInteger, checkOptions, checkSignal, checkText } from "../runtime/check.ts";
import { concat, Tensor, tensor } from "../tensor/index.ts";
import { Bert } from "./bert/bert.ts";
import { parameterWeights } from "./bert/weights.ts";
import type { EncoderConfig } from "./config.ts";
import { withEncoder } from "./open-encoder.ts";
import type { LoadEncoderOptions } from "./load-options.ts";
import { saveNetwork } from "./save-network.ts";
import { SentenceEncoder } from "./sentence-encoder.ts";
import type { EncoderTokenizer } from "./tokenizers/encoder-tokenizer.ts";
import { fixedVocabulary, HubTokenizer } from "./tokenizers/hub-tokenizer.ts";
import { writeConfig } from "./write-config.ts";

export interface TokenizeOptions {
  /** How many tokens each row has: longer texts are cut, shorter ones padded. A compiled function compiles once for each. @default as many as the longest text */
  length?: number;
}

/** Texts as a network takes them. */
export interface TokenBatch {
  /** (B, T), int64; padding comes last. */
  ids: Tensor;
  /** (B, T), float32: 1 for a token, 0 for padding. */
  mask: Tensor;
}

/**
 * A sentence encoder to train: its network as a module, its tokenizer, and the way back to an encoder that is fast.
 *
 * @example
 * const student = await TrainableEncoder.load("all-MiniLM-L6-v2");
 * const { ids, mask } = student.tokenize(["AI engineer", "机器学习专家"]);
 * student.network.forward(ids, mask).shape // [ 2, 384 ]
 * // … train student.network.parameters() …
 * await student.save("tuned");
 * const encoder = await SentenceEncoder.load("./tuned");
 */
export class TrainableEncoder {
  readonly name: string;
  readonly network: Bert;
  readonly tokenizer: EncoderTokenizer;

  private constructor(name: string, network: Bert, tokenizer: EncoderTokenizer) {
    this.name = name;
    this.network = network;
    this.tokenizer = tokenizer;
  }

  /**
   * @param name "all-MiniLM-L6-v2", owner/name of a BERT or XLM-R on the hub, or a folder in sentence-transformers' layout. What is in 4 bits becomes float32.
   * @throws {ArgumentError} There is no model of that name.
   * @throws {UnavailableError} It cannot be fetched.
   * @throws {FormatError} It is not a BERT, or a file is not whole.
   */
  static async load(name: string, options: { signal?: AbortSignal } = {}): Promise<TrainableEncoder> {
    checkOptions("options", options, ["signal"]);
    checkSignal("signal", options.signal);
    return withEncoder(name, options.signal, async ({ config, tokenizer, weights }) => {
      const network = new Bert(config);
      const state: Record<string, Float32Array> = {};
      for (const parameter of Object.keys(network.parameters())) state[parameter] = await weights.float32(parameter);
      return new TrainableEncoder(name, network.load(state), tokenizer);
    });
  }

  get config(): Readonly<EncoderConfig> {
    return this.network.config;
  }

  /** @throws {ArgumentError} The texts are not an array of strings, or there are none. */
  tokenize(texts: readonly string[], options: TokenizeOptions = {}): TokenBatch {
    checkArray("texts", texts, (item, text) => checkText(item, text), {
      allowEmpty: false,
      hint: "pass an array of strings: tokenize([text])",
    });
    checkOptions("options", options, ["length"]);
    const { maxTokens } = this.tokenizer;
    const { length } = options;
    if (length !== undefined) checkInteger("length", length, { min: 2, max: maxTokens });
    const rows = texts.map((text) => this.tokenizer.encode(text));
    const T = length ?? Math.max(...rows.map((row) => row.length));
    const ids = new BigInt64Array(rows.length * T);
    const mask = new Float32Array(rows.length * T);
    for (const [row, given] of rows.entries()) {
      const kept = given.length <= T ? given : [...given.slice(0, T - 1), given.at(-1)!];
      ids.set(kept.map(BigInt), row * T);
      mask.fill(1, row * T, row * T + kept.length);
    }
    return { ids: tensor(ids, { shape: [rows.length, T], dtype: "int64" }), mask: tensor(mask, { shape: [rows.length, T] }) };
  }

  /**
   * The same encoder with more tokens in its vocabulary; its numbers are copies.
   *
   * @param vectors The rows that they begin with in the table of words, (tokens, D).
   * @throws {ArgumentError} A token is there already.
   * @throws {ShapeError} There is not one row for each token.
   * @throws {UnavailableError} The vocabulary is not WordPiece's.
   */
  withTokens(tokens: readonly string[], vectors: Tensor): TrainableEncoder {
    if (!(this.tokenizer instanceof HubTokenizer)) throw fixedVocabulary();
    const tokenizer = this.tokenizer.withTokens(tokens, this.config.vocabSize);
    const table = this.network.embeddings.word_embeddings.weight;
    const { shape } = checkInstance("vectors", vectors, Tensor);
    if (shape.join() !== [tokens.length, this.config.width].join()) {
      throw new ShapeError(`vectors must be of (${tokens.length}, ${this.config.width}), got (${shape.join(", ")})`, {
        hint: "pass a row for each token",
        facts: { argument: "vectors", expected: [tokens.length, this.config.width], value: shape },
      });
    }
    const network = new Bert({ ...this.config, vocabSize: this.config.vocabSize + tokens.length });
    network.load({ ...this.network.state(), "embeddings.word_embeddings.weight": concat([table, vectors.to("float32")]) });
    return new TrainableEncoder(this.name, network, tokenizer);
  }

  /**
   * A fast encoder of the numbers as they are now; what is trained later does not change it. Release it with close().
   *
   * @throws {ArgumentError} An option is not what it must be.
   */
  async compile(options: LoadEncoderOptions = {}): Promise<SentenceEncoder> {
    const { name, config, tokenizer } = this;
    return SentenceEncoder.of({ name, config, tokenizer, weights: parameterWeights(this.network.parameters()), dtype: "fp32" }, options);
  }

  /** Writes a folder in sentence-transformers' layout, which opens in Python and with SentenceEncoder.load. */
  async save(folder: string): Promise<void> {
    await saveNetwork(folder, Object.entries(this.network.parameters()), this.tokenizer);
    writeConfig(folder, this.config);
  }
}
