/** Decoders of the Llama family (Touvron et al. 2023, arXiv:2302.13971; Qwen 2.5, arXiv:2412.15115) as modules that can be trained. */
import { OutOfRangeError, ShapeError } from "../../errors.ts";
import { Embedding, Module, RMSNorm, SelfAttention, SwiGLU, type Linear } from "../../nn/index.ts";
import { checkInstance } from "../../runtime/check.ts";
import { recompute, Tensor } from "../../tensor/index.ts";
import type { DecoderConfig } from "../decoder/config.ts";
import { packedBias } from "./packed-bias.ts";

/** What of a model is there before any token: its parts, named as in checkpoints on the hub. */
export interface LlamaParts {
  config: DecoderConfig;
  embed_tokens: Embedding;
  layers: readonly LlamaBlock[];
  norm: RMSNorm;
  /** Absent where the head is tied to the embeddings. */
  lm_head?: Linear | undefined;
}

export interface LlamaInputs {
  /** Each token's position in its text, (T) or (B, T), int64. @default from 0 on */
  positions?: Tensor;
  /** Which text of the row each token belongs to, (B, T), int64: attention does not cross from one to another. @default one text a row */
  segments?: Tensor;
}

/** x + attention(norm(x)), then x + mlp(norm(x)). */
export class LlamaBlock extends Module {
  readonly input_layernorm: RMSNorm;
  readonly self_attn: SelfAttention;
  readonly post_attention_layernorm: RMSNorm;
  readonly mlp: SwiGLU;

  constructor(parts: Readonly<Pick<LlamaBlock, "input_layernorm" | "self_attn" | "post_attention_layernorm" | "mlp">>) {
    super();
    this.input_layernorm = parts.input_layernorm;
    this.self_attn = parts.self_attn;
    this.post_attention_layernorm = parts.post_attention_layernorm;
    this.mlp = parts.mlp;
  }

  /** (B, T, C) → (B, T, C). @param bias Added to the scores of attention; without one it is causal. */
  forward(x: Tensor, positions?: Tensor, bias?: Tensor): Tensor {
    const inputs = { ...(positions && { positions }), ...(bias ? { bias } : { causal: true }) };
    const attended = x.add(this.self_attn.forward(this.input_layernorm.forward(x), inputs));
    return attended.add(this.mlp.forward(this.post_attention_layernorm.forward(attended)));
  }
}

/** What lies between the ids and the head. */
class LlamaBody extends Module {
  readonly embed_tokens: Embedding;
  readonly layers: readonly LlamaBlock[];
  readonly norm: RMSNorm;

  constructor({ embed_tokens, layers, norm }: LlamaParts) {
    super();
    this.embed_tokens = embed_tokens;
    this.layers = layers;
    this.norm = norm;
  }
}

/**
 * A language model of the Llama family: RMSNorm, rotary positions, grouped-query attention, SwiGLU. Parameters are named as on the hub, such as
 * model.layers.0.self_attn.q_proj.weight. `loadLlama` makes it from a checkpoint.
 */
export class Llama extends Module {
  readonly config: Readonly<DecoderConfig>;
  readonly model: LlamaBody;
  readonly lm_head: Linear | undefined;
  /** Whether the gradient computes each block's intermediate results once more instead of keeping them: less memory, a third more time. */
  checkpointing = false;

  constructor(parts: LlamaParts) {
    super();
    this.config = parts.config;
    this.model = new LlamaBody(parts);
    this.lm_head = parts.lm_head;
  }

  /** Ids (B, T), int64 → logits (B, T, V). */
  forward(ids: Tensor, inputs: LlamaInputs = {}): Tensor {
    return this.logits(this.hidden(ids, inputs));
  }

  /** Ids (B, T), int64 → what the head is given, (B, T, C). @throws {ShapeError} They are not of two axes, or there are too many. */
  hidden(ids: Tensor, { positions, segments }: LlamaInputs = {}): Tensor {
    checkIds(ids, this.config.contextLength);
    const bias = segments && packedBias(segments);
    const through = (block: LlamaBlock) => (x: Tensor) => block.forward(x, positions, bias);
    const { embed_tokens, layers, norm } = this.model;
    return norm.forward(
      layers.reduce((x, block) => (this.checkpointing ? recompute(through(block)) : through(block))(x), embed_tokens.forward(ids)),
    );
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
