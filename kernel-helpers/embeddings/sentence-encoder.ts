/** Sentences → vectors of length 1, those of similar meaning in similar directions. */
import { setImmediate } from "node:timers/promises";
import { openSafetensors } from "../checkpoints/index.ts";
import { ArgumentError, ClosedError } from "../errors.ts";
import { createSession, value, type Device, type Session } from "../onnx/index.ts";
import { checkArray, checkChoice, checkFunction, checkInteger, checkOptions, checkSignal, checkText } from "../runtime/check.ts";
import { interruptible } from "../runtime/interrupt.ts";
import { createProgress } from "../runtime/progress.ts";
import { planBatches } from "./batches.ts";
import { buildBertGraph } from "./bert/graph.ts";
import type { EncoderDType } from "./bert/linear.ts";
import { checkpointWeights, type EncoderWeights } from "./bert/weights.ts";
import { readConfig, type EncoderConfig } from "./config.ts";
import { Matrix } from "./matrix.ts";
import { findEncoder } from "./place.ts";
import { WordPiece } from "./word-piece.ts";

export interface LoadEncoderOptions {
  /** `auto` tries cuda, webgpu, cpu; `encoder.device` says which it took. @default "auto" */
  device?: Device | "auto";
  /** `q8`: int8 weights and inputs of the linear layers, about twice as fast on a CPU, cosine to fp32 about 0.99. @default "fp32" */
  dtype?: EncoderDType;
  /** CPU threads, 1 or more. @default as many as there are physical cores */
  threads?: number;
  signal?: AbortSignal;
}

export interface EncodeOptions {
  /** Called after each batch, instead of the progress display. */
  onProgress?: (state: { done: number; total: number }) => void;
  signal?: AbortSignal;
}

const dtypes: readonly EncoderDType[] = ["fp32", "q8"];
const devices: readonly (Device | "auto")[] = ["auto", "cpu", "webgpu", "cuda"];

/** Tokens of a batch: what fits the caches of two cores, and enough to keep a GPU busy. */
const batchTokens: Record<Device, number> = { cpu: 1024, webgpu: 8192, cuda: 16_384 };
/** So many texts are tokenized in some 10 ms; then an interrupt is let through. */
const tokenizeAtOnce = 256;

/** What an encoder is made from. */
interface EncoderParts {
  name: string;
  config: EncoderConfig;
  tokenizer: WordPiece;
  weights: EncoderWeights;
}

/** @throws {ArgumentError} An option is not what it must be. */
export function checkEncoderOptions(options: LoadEncoderOptions): void {
  checkOptions("options", options, ["device", "dtype", "threads", "signal"]);
  const { device = "auto", dtype = "fp32", threads, signal } = options;
  checkChoice("device", device, devices);
  checkChoice("dtype", dtype, dtypes);
  if (threads !== undefined) checkInteger("threads", threads, { min: 1 });
  checkSignal("signal", signal);
  if (dtype === "q8" && device !== "cpu" && device !== "auto") {
    throw new ArgumentError(`dtype "q8" does not go with device "${device}"`, {
      hint: 'int8 pays on the CPU: use device "cpu", or dtype "fp32"',
      facts: { dtype, device },
    });
  }
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
  /** How many tokens of a text are read, the two special ones included; the rest is cut off. */
  readonly maxTokens: number;
  readonly #tokenizer: WordPiece;
  readonly #session: Session;
  #isClosed = false;

  private constructor(name: string, dtype: EncoderDType, config: EncoderConfig, tokenizer: WordPiece, session: Session) {
    this.name = name;
    this.dtype = dtype;
    this.dimension = config.width;
    this.maxTokens = config.maxTokens;
    this.#tokenizer = tokenizer;
    this.#session = session;
  }

  /**
   * Fetches the model at first use, builds its graph and makes it ready to run.
   *
   * @param name "all-MiniLM-L6-v2"; owner/name of a BERT or XLM-R on the hub; or a folder in sentence-transformers' layout.
   * @throws {ArgumentError} There is no model of that name, or an option is not what it must be.
   * @throws {UnavailableError} The model cannot be fetched, or a device asked for by name is missing; the hint says how to get it.
   */
  static async load(name: string, options: LoadEncoderOptions = {}): Promise<SentenceEncoder> {
    checkEncoderOptions(options);
    const folder = await findEncoder(name, options.signal);
    const config = await readConfig(folder);
    const tokenizer = await WordPiece.load(folder, config.maxTokens);
    await using checkpoint = await openSafetensors(folder);
    const weights = await checkpointWeights(checkpoint, folder);
    return await SentenceEncoder.of({ name, config, tokenizer, weights }, options); // the file is open until then
  }

  /** @internal */
  static async of({ name, config, tokenizer, weights }: EncoderParts, options: LoadEncoderOptions): Promise<SentenceEncoder> {
    const { device = "auto", dtype = "fp32", threads } = options;
    const { model, externalData } = await buildBertGraph(weights, config, dtype);
    const session = await createSession(model, {
      device: dtype === "q8" ? "cpu" : device,
      externalData,
      ...(weights.folder === undefined ? {} : { externalFolder: weights.folder }),
      ...(threads === undefined ? {} : { threads }),
    });
    return new SentenceEncoder(name, dtype, config, tokenizer, session);
  }

  /** The device that was taken. */
  get device(): Device {
    return this.#session.device;
  }

  /**
   * Encodes texts, those of similar length together. ■ and Ctrl-C stop it between two batches.
   *
   * @returns One unit vector per text, in the order of the texts: (texts, dimension).
   * @throws {ArgumentError} The texts are not an array of strings.
   * @throws {ClosedError} After close().
   */
  async encode(texts: readonly string[], options: EncodeOptions = {}): Promise<Matrix> {
    this.#requireOpen();
    checkArray("texts", texts, (item, text) => checkText(item, text), { hint: "pass an array of strings: encode([text])" });
    checkOptions("options", options, ["onProgress", "signal"]);
    if (options.onProgress !== undefined) checkFunction("onProgress", options.onProgress);
    checkSignal("signal", options.signal);
    using interrupt = await interruptible(options.signal);
    const encoded: number[][] = [];
    for (const text of texts) {
      encoded.push(this.#tokenizer.encode(text));
      if (encoded.length % tokenizeAtOnce === 0) await pause(interrupt.signal);
    }
    const result = new Matrix(texts.length, this.dimension);
    const progress = options.onProgress ? undefined : createProgress({ label: "embedding", total: texts.length, unit: "texts" });
    const budget = batchTokens[this.device];
    let done = 0;
    try {
      for (const batch of planBatches(
        encoded.map((ids) => ids.length),
        budget,
      )) {
        await pause(interrupt.signal);
        const vectors = await this.#run(batch.map((index) => encoded[index]!));
        for (const [at, index] of batch.entries()) {
          result.row(index).set(vectors.subarray(at * this.dimension, (at + 1) * this.dimension));
        }
        done += batch.length;
        progress?.update(done);
        options.onProgress?.({ done, total: texts.length });
      }
    } finally {
      progress?.close();
    }
    return result;
  }

  /** The tokens of a text, without the special ones. What the vocabulary lacks is [UNK]. */
  tokenize(text: string): string[] {
    return this.#tokenizer.tokens(checkText("text", text));
  }

  close(): void {
    this.#isClosed = true;
    this.#session.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #run(rows: readonly number[][]): Promise<Float32Array> {
    const width = Math.max(...rows.map((ids) => ids.length));
    const ids = new Int32Array(rows.length * width);
    const mask = new Float32Array(rows.length * width);
    for (const [row, given] of rows.entries()) {
      ids.set(given, row * width);
      mask.fill(1, row * width, row * width + given.length);
    }
    const { vectors } = await this.#session.run({ ids: value(ids, [rows.length, width]), mask: value(mask, [rows.length, width]) });
    return vectors!.data as Float32Array;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new ClosedError("this encoder is closed", { hint: "load another one, or close it later" });
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await setImmediate(); // a SIGINT is heard only when the event loop turns
  signal.throwIfAborted();
}
