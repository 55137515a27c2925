/** Sentences → vectors of length 1, those of similar meaning in similar directions. */
import path from "node:path";
import { ClosedError } from "../errors.ts";
import type { Device } from "../onnx/index.ts";
import { argumentError, checkArray, checkFunction, checkOptions, checkSignal, checkText } from "../runtime/check.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { pause, runBatches, tokenizeAtOnce } from "./batches.ts";
import { buildBertGraph } from "./bert/graph.ts";
import type { EncoderDType } from "./bert/linear.ts";
import { checkDimension, checkDType, promptOf } from "./checks.ts";
import { readSettings, type EncoderSettings } from "./config.ts";
import { readObject } from "./json-file.ts";
import { checkLoadOptions, type CheckEncoderOptions, type LoadEncoderOptions } from "./load-options.ts";
import { Matrix } from "./matrix.ts";
import { findEncoder, withEncoder, type EncoderParts } from "./open-encoder.ts";
import { decoderRunner, graphRunner, type HiddenStates, type Runner } from "./runner.ts";
import type { EncoderTokenizer } from "./tokenizers/encoder-tokenizer.ts";
import { readTokenizer } from "./tokenizers/read-tokenizer.ts";

export interface EncodeOptions {
  /** What is put before each text, by its name among the encoder's prompts, such as "query" or "passage". @default the model's default, if it has one */
  prompt?: string;
  /** Called after each batch, instead of the progress display. */
  onProgress?: (state: { done: number; total: number }) => void;
  signal?: AbortSignal;
}

interface DescribedEncoder extends Pick<EncoderParts, "name" | "tokenizer" | "dtype"> {
  config: EncoderSettings;
}

interface ProgressOptions extends Omit<EncodeOptions, "prompt"> {
  label: string;
  unit: string;
}

/**
 * A sentence-transformers model on ONNX Runtime. Release it with close().
 *
 * @example
 * const encoder = await SentenceEncoder.load('all-MiniLM-L6-v2', { device: 'cpu' })
 * const vectors = await encoder.encode(['AI engineer', 'machine learning expert'])
 * vectors.cols // 384
 */
export class SentenceEncoder implements Disposable, AsyncDisposable {
  readonly name: string;
  readonly dtype: EncoderDType;
  /** Numbers of a vector. */
  readonly dimension: number;
  /** How many tokens of a text are read, the special ones included; the rest is cut off. */
  readonly maxTokens: number;
  /** What makes ids of texts. */
  readonly tokenizer: EncoderTokenizer;
  /** What may be put before texts, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  readonly #config: EncoderSettings;
  readonly #runner: Runner;
  #isClosed = false;

  private constructor({ name, config, tokenizer, dtype }: DescribedEncoder, runner: Runner, dimension: number) {
    this.name = name;
    this.dtype = dtype;
    this.dimension = dimension;
    this.maxTokens = config.maxTokens;
    this.prompts = config.prompts;
    this.#config = config;
    this.tokenizer = tokenizer;
    this.#runner = runner;
  }

  /**
   * Fetches the model at first use, builds its graph and makes it ready to run.
   *
   * @param name "all-MiniLM-L6-v2"; owner/name of a BERT or XLM-R on the hub; or a folder in sentence-transformers' layout.
   * @throws {ArgumentError} There is no model of that name, or an option is not what it must be.
   * @throws {UnavailableError} The model cannot be fetched, or a device asked for by name is missing; the hint says how to get it.
   */
  static async load(name: string, options: LoadEncoderOptions = {}): Promise<SentenceEncoder> {
    checkLoadOptions(options);
    if (options.decoder) return SentenceEncoder.#ofDecoder(name, options.decoder, options);
    return withEncoder(name, options.signal, (parts) => SentenceEncoder.of(parts, options));
  }

  /**
   * Says what load() and encode() would refuse for a model, without building its graph: for a program that has other processes load it. The model is fetched at
   * first use. Whether this machine has the device is not looked at.
   *
   * @throws {ArgumentError} There is no model of that name, or an option is not what it must be for this one.
   * @throws {UnavailableError} The model cannot be fetched.
   * @example
   * await SentenceEncoder.check("all-MiniLM-L6-v2", { device: "cuda", dtype: "fp16", dimension: 256 });
   */
  static async check(name: string, options: CheckEncoderOptions = {}): Promise<void> {
    checkOptions("options", options, ["device", "dtype", "threads", "dimension", "prompt", "signal"]);
    const { prompt, ...loading } = options;
    checkLoadOptions(loading);
    await withEncoder(name, loading.signal, async (parts) => {
      checkDType(parts, loading);
      checkDimension(loading.dimension, parts.config);
      promptOf(prompt, parts.config);
    });
  }

  /** @internal */
  static async of(parts: EncoderParts, options: LoadEncoderOptions): Promise<SentenceEncoder> {
    checkLoadOptions(options);
    const { name, config, tokenizer, weights } = parts;
    const { device = "auto", threads } = options;
    const dtype = checkDType(parts, options);
    const dimension = checkDimension(options.dimension, config);
    const graph = await buildBertGraph(weights, config, dtype);
    const runner = await graphRunner(graph, {
      device: dtype === "q8" || dtype === "q4" ? "cpu" : device,
      ...(weights.folder === undefined ? {} : { externalFolder: weights.folder }),
      ...(threads === undefined ? {} : { threads }),
    });
    return new SentenceEncoder({ name, config, tokenizer, dtype }, runner, dimension);
  }

  static async #ofDecoder(
    name: string,
    decoder: (folder: string) => Promise<HiddenStates>,
    { dtype = "fp32", device = "auto", dimension, signal }: LoadEncoderOptions,
  ): Promise<SentenceEncoder> {
    if (dtype !== "fp32") throw argumentError("dtype", '"fp32", for the encoder is a decoder', dtype);
    if (device !== "auto" && device !== "cpu") throw argumentError("device", '"cpu", for the encoder is a decoder', device);
    const folder = await findEncoder(name, signal);
    const config = await readSettings(folder, await readObject(path.join(folder, "config.json")));
    const tokenizer = await readTokenizer(folder, config.maxTokens);
    const runner = decoderRunner(await decoder(folder), config);
    return new SentenceEncoder({ name, config, tokenizer, dtype }, runner, checkDimension(dimension, config));
  }

  /** The device that was taken. */
  get device(): Device {
    return this.#runner.device;
  }

  /**
   * Encodes texts, those of similar length together. ■ and Ctrl-C stop it between two batches.
   *
   * @returns One vector per text, in the order of the texts: (texts, dimension). It is of length 1, unless the model's files say otherwise.
   * @throws {ArgumentError} The texts are not an array of strings, or the encoder has no prompt of that name.
   * @throws {ClosedError} After close().
   */
  async encode(texts: readonly string[], options: EncodeOptions = {}): Promise<Matrix> {
    this.#requireOpen();
    checkArray("texts", texts, (item, text) => checkText(item, text), { hint: "pass an array of strings: encode([text])" });
    checkOptions("options", options, ["prompt", "onProgress", "signal"]);
    const prompt = promptOf(options.prompt, this.#config);
    if (options.onProgress !== undefined) checkFunction("onProgress", options.onProgress);
    checkSignal("signal", options.signal);
    using interrupt = await interruptible(options.signal);
    const encoded: number[][] = [];
    for (const text of texts) {
      encoded.push(this.tokenizer.encode(prompt + text));
      if (encoded.length % tokenizeAtOnce === 0) await pause(interrupt.signal);
    }
    return this.encodeIds(encoded, { ...options, signal: interrupt.signal, label: "embedding", unit: "texts" });
  }

  /** Vectors for rows of ids. @internal */
  async encodeIds(rows: readonly number[][], { label, unit, onProgress, signal }: ProgressOptions): Promise<Matrix> {
    this.#requireOpen();
    using interrupt = await interruptible(signal);
    const result = new Matrix(rows.length, this.dimension);
    const { device } = this;
    const { width } = this.#config;
    const lengths = rows.map((ids) => ids.length);
    await runBatches(lengths, { device, label, unit, onProgress, signal: interrupt.signal }, async (batch) => {
      const vectors = await this.#runner.run(batch.map((index) => rows[index]!));
      for (const [at, index] of batch.entries()) this.#keep(vectors.subarray(at * width, (at + 1) * width), result.row(index));
    });
    return result;
  }

  /** The tokens of a text, without the special ones. What the vocabulary lacks is [UNK]. */
  tokenize(text: string): string[] {
    return this.tokenizer.tokens(checkText("text", text));
  }

  close(): void {
    this.#isClosed = true;
    this.#runner.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** Writes the vector, or its beginning made as long as 1 again, to the row. */
  #keep(vector: Float32Array, row: Float32Array): void {
    row.set(vector.subarray(0, row.length));
    if (row.length === vector.length || !this.#config.normalize) return;
    const length = Math.hypot(...row);
    if (length > 0) for (let index = 0; index < row.length; index++) row[index]! /= length;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new ClosedError("this encoder is closed", { hint: "load another one, or close it later" });
  }
}
