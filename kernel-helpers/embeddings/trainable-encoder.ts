/** Sentence encoders whose numbers can change: opened, trained, run, and written in sentence-transformers' layout. */
import path from "node:path";
import { openSafetensors, writeSafetensors, type CheckpointTensor } from "../checkpoints/index.ts";
import { ShapeError } from "../errors.ts";
import { checkArray, checkInstance, checkInteger, checkOptions, checkSignal, checkText } from "../runtime/check.ts";
import { replaceFile } from "../runtime/files.ts";
import { concat, Tensor, tensor } from "../tensor/index.ts";
import { Bert } from "./bert/bert.ts";
import { checkpointWeights, parameterWeights } from "./bert/weights.ts";
import { readConfig, type EncoderConfig } from "./config.ts";
import { readObject } from "./json-file.ts";
import { findEncoder } from "./place.ts";
import { checkEncoderOptions, SentenceEncoder, type LoadEncoderOptions } from "./sentence-encoder.ts";
import { WordPiece } from "./word-piece.ts";

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
  readonly tokenizer: WordPiece;
  /** What config.json contains. */
  readonly #settings: Readonly<Record<string, unknown>>;

  private constructor(name: string, network: Bert, tokenizer: WordPiece, settings: Readonly<Record<string, unknown>>) {
    this.name = name;
    this.network = network;
    this.tokenizer = tokenizer;
    this.#settings = settings;
  }

  /**
   * @param name "all-MiniLM-L6-v2", owner/name of a BERT or XLM-R on the hub, or a folder in sentence-transformers' layout.
   * @throws {ArgumentError} There is no model of that name.
   * @throws {UnavailableError} It cannot be fetched.
   * @throws {FormatError} It is not a BERT, or a file is not whole.
   */
  static async load(name: string, options: { signal?: AbortSignal } = {}): Promise<TrainableEncoder> {
    checkOptions("options", options, ["signal"]);
    checkSignal("signal", options.signal);
    const folder = await findEncoder(name, options.signal);
    const config = await readConfig(folder);
    const tokenizer = await WordPiece.load(folder, config.maxTokens);
    await using checkpoint = await openSafetensors(folder);
    const weights = await checkpointWeights(checkpoint, folder);
    const network = new Bert(config);
    const state: Record<string, Float32Array> = {};
    for (const parameter of Object.keys(network.parameters())) state[parameter] = await weights.float32(parameter);
    return new TrainableEncoder(name, network.load(state), tokenizer, await readObject(path.join(folder, "config.json")));
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
   */
  withTokens(tokens: readonly string[], vectors: Tensor): TrainableEncoder {
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
    return new TrainableEncoder(this.name, network, tokenizer, this.#settings);
  }

  /**
   * A fast encoder of the numbers as they are now; what is trained later does not change it. Release it with close().
   *
   * @throws {ArgumentError} An option is not what it must be.
   */
  async compile(options: LoadEncoderOptions = {}): Promise<SentenceEncoder> {
    checkEncoderOptions(options);
    const weights = parameterWeights(this.network.parameters());
    return SentenceEncoder.of({ name: this.name, config: this.config, tokenizer: this.tokenizer, weights }, options);
  }

  /** Writes a folder in sentence-transformers' layout, which opens in Python and with SentenceEncoder.load. */
  async save(folder: string): Promise<void> {
    checkText("folder", folder, { allowEmpty: false });
    const { width, vocabSize, maxTokens, pooling, normalize, prompts, defaultPrompt } = this.config;
    const tensors = Object.entries(this.network.parameters()).map(([name, { shape, data }]): [string, CheckpointTensor] => [
      name,
      { dtype: "F32", shape, data },
    ]);
    await writeSafetensors(path.join(folder, "model.safetensors"), Object.fromEntries(tensors), { format: "pt" });
    const module = (idx: number, at: string, type: string): object => ({
      idx,
      name: String(idx),
      path: at,
      type: `sentence_transformers.models.${type}`,
    });
    const files: Record<string, object> = {
      "config.json": { ...this.#settings, vocab_size: vocabSize },
      ...this.tokenizer.files,
      "tokenizer_config.json": { ...this.tokenizer.files["tokenizer_config.json"], model_max_length: maxTokens },
      "sentence_bert_config.json": { max_seq_length: maxTokens, do_lower_case: false },
      "modules.json": [
        module(0, "", "Transformer"),
        module(1, "1_Pooling", "Pooling"),
        ...(normalize ? [module(2, "2_Normalize", "Normalize")] : []),
      ],
      "1_Pooling/config.json": {
        word_embedding_dimension: width,
        pooling_mode_cls_token: pooling === "cls",
        pooling_mode_mean_tokens: pooling === "mean",
        pooling_mode_max_tokens: false,
        pooling_mode_mean_sqrt_len_tokens: false,
      },
      "config_sentence_transformers.json": { prompts, default_prompt_name: defaultPrompt ?? null },
    };
    for (const [name, content] of Object.entries(files)) replaceFile(path.join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
  }
}
