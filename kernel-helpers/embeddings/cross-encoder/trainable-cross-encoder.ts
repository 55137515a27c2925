/** Cross-encoders whose numbers can change: opened or begun from a sentence encoder, trained, run, and written in sentence-transformers' layout. */
import { checkInteger, checkOptions, checkSignal } from "../../runtime/check.ts";
import { createRandom, normalParameter } from "../../nn/index.ts";
import { tensor, type Tensor } from "../../tensor/index.ts";
import { parameterWeights } from "../bert/weights.ts";
import type { EncoderConfig } from "../config.ts";
import { withEncoder } from "../open-encoder.ts";
import { saveNetwork } from "../save-network.ts";
import type { EncoderTokenizer } from "../tokenizers/encoder-tokenizer.ts";
import { writeScorerConfig } from "../write-config.ts";
import { CrossEncoder, type LoadCrossEncoderOptions } from "./cross-encoder.ts";
import { checkPairs, requireWordPiece } from "./check.ts";
import { encodePair } from "./pair.ts";
import { BertScorer } from "./scorer.ts";

/** Pairs as a network takes them. */
export interface PairBatch {
  /** (B, T), int64; padding comes last. */
  ids: Tensor;
  /** (B, T), int64: 0 for a token of the query, 1 for one of the passage. */
  segments: Tensor;
  /** (B, T), float32: 1 for a token, 0 for padding. */
  mask: Tensor;
}

/**
 * A cross-encoder to train: its network as a module, its tokenizer, and the way back to one that is fast.
 *
 * @example
 * const judge = await TrainableCrossEncoder.load("all-MiniLM-L6-v2", { seed: 1 });
 * const { ids, segments, mask } = judge.tokenize([["Who pays for the hotel?", "The company pays for the hotel."]]);
 * judge.network.forward(ids, segments, mask).shape // [ 1 ]
 * // … train judge.network.parameters() …
 * await judge.save("judge");
 */
export class TrainableCrossEncoder {
  readonly name: string;
  readonly network: BertScorer;
  readonly tokenizer: EncoderTokenizer;

  private constructor(name: string, network: BertScorer, tokenizer: EncoderTokenizer) {
    this.name = name;
    this.network = network;
    this.tokenizer = tokenizer;
  }

  /**
   * @param name A cross-encoder, or a sentence encoder, which gets a head of random numbers: "all-MiniLM-L6-v2", owner/name of a BERT on the hub, or a folder.
   * @param options.seed Of the numbers that the files do not have. @default 0
   * @throws {ArgumentError} There is no model of that name.
   * @throws {UnavailableError} It cannot be fetched.
   * @throws {FormatError} It is not a BERT, or a file is not whole.
   */
  static async load(name: string, options: { seed?: number; signal?: AbortSignal } = {}): Promise<TrainableCrossEncoder> {
    checkOptions("options", options, ["seed", "signal"]);
    const seed = checkInteger("seed", options.seed ?? 0);
    checkSignal("signal", options.signal);
    return withEncoder(name, options.signal, async (parts) => {
      requireWordPiece(parts);
      const { config, tokenizer, weights } = parts;
      const network = new BertScorer(config);
      const random = createRandom(seed + 1);
      const drawn = (shape: readonly number[]): Float32Array => normalParameter(shape, 0.02, random).data as Float32Array;
      const state: Record<string, Float32Array> = {};
      for (const [parameter, { shape, data }] of Object.entries(network.parameters())) {
        const own = parameter.replace(/^bert\./, "");
        const isMissing = own === parameter && !weights.has(own); // of the head
        const begin = shape.length === 2 ? (): Float32Array => drawn(shape) : (): Float32Array => data as Float32Array;
        state[parameter] = isMissing ? begin() : await weights.float32(own);
      }
      return new TrainableCrossEncoder(name, network.load(state), tokenizer);
    });
  }

  get config(): Readonly<EncoderConfig> {
    return this.network.bert.config;
  }

  /**
   * @param pairs Query and passage of each.
   * @param options.length How many tokens each row has: longer pairs are cut, shorter ones padded. A compiled function compiles once for each. @default as many as the longest pair
   * @throws {ArgumentError} The pairs are not an array of two strings each, or there are none.
   */
  tokenize(pairs: readonly (readonly [query: string, passage: string])[], options: { length?: number } = {}): PairBatch {
    checkPairs(pairs, { allowEmpty: false });
    checkOptions("options", options, ["length"]);
    const { maxTokens } = this.tokenizer;
    const length = options.length ?? maxTokens;
    checkInteger("length", length, { min: 3, max: maxTokens });
    const rows = pairs.map(([query, passage]) => encodePair(this.tokenizer, query, passage, length));
    const T = options.length ?? Math.max(...rows.map(({ ids }) => ids.length));
    const [ids, segments] = [new BigInt64Array(rows.length * T), new BigInt64Array(rows.length * T)];
    const mask = new Float32Array(rows.length * T);
    for (const [row, given] of rows.entries()) {
      ids.set(given.ids.map(BigInt), row * T);
      segments.set(given.segments.map(BigInt), row * T);
      mask.fill(1, row * T, row * T + given.ids.length);
    }
    const shape = [rows.length, T];
    return {
      ids: tensor(ids, { shape, dtype: "int64" }),
      segments: tensor(segments, { shape, dtype: "int64" }),
      mask: tensor(mask, { shape }),
    };
  }

  /**
   * A fast cross-encoder of the numbers as they are now; what is trained later does not change it. Release it with close().
   *
   * @throws {ArgumentError} An option is not what it must be.
   */
  async compile(options: LoadCrossEncoderOptions = {}): Promise<CrossEncoder> {
    const parameters = Object.entries(this.network.parameters()).map(([name, value]) => [name.replace(/^bert\./, ""), value] as const);
    const weights = parameterWeights(Object.fromEntries(parameters));
    const { name, config, tokenizer } = this;
    return CrossEncoder.of({ name, config, tokenizer, weights, dtype: "fp32" }, "identity", options);
  }

  /** Writes a folder in sentence-transformers' layout, which opens as a CrossEncoder, here and in Python; scores are logits. */
  async save(folder: string): Promise<void> {
    const parameters = Object.entries(this.network.parameters()).map(
      ([name, value]) => [name.replace(/^pooler\./, "bert.pooler."), value] as const, // where Transformers has it
    );
    await saveNetwork(folder, parameters, this.tokenizer);
    writeScorerConfig(folder, this.config);
  }
}
