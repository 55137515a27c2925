/** A BERT with the head that makes a number of its first token's vector: what Transformers calls BertForSequenceClassification with one label. */
import { Linear, Module, normalParameter, type Projection } from "../../nn/index.ts";
import { createRandom } from "../../runtime/random.ts";
import { checkOptions } from "../../runtime/check.ts";
import { parameter, zeros, type Tensor } from "../../tensor/index.ts";
import { Bert, type BertOptions } from "../bert/bert.ts";
import type { EncoderConfig } from "../config.ts";

/**
 * Reads both texts of a pair at once, so that each word of the one sees each word of the other (Nogueira & Cho 2019, "Passage Re-ranking with BERT",
 * arXiv:1901.04085).
 *
 * @throws {ArgumentError} The seed is not an integer.
 */
export class BertScorer extends Module {
  readonly bert: Bert;
  readonly pooler: { dense: Projection };
  readonly classifier: Projection;

  constructor(config: EncoderConfig, options: BertOptions = {}) {
    super();
    checkOptions("BertScorer", options, ["seed"]);
    const { seed } = options;
    const random = seed === undefined ? undefined : createRandom(seed + 1);
    const linear = (inputs: number, outputs: number): Linear =>
      new Linear(inputs, outputs, {
        weight: random ? normalParameter([outputs, inputs], 0.02, random) : parameter(zeros([outputs, inputs])),
        bias: parameter(zeros([outputs])),
      });
    this.bert = new Bert(config, options);
    this.pooler = { dense: linear(config.width, config.width) };
    this.classifier = linear(config.width, 1);
  }

  /**
   * @param ids (B, T), int64; padding comes last.
   * @param segments (B, T), int64: 0 for a token of the query, 1 for one of the passage.
   * @param mask (B, T), 1 for a token and 0 for padding.
   * @returns One logit for each pair, (B).
   * @throws {ShapeError} The shapes differ, or there are no two axes.
   * @throws {OutOfRangeError} There are more tokens than the model reads.
   */
  forward(ids: Tensor, segments: Tensor, mask: Tensor): Tensor {
    const [B, , D] = [...ids.shape, this.bert.config.width] as [number, number, number];
    const first = this.bert.hidden(ids, mask, segments).slice(null, [0, 1]).reshape([B, D]);
    return this.classifier.forward(this.pooler.dense.forward(first).tanh()).reshape([B]);
  }
}
