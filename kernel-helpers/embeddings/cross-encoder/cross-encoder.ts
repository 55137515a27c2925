/** Query and passage, read together → how well the passage answers the query. */
import { ClosedError, FormatError } from "../../errors.ts";
import type { Device } from "../../onnx/index.ts";
import {
  argumentError,
  checkArray,
  checkFunction,
  checkInteger,
  checkOptions,
  checkSignal,
  checkText,
  isPlainObject,
  shown,
} from "../../runtime/check.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { buildBertGraph } from "../bert/graph.ts";
import type { EncoderDType } from "../bert/linear.ts";
import { pause, runBatches, tokenizeAtOnce } from "../batches.ts";
import { readObject, readOptional } from "../json-file.ts";
import { withEncoder, type EncoderParts } from "../open-encoder.ts";
import { graphRunner, type Runner } from "../runner.ts";
import { checkLoadOptions, type LoadEncoderOptions } from "../load-options.ts";
import { checkPairs, requireWordPiece, type Pair } from "./check.ts";
import { encodePair, type PairTokens } from "./pair.ts";

export type LoadCrossEncoderOptions = Pick<LoadEncoderOptions, "device" | "dtype" | "threads" | "signal">;

export interface ScoreOptions {
  /** Called after each batch, instead of the progress display. */
  onProgress?: (state: { done: number; total: number }) => void;
  signal?: AbortSignal;
}

export interface RankOptions extends ScoreOptions {
  /** How many at most. @default all */
  topK?: number;
}

export interface RankedPassage {
  /** Its place among those that were given. */
  index: number;
  score: number;
}

/** What is done to a logit: nothing, or a sigmoid, which is what sentence-transformers takes where the files say nothing. */
type Activation = "identity" | "sigmoid";

/**
 * A cross-encoder in sentence-transformers' layout on ONNX Runtime (Nogueira & Cho 2019, arXiv:1901.04085). It reads each passage anew for each query, so it is for the first
 * results of a search. Release it with close().
 *
 * @example
 * const judge = await CrossEncoder.load('cross-encoder/ms-marco-MiniLM-L6-v2')
 * const [best] = await judge.rank('Who pays for the hotel?', ['The company does.', 'It has three hotels.'])
 * best.index // 0
 * const retriever = new RerankedRetriever(hybrid, judge, { depth: 20 })
 */
export class CrossEncoder implements Disposable, AsyncDisposable {
  readonly name: string;
  readonly dtype: EncoderDType;
  /** How many tokens of a pair are read, the special ones included; what is too long loses the end of its passage. */
  readonly maxTokens: number;
  readonly #tokenizer: EncoderParts["tokenizer"];
  readonly #runner: Runner;
  #isClosed = false;

  private constructor({ name, config, tokenizer, dtype }: Omit<EncoderParts, "weights">, runner: Runner) {
    this.name = name;
    this.dtype = dtype;
    this.maxTokens = config.maxTokens;
    this.#tokenizer = tokenizer;
    this.#runner = runner;
  }

  /**
   * Fetches the model at first use, builds its graph and makes it ready to run.
   *
   * @param name owner/name of a BERT with a head of one label on the hub, or a folder, such as TrainableCrossEncoder.save writes.
   * @throws {ArgumentError} There is no model of that name, or an option is not what it must be.
   * @throws {UnavailableError} The model cannot be fetched.
   * @throws {FormatError} It is not a BERT that scores pairs.
   */
  static async load(name: string, options: LoadCrossEncoderOptions = {}): Promise<CrossEncoder> {
    checkLoadOptions(options, ["device", "dtype", "threads", "signal"]);
    return withEncoder(name, options.signal, async (parts) => {
      requireWordPiece(parts);
      if (!parts.weights.has("classifier.weight") || parts.weights.shape("classifier.weight")[0] !== 1) throw noHead(name);
      return CrossEncoder.of(parts, await readActivation(parts.folder!), options);
    });
  }

  /** @internal */
  static async of(
    { weights, ...parts }: EncoderParts,
    activation: Activation,
    options: LoadCrossEncoderOptions = {},
  ): Promise<CrossEncoder> {
    checkLoadOptions(options, ["device", "dtype", "threads", "signal"]);
    const { device = "auto", dtype = parts.dtype, threads } = options;
    if (dtype === "q4") throw argumentError("dtype", '"fp32", "fp16" or "q8"', dtype, { hint: "weights in 4 bits come in 4 bits" });
    const graph = await buildBertGraph(weights, parts.config, dtype, activation === "identity" ? "logits" : "sigmoid");
    const runner = await graphRunner(graph, {
      device: dtype === "q8" ? "cpu" : device,
      ...(weights.folder === undefined ? {} : { externalFolder: weights.folder }),
      ...(threads === undefined ? {} : { threads }),
    });
    return new CrossEncoder({ ...parts, dtype }, runner);
  }

  /** The device that was taken. */
  get device(): Device {
    return this.#runner.device;
  }

  /**
   * Scores pairs, those of similar length together. ■ and Ctrl-C stop it between two batches.
   *
   * @param pairs Query and passage of each.
   * @returns One score for each pair, higher is better: a logit, unless the model's files ask for a sigmoid.
   * @throws {ArgumentError} The pairs are not an array of two strings each.
   * @throws {ClosedError} After close().
   */
  async score(pairs: readonly (readonly [query: string, passage: string])[], options: ScoreOptions = {}): Promise<Float32Array> {
    this.#requireOpen();
    checkPairs(pairs);
    checkOptions("options", options, ["onProgress", "signal"]);
    const { onProgress } = options;
    if (onProgress !== undefined) checkFunction("onProgress", onProgress);
    checkSignal("signal", options.signal);
    using interrupt = await interruptible(options.signal);
    const rows: PairTokens[] = [];
    for (const [query, passage] of pairs) {
      rows.push(encodePair(this.#tokenizer, query, passage, this.maxTokens));
      if (rows.length % tokenizeAtOnce === 0) await pause(interrupt.signal);
    }
    const scores = new Float32Array(rows.length);
    const { device } = this;
    const lengths = rows.map(({ ids }) => ids.length);
    await runBatches(lengths, { device, label: "scoring", unit: "pairs", onProgress, signal: interrupt.signal }, async (batch) => {
      const own = batch.map((index) => rows[index]!);
      const found = await this.#runner.run(
        own.map(({ ids }) => ids),
        own.map(({ segments }) => segments),
      );
      batch.forEach((index, at) => (scores[index] = found[at]!));
    });
    return scores;
  }

  /** Passages by their score for the query, best first; of equal ones, the earlier. */
  async rank(query: string, passages: readonly string[], options: RankOptions = {}): Promise<RankedPassage[]> {
    checkOptions("options", options, ["topK", "onProgress", "signal"]);
    const { topK = Infinity, ...rest } = options;
    if (options.topK !== undefined) checkInteger("topK", topK, { min: 1 });
    const scores = await this.score(pairsOf(query, passages), rest);
    return Array.from(scores, (score, index) => ({ index, score }))
      .sort((one, other) => other.score - one.score)
      .slice(0, topK);
  }

  /** One score for each text, without a progress display: this is the Reranker of kernel-helpers/rag. */
  async rerank(query: string, texts: readonly string[], options: { signal?: AbortSignal } = {}): Promise<Float32Array> {
    checkOptions("options", options, ["signal"]);
    return this.score(pairsOf(query, texts), { ...options, onProgress: () => {} });
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

  #requireOpen(): void {
    if (this.#isClosed) throw new ClosedError("this cross-encoder is closed", { hint: "load another one, or close it later" });
  }
}

function pairsOf(query: string, passages: readonly string[]): Pair[] {
  checkText("query", query);
  checkArray("passages", passages, (name, passage) => checkText(name, passage), { hint: "pass an array of strings" });
  return passages.map((passage) => [query, passage]);
}

const noHead = (name: string): FormatError =>
  new FormatError(`${name} has no head with one score`, {
    hint: "train one with TrainableCrossEncoder, or pass a cross-encoder such as cross-encoder/ms-marco-MiniLM-L6-v2",
    facts: { tensor: "classifier.weight" },
  });

/** Versions of sentence-transformers have it in one of three places. */
async function readActivation(folder: string): Promise<Activation> {
  const [own, config] = [await readOptional(folder, "config_sentence_transformers.json"), await readObject(`${folder}/config.json`)];
  const within = config["sentence_transformers"];
  const named =
    (isPlainObject(own) ? own["activation_fn"] : undefined) ??
    (isPlainObject(within) ? within["activation_fn"] : undefined) ??
    config["sbert_ce_default_activation_function"] ??
    "torch.nn.modules.activation.Sigmoid";
  const activations: Readonly<Record<string, Activation>> = { Identity: "identity", Sigmoid: "sigmoid" };
  const activation = typeof named === "string" ? activations[named.split(".").at(-1)!] : undefined;
  if (activation) return activation;
  throw new FormatError(`the model's scores go through ${shown(named)}`, {
    hint: "a cross-encoder can be built for Identity and Sigmoid",
    facts: { key: "activation_fn", expected: Object.keys(activations), value: named },
  });
}
