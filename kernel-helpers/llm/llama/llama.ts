/** Decoders of the Llama family (Touvron et al. 2023, arXiv:2302.13971; Qwen 2.5, arXiv:2412.15115; Mixtral, arXiv:2401.04088) as modules that can be trained. */
import { OutOfRangeError, ShapeError } from "../../errors.ts";
import {
  Embedding,
  Experts,
  Linear,
  MixtureOfExperts,
  Module,
  QuantizedLinear,
  RMSNorm,
  Router,
  SelfAttention,
  SwiGLU,
  type KeysAndValues,
  type Projection,
  type SelfAttentionInputs,
} from "../../nn/index.ts";
import { checkInstance } from "../../runtime/check.ts";
import { arange, recompute, Tensor, where, type Parameter, type QuantizedMatrix } from "../../tensor/index.ts";
import type { DecoderConfig } from "../decoder/config.ts";
import { packedBias } from "./packed-bias.ts";

/** A model's sizes and its numbers, by the hub's names. */
export interface LlamaWeights {
  config: DecoderConfig;
  parameters: Readonly<Record<string, Parameter>>;
  /** Matrices of projections that stay in 4 or 8 bits; their biases are among the parameters. */
  quantized?: Readonly<Record<string, QuantizedMatrix>>;
}

/** What stands in the place of a projection of a block: by its name, such as model.layers.0.self_attn.q_proj. */
export type Project = (name: string, base: Projection) => Projection;

export interface LlamaInputs {
  /** Each token's position in its text, (T) or (B, T), int64. @default from 0 on */
  positions?: Tensor;
  /** Which text of the row each token belongs to, (B, T), int64: attention does not cross from one to another. @default one text a row */
  segments?: Tensor;
}

export interface LlamaVectorInputs {
  /** Each token's position in its text, (T) or (B, T), int64. @default from 0 on */
  positions?: Tensor;
  /** Added to the scores of attention, (B, 1, T, T): -1e9 where a token must not look. @default what makes attention causal */
  bias?: Tensor;
}

/** What was read of texts, and what their next tokens look at. */
export interface LlamaRead {
  /** (B, T, C) */
  hidden: Tensor;
  caches: KeysAndValues[];
}

/** Makes the parts of a model, each from what is called as it is. */
class Parts {
  readonly config: DecoderConfig;
  readonly #parameters: LlamaWeights["parameters"];
  readonly #quantized: LlamaWeights["quantized"];
  readonly #project: Project;

  constructor({ config, parameters, quantized }: LlamaWeights, project: Project) {
    this.config = config;
    this.#parameters = parameters;
    this.#quantized = quantized;
    this.#project = project;
  }

  embedding(name: string): Embedding {
    const weight = this.#parameters[`${name}.weight`]!;
    return new Embedding(weight.shape[0]!, weight.shape[1]!, { weight });
  }

  norm(name: string): RMSNorm {
    const weight = this.#parameters[`${name}.weight`]!;
    return new RMSNorm(weight.size, { epsilon: this.config.normEpsilon, weight });
  }

  linear(name: string): Linear {
    const weight = this.#parameters[`${name}.weight`]!;
    return new Linear(weight.shape[1]!, weight.shape[0]!, { weight, bias: this.#parameters[`${name}.bias`] ?? false });
  }

  projections<Name extends string>(at: string, names: readonly Name[]): Record<Name, Projection> {
    const made = names.map((name) => [name, this.#project(`${at}.${name}`, this.#projection(`${at}.${name}`))]);
    return Object.fromEntries(made) as Record<Name, Projection>;
  }

  /** A layer's feed-forward network, or its experts. */
  feedForward(at: string): SwiGLU | MixtureOfExperts {
    const { experts, width } = this.config;
    const gate = this.#parameters[`${at}.gate.weight`];
    if (!experts || !gate) return this.#swiglu(at);
    const [gate_proj, up_proj, down_proj] = ["gate_proj", "up_proj", "down_proj"].map((name) => this.#parameters[`${at}.experts.${name}`]!);
    const hasShared = `${at}.shared_expert_gate.weight` in this.#parameters;
    return new MixtureOfExperts(
      new Router(width, { experts: experts.count, topK: experts.used, normalize: experts.normalizes, weight: gate }),
      new Experts(experts.count, width, up_proj!.shape[1]!, {
        weights: { gate_proj: gate_proj!, up_proj: up_proj!, down_proj: down_proj! },
      }),
      hasShared ? { shared: this.#swiglu(`${at}.shared_expert`), sharedGate: this.linear(`${at}.shared_expert_gate`) } : {},
    );
  }

  #swiglu(at: string): SwiGLU {
    const projections = this.projections(at, ["gate_proj", "up_proj", "down_proj"]);
    return new SwiGLU(this.config.width, projections.gate_proj.outputs, { projections });
  }

  #projection(name: string): Projection {
    const [matrix, bias] = [this.#quantized?.[`${name}.weight`], this.#parameters[`${name}.bias`]];
    return matrix ? new QuantizedLinear(matrix, bias && { bias }) : this.linear(name);
  }
}

/** x + attention(norm(x)), then x + mlp(norm(x)). */
class LlamaBlock extends Module {
  readonly input_layernorm: RMSNorm;
  readonly self_attn: SelfAttention;
  readonly post_attention_layernorm: RMSNorm;
  readonly mlp: SwiGLU | MixtureOfExperts;

  constructor(parts: Parts, at: string) {
    super();
    const { width, heads, numKeyValueHeads, headSize, ropeBase, hasHeadNorm } = parts.config;
    this.input_layernorm = parts.norm(`${at}.input_layernorm`);
    this.self_attn = new SelfAttention(width, {
      heads,
      numKeyValueHeads,
      headSize,
      rotary: { base: ropeBase },
      ...(hasHeadNorm && { norms: { q_norm: parts.norm(`${at}.self_attn.q_norm`), k_norm: parts.norm(`${at}.self_attn.k_norm`) } }),
      projections: parts.projections(`${at}.self_attn`, ["q_proj", "k_proj", "v_proj", "o_proj"]),
    });
    this.post_attention_layernorm = parts.norm(`${at}.post_attention_layernorm`);
    this.mlp = parts.feedForward(`${at}.mlp`);
  }

  /** (B, T, C) → (B, T, C). @param bias Added to the scores of attention; without one it is causal. */
  forward(x: Tensor, positions?: Tensor, bias?: Tensor): Tensor {
    return this.attend(x, { ...(positions && { positions }), ...(bias ? { bias } : { causal: true }) }).x;
  }

  /** As forward, with the keys and values for the tokens that come later. */
  attend(x: Tensor, inputs: SelfAttentionInputs): KeysAndValues & { readonly x: Tensor } {
    const { x: seen, ...cache } = this.self_attn.attend(this.input_layernorm.forward(x), inputs);
    const attended = x.add(seen);
    return { x: attended.add(this.mlp.forward(this.post_attention_layernorm.forward(attended))), ...cache };
  }
}

/** What lies between the ids and the head. */
class LlamaBody extends Module {
  readonly embed_tokens: Embedding;
  readonly layers: readonly LlamaBlock[];
  readonly norm: RMSNorm;

  constructor(parts: Parts) {
    super();
    this.embed_tokens = parts.embedding("model.embed_tokens");
    this.layers = Array.from({ length: parts.config.layers }, (_, layer) => new LlamaBlock(parts, `model.layers.${layer}`));
    this.norm = parts.norm("model.norm");
  }
}

/**
 * A language model of the Llama family: RMSNorm, rotary positions, grouped-query attention, SwiGLU. Parameters are named as on the hub, such as
 * model.layers.0.self_attn.q_proj.weight; those of a layer's experts are one, (E, outputs, inputs), such as model.layers.0.mlp.experts.up_proj.
 *
 * @param weights What `readLlama` returns. The module's parameters are these: several modules may share them.
 * @param project Puts something in the place of a block's projection.
 */
export class Llama extends Module {
  readonly config: Readonly<DecoderConfig>;
  readonly model: LlamaBody;
  readonly lm_head: Linear | undefined;
  /** Whether the gradient computes each block's intermediate results once more instead of keeping them: less memory, half as much time again. */
  checkpointing = false;

  constructor(weights: LlamaWeights, project: Project = (_name, base) => base) {
    super();
    const parts = new Parts(weights, project);
    this.config = weights.config;
    this.model = new LlamaBody(parts);
    this.lm_head = weights.config.isTied ? undefined : parts.linear("lm_head");
  }

  /** Ids (B, T), int64 → logits (B, T, V). */
  forward(ids: Tensor, inputs: LlamaInputs = {}): Tensor {
    return this.logits(this.hidden(ids, inputs));
  }

  /** Ids (B, T), int64 → what the head is given, (B, T, C). @throws {ShapeError} They are not of two axes, or there are too many. */
  hidden(ids: Tensor, { positions, segments }: LlamaInputs = {}): Tensor {
    checkIds(ids, this.config.contextLength);
    return this.hiddenFrom(this.embed(ids), { ...(positions && { positions }), ...(segments && { bias: packedBias(segments) }) });
  }

  /** Ids (…), int64 → their vectors, (…, C). */
  embed(ids: Tensor): Tensor {
    return this.model.embed_tokens.forward(ids);
  }

  /**
   * Vectors in the place of tokens, (B, T, C), of which some may come from something else than text, such as an image → what the head is given, (B, T, C).
   *
   * @throws {ShapeError} They are not of three axes, the last as wide as the model.
   */
  hiddenFrom(vectors: Tensor, { positions, bias }: LlamaVectorInputs = {}): Tensor {
    const { width } = this.config;
    if (checkInstance("vectors", vectors, Tensor).rank !== 3 || vectors.shape[2] !== width) {
      throw new ShapeError(`a Llama of width ${width} takes vectors of (batch, tokens, ${width}), got (${vectors.shape.join(", ")})`, {
        hint: "project them to the model's width",
        facts: { argument: "vectors", value: vectors.shape, width },
      });
    }
    const through = (block: LlamaBlock) => (x: Tensor) => block.forward(x, positions, bias);
    const { layers, norm } = this.model;
    return norm.forward(layers.reduce((x, block) => (this.checkpointing ? recompute(through(block)) : through(block))(x), vectors));
  }

  /** Ids (B, T) → what the head is given, (B, T, C), and each layer's keys and values for the tokens that come later. */
  read(ids: Tensor): LlamaRead {
    checkIds(ids, this.config.contextLength);
    return this.#through(ids, () => ({ causal: true }));
  }

  /**
   * One more token of each text: ids (B, 1) → (B, 1, C), and the caches with it.
   *
   * @param caches Of what was read before, with room for the tokens to come.
   * @param position Of each text's token, (B) int64: what the caches hold behind it is not seen.
   */
  step(ids: Tensor, caches: readonly KeysAndValues[], position: Tensor): LlamaRead {
    const places = arange(caches[0]!.keys.shape[2]!);
    const own = position.reshape([-1, 1, 1, 1]);
    const isHere = places.unsqueeze(1).equal(own); // (B, 1, S, 1)
    const bias = where(places.lessEqual(own), 0, -1e9); // (B, 1, 1, S)
    return this.#through(ids, (layer) => ({ positions: position.unsqueeze(1), bias, past: { ...caches[layer]!, isHere } }));
  }

  #through(ids: Tensor, inputsOf: (layer: number) => SelfAttentionInputs): LlamaRead {
    let x = this.embed(ids);
    const caches = this.model.layers.map((block, layer) => {
      const { x: next, ...cache } = block.attend(x, inputsOf(layer));
      x = next;
      return cache;
    });
    return { hidden: this.model.norm.forward(x), caches };
  }

  /** (…, C) → logits (…, V). */
  logits(hidden: Tensor): Tensor {
    return this.lm_head ? this.lm_head.forward(hidden) : hidden.matmul(this.model.embed_tokens.weight.T);
  }

  override details(): string {
    const { architecture, layers, width, heads, vocabSize } = this.config;
    return `${architecture}: ${layers} layers, width ${width}, ${heads} heads, vocabulary ${vocabSize}`;
  }
}

function checkIds(ids: Tensor, contextLength: number): void {
  checkInstance("ids", ids, Tensor, { hint: 'pass tensor([[…]], { dtype: "int64" })' });
  if (ids.rank !== 2) {
    throw new ShapeError(`a Llama takes ids of (batch, tokens), got (${ids.shape.join(", ")})`, {
      hint: "add a batch of one with .unsqueeze(0)",
    });
  }
  if (ids.shape[1]! <= contextLength) return;
  throw new OutOfRangeError(`the model reads ${contextLength} tokens at most, got ${ids.shape[1]}`, {
    hint: "cut the text",
    facts: { argument: "ids", value: ids.shape[1], contextLength },
  });
}
