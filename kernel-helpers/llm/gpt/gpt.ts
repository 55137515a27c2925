import { ArgumentError, ShapeError } from "../../errors.ts";
import { checkInstance } from "../../runtime/check.ts";
import { Dropout, Embedding, LayerNorm, Module, type Mixed } from "../../nn/index.ts";
import { arange, crossEntropy, Tensor, where } from "../../tensor/index.ts";
import { createRandom } from "../../runtime/random.ts";
import { Block, type Cache, type Past } from "./block.ts";
import { checkConfig, type CheckedConfig, type GPTConfig } from "./config.ts";
import { routingMetrics, type RoutingMetrics } from "./experts.ts";

/** GPT-2's parts between the ids and the last norm, named as on the hub. */
export class Transformer extends Module {
  readonly wte: Embedding;
  readonly wpe: Embedding;
  readonly drop: Dropout;
  readonly h: readonly Block[];
  readonly ln_f: LayerNorm;

  constructor(config: CheckedConfig) {
    super();
    const { vocabularySize, contextLength, width, layers, dropout, seed } = config;
    const random = createRandom(seed);
    this.wte = new Embedding(vocabularySize, width, { random, std: 0.02 });
    this.wpe = new Embedding(contextLength, width, { random, std: 0.02 });
    this.drop = new Dropout(dropout, { random });
    this.h = Array.from({ length: layers }, (_, layer) => new Block(config, layer, random));
    this.ln_f = new LayerNorm(width);
  }

  /** Ids (B, T) → (T, B, C): time first, see Block. */
  forward(ids: Tensor): Tensor {
    return this.ln_f.forward(this.h.reduce((x, block) => block.forward(x), this.#embed(ids)));
  }

  /** As forward, with what the experts of each layer that has some did, the first layer first. */
  mix(ids: Tensor): { x: Tensor; mixed: Mixed[] } {
    let x = this.#embed(ids);
    const mixed = this.h.flatMap((block) => {
      const { x: next, mixed: own } = block.attend(x);
      x = next;
      return own ?? [];
    });
    return { x: this.ln_f.forward(x), mixed };
  }

  /** Ids (B, T) → (T, B, C), and each block's keys and values for the tokens that come later. */
  read(ids: Tensor): { x: Tensor; caches: Cache[] } {
    return this.#through(this.#embed(ids), () => undefined);
  }

  /**
   * One more token: ids (B, 1) → (1, B, C), and the caches with it.
   *
   * @param caches Of what was read before, with room for the tokens to come.
   * @param position Of the token, int64, or of each text's token (B): what the caches hold from here on is not seen.
   */
  step(ids: Tensor, caches: readonly Cache[], position: Tensor): { x: Tensor; caches: Cache[] } {
    const positions = arange(caches[0]!.keys.shape[2]!);
    const own = position.rank === 0 ? position : position.reshape([-1, 1, 1, 1]);
    const isHere = positions.unsqueeze(1).equal(own); // (T, 1), or (B, 1, T, 1)
    const bias = where(positions.lessEqual(own), 0, -1e9);
    return this.#through(this.#embed(ids, position), (layer) => ({ ...caches[layer]!, isHere, bias }));
  }

  #through(x: Tensor, pastOf: (layer: number) => Past | undefined): { x: Tensor; caches: Cache[] } {
    const caches = this.h.map((block, layer) => {
      const { x: next, keys, values } = block.attend(x, pastOf(layer));
      x = next;
      return { keys, values };
    });
    return { x: this.ln_f.forward(x), caches };
  }

  /** What the heads of each block look at: (B, H, T, T), the first block first. */
  attentionWeights(ids: Tensor): Tensor[] {
    let x = this.#embed(ids);
    return this.h.map((block) => {
      const weights = block.attentionWeights(x);
      x = block.forward(x);
      return weights;
    });
  }

  /** (B, T) → (T, B, C): what each token is, and where it stands: from 0 on, or all at one position. */
  #embed(ids: Tensor, position?: Tensor): Tensor {
    const positions = this.wpe.forward(position ?? arange(ids.shape[1]!));
    return this.drop.forward(this.wte.forward(ids.T).add(position ? positions : positions.unsqueeze(1))); // (T, 1, C), or (C), or (B, C)
  }
}

/**
 * The GPT-2 architecture (Radford et al. 2019): learned positions, norms before attention and MLP, GELU by its tanh, output tied to the token
 * embedding. Parameters are named and laid out as in GPT-2's checkpoints on the hub, and are initialised as GPT-2's were.
 *
 * @throws {ArgumentError} A size is missing or not an integer ≥ 1, or the width is not a multiple of the heads.
 *
 * @example
 * const gpt = new GPT({ vocabularySize: 65, contextLength: 64, layers: 4, heads: 4, width: 128 });
 * gpt.forward(zeros([2, 64], { dtype: 'int64' })).shape // [ 2, 64, 65 ]
 */
export class GPT extends Module {
  readonly config: Readonly<CheckedConfig>;
  readonly transformer: Transformer;

  constructor(config: GPTConfig) {
    super();
    this.config = checkConfig(config);
    this.transformer = new Transformer(this.config);
  }

  /** Ids (B, T) int64 → logits (B, T, V). */
  forward(ids: Tensor): Tensor {
    return this.#logits(ids).transpose(0, 1);
  }

  /** @internal Texts (B, T), padded at their ends, and the place of each one's last token (B) → its logits (B, V). */
  readBatch(ids: Tensor, last: Tensor): { logits: Tensor; caches: Cache[] } {
    const [B, T] = ids.shape as [number, number];
    const { x, caches } = this.transformer.read(ids); // (T, B, C)
    return { logits: this.head(x.reshape([T * B, -1]).take(last.mul(B).add(arange(B)))), caches };
  }

  /** @internal One more token of each text, (B, 1), at its position (B) → logits (B, V). */
  stepBatch(ids: Tensor, positions: Tensor, before: readonly Cache[]): { logits: Tensor; caches: Cache[] } {
    const { x, caches } = this.transformer.step(ids, before, positions);
    return { logits: this.head(x.squeeze(0)), caches };
  }

  /** Ids (B, T) → logits (T, B, V). */
  #logits(ids: Tensor): Tensor {
    return this.head(this.transformer.forward(this.#checked(ids)));
  }

  /** What the transformer makes of tokens, (…, C), → logits (…, V). */
  head(x: Tensor): Tensor {
    return x.matmul(this.transformer.wte.weight.T);
  }

  /**
   * How much each token looks at each of those before it: ids (B, T) → for each layer (B, H, T, T), rows of which add up to 1.
   *
   * @example
   * const [first] = gpt.eval().attentionWeights(tensor([[5, 6, 7]], { dtype: 'int64' }));
   * first.slice(0, 0).toArray() // what the first head looks at: 3 rows of 3 numbers
   */
  attentionWeights(ids: Tensor): Tensor[] {
    return this.transformer.attentionWeights(this.#checked(ids));
  }

  #checked(ids: Tensor): Tensor {
    checkInstance("ids", ids, Tensor, { hint: 'pass tensor([[…]], { dtype: "int64" })' });
    if (ids.rank === 2 && ids.shape[1]! <= this.config.contextLength) return ids;
    throw new ShapeError(`the GPT takes ids of (batch, at most ${this.config.contextLength}), got (${ids.shape.join(", ")})`, {
      hint: "cut the text, or make a model with a larger contextLength",
      facts: { argument: "ids", value: ids.shape, contextLength: this.config.contextLength },
    });
  }

  /**
   * Mean cross-entropy in nats of the targets (B, T), the ids shifted by one. In training, a GPT with experts adds what keeps its routers in balance
   * (`losses` has the parts); in evaluation it does not.
   */
  loss(ids: Tensor, targets: Tensor): Tensor {
    return this.config.experts ? this.losses(ids, targets).loss : crossEntropy(this.#logits(ids), targets.T);
  }

  /**
   * The loss of a GPT with experts, and what it is made of: as `train` takes losses.
   *
   * @throws {ArgumentError} It has no experts.
   * @example
   * const run = await train({ loss: (gpt, { inputs, targets }) => gpt.losses(inputs, targets), …})
   */
  losses(ids: Tensor, targets: Tensor): GPTLosses {
    const { experts } = this.config;
    if (!experts) throw withoutExperts();
    const { x, mixed } = this.transformer.mix(this.#checked(ids));
    const entropy = crossEntropy(this.head(x), targets.T);
    const metrics = routingMetrics(mixed);
    const loss = entropy.add(metrics.balanceLoss.mul(experts.balanceLoss)).add(metrics.zLoss.mul(experts.zLoss));
    return { loss: this.training ? loss : entropy, metrics: { crossEntropy: entropy, ...metrics } };
  }

  /**
   * Which experts each token goes to: ids (B, T) → for each layer with experts (B, T, k), int64, the likeliest first.
   *
   * @throws {ArgumentError} It has no experts.
   */
  expertsOf(ids: Tensor): Tensor[] {
    if (!this.config.experts) throw withoutExperts();
    const [B, T] = this.#checked(ids).shape as [number, number];
    return this.transformer.mix(ids).mixed.map(({ routing }) => routing.indices.reshape([T, B, -1]).transpose(0, 1));
  }

  override details(): string {
    const { layers, heads, width, contextLength, vocabularySize } = this.config;
    return `${layers} layers, ${heads} heads, width ${width}, context ${contextLength}, vocabulary ${vocabularySize}`;
  }
}

/** Scalars. */
export interface GPTLosses {
  /** What is trained: the cross-entropy, and in training the routers' losses by their factors. */
  loss: Tensor;
  metrics: { crossEntropy: Tensor } & RoutingMetrics;
}

const withoutExperts = (): ArgumentError =>
  new ArgumentError("this GPT has no experts", { hint: "make one with { experts: { count: 8, topK: 2 } }" });
