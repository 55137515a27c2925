import { OutOfRangeError, ShapeError } from "../../errors.ts";
import {
  createRandom,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  normalParameter,
  scaledDotProductAttention,
  splitHeads,
} from "../../nn/index.ts";
import type { Projection } from "../../nn/index.ts";
import { checkInstance, checkOptions } from "../../runtime/check.ts";
import { parameter, Tensor, zeros, type Parameter } from "../../tensor/index.ts";
import { type EncoderConfig } from "../config.ts";
import { bert } from "./network.ts";

export interface BertOptions {
  /** Of the weights, drawn from a normal distribution with a standard deviation of 0.02, as in the paper. @default none: they are 0, to be loaded */
  seed?: number;
}

export interface BertEmbeddings {
  word_embeddings: Embedding;
  position_embeddings: Embedding;
  token_type_embeddings: Embedding;
  LayerNorm: LayerNorm;
}

export interface BertLayer {
  attention: { self: Record<"query" | "key" | "value", Projection>; output: ProjectionAndNorm };
  intermediate: { dense: Projection };
  output: ProjectionAndNorm;
}

export interface ProjectionAndNorm {
  dense: Projection;
  LayerNorm: LayerNorm;
}

/** Added to the scores of keys that are padding: enough that nothing is left of them after the softmax. */
const far = -1e9;
/** What a length is at least when it is divided by, as in PyTorch's normalize. */
const leastLength = 1e-12;

/**
 * A BERT encoder that can be trained (Devlin et al. 2019, arXiv:1810.04805; Conneau et al. 2020, "XLM-R", arXiv:1911.02116), from token ids to a vector
 * for each text. Parameters are named as in checkpoints, such as encoder.layer.0.attention.self.query.weight. Any Projection may be put in the place of a linear layer:
 * one in LoRA's form, for example.
 *
 * @throws {ArgumentError} The seed is not an integer.
 */
export class Bert extends Module {
  readonly config: Readonly<EncoderConfig>;
  readonly embeddings: BertEmbeddings;
  readonly encoder: { layer: BertLayer[] };

  constructor(config: EncoderConfig, options: BertOptions = {}) {
    super();
    checkOptions("Bert", options, ["seed"]);
    const random = options.seed === undefined ? undefined : createRandom(options.seed);
    const weight = (rows: number, columns: number): Parameter =>
      random ? normalParameter([rows, columns], 0.02, random) : parameter(zeros([rows, columns]));
    const { vocabSize, width, hidden, layers, positions, segments } = config;
    const norm = (): LayerNorm => new LayerNorm(width, { epsilon: config.layerNormEpsilon });
    const table = (count: number): Embedding => new Embedding(count, width, { weight: weight(count, width) });
    const linear = (inputs: number, outputs: number): Linear =>
      new Linear(inputs, outputs, { weight: weight(outputs, inputs), bias: parameter(zeros([outputs])) });
    this.config = config;
    this.embeddings = {
      word_embeddings: table(vocabSize),
      position_embeddings: table(positions),
      token_type_embeddings: table(segments),
      LayerNorm: norm(),
    };
    this.encoder = {
      layer: Array.from({ length: layers }, () => ({
        attention: {
          self: { query: linear(width, width), key: linear(width, width), value: linear(width, width) },
          output: { dense: linear(width, width), LayerNorm: norm() },
        },
        intermediate: { dense: linear(width, hidden) },
        output: { dense: linear(hidden, width), LayerNorm: norm() },
      })),
    };
  }

  /**
   * @param ids (B, T), int64; padding comes last.
   * @param mask (B, T), 1 for a token and 0 for padding.
   * @returns One vector for each text, (B, D): pooled, and of length 1 where the model's vectors are.
   * @throws {ShapeError} They are not of two axes, or differ in shape.
   * @throws {OutOfRangeError} There are more tokens than the model has positions.
   */
  forward(ids: Tensor, mask: Tensor): Tensor {
    const x = this.hidden(ids, mask);
    const { pooling, normalize } = this.config;
    const [B, T, D] = x.shape as [number, number, number];
    const isToken = mask.to("float32");
    const pooled =
      pooling === "cls"
        ? x.slice(null, [0, 1]).reshape([B, D])
        : isToken
            .reshape([B, 1, T])
            .matmul(x)
            .reshape([B, D])
            .div(isToken.sum(-1, { keepDims: true }).maximum(1));
    return normalize ? pooled.div(pooled.square().sum(-1, { keepDims: true }).sqrt().maximum(leastLength)) : pooled;
  }

  /**
   * What each token comes to, (B, T, D); what padding comes to means nothing.
   *
   * @param segments (B, T), int64: which text of a pair each token is of, 0 or 1; token_type_ids in Transformers. @default all are of the first
   */
  hidden(ids: Tensor, mask: Tensor, segments?: Tensor): Tensor {
    const { layers, heads, width, firstPosition } = this.config;
    const [B, T] = checkTokens(ids, mask, this.config);
    const { word_embeddings, position_embeddings, token_type_embeddings } = this.embeddings;
    const bias = mask.to("float32").sub(1).mul(-far).reshape([B, 1, 1, T]);
    const part = (layer: string): Projection => at(this, layer) as Projection;
    return bert<Tensor>(layers, {
      embed: () =>
        word_embeddings
          .forward(ids)
          .add(position_embeddings.weight.slice([firstPosition, firstPosition + T]))
          .add(segments === undefined ? token_type_embeddings.weight.slice(0) : token_type_embeddings.forward(segments)),
      linear: (x, layer) => part(layer).forward(x),
      norm: (x, layer) => part(layer).forward(x),
      attend: (...projected) => {
        const [queries, keys, values] = projected.map((x) => splitHeads(x, heads));
        return scaledDotProductAttention(queries!, keys!, values!, { bias }).transpose(1, 2).reshape([B, T, width]);
      },
      gelu: (x) => x.gelu(),
      add: (x, y) => x.add(y),
    });
  }

  override details(): string {
    const { architecture, layers, width, heads, vocabSize, pooling } = this.config;
    return `${architecture}: ${layers} layers, width ${width}, ${heads} heads, vocabulary ${vocabSize}, ${pooling} pooling`;
  }
}

/** What lies at a path of properties. */
const at = (tree: object, path: string): unknown =>
  path.split(".").reduce<unknown>((found, key) => (found as Record<string, unknown>)[key], tree);

function checkTokens(ids: Tensor, mask: Tensor, { maxTokens }: EncoderConfig): [B: number, T: number] {
  checkInstance("ids", ids, Tensor, { hint: 'pass tensor([[…]], { dtype: "int64" })' });
  checkInstance("mask", mask, Tensor, { hint: "pass 1 for each token and 0 for padding" });
  if (ids.rank !== 2 || ids.shape.join() !== mask.shape.join()) {
    throw new ShapeError(
      `an encoder takes ids and a mask of (batch, tokens), got (${ids.shape.join(", ")}) and (${mask.shape.join(", ")})`,
      {
        hint: "a row for each text: encoder.tokenize(texts) makes both",
        facts: { ids: ids.shape, mask: mask.shape },
      },
    );
  }
  const [B, T] = ids.shape as [number, number];
  if (T <= maxTokens) return [B, T];
  throw new OutOfRangeError(`the model reads ${maxTokens} tokens at most, got ${T}`, {
    hint: "cut the texts",
    facts: { argument: "ids", value: T, maxTokens },
  });
}
