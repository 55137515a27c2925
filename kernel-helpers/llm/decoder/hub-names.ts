/** What tensors are called on the hub, by what GGUF files call them ("blk.0.attn_q.weight"). */

/** How the hub names what GGUF names otherwise, in a layer and around the layers. */
export interface HubNames {
  /** What may stand before all names but that of the head: models that see have their language model as a part, encoders have no head. */
  prefixes: readonly string[];
  layers: string;
  around: Readonly<Record<string, string>>;
  inLayer: Readonly<Record<string, string>>;
  /** Those of experts, "ffn_gate.3", with # for the expert. */
  ofExperts?: Readonly<Record<string, string>>;
}

const llamaNames: HubNames = {
  prefixes: ["model.", "language_model.model.", "model.language_model.", ""],
  layers: "layers",
  around: { token_embd: "embed_tokens", output_norm: "norm" },
  inLayer: {
    attn_norm: "input_layernorm",
    attn_q: "self_attn.q_proj",
    attn_k: "self_attn.k_proj",
    attn_v: "self_attn.v_proj",
    attn_q_norm: "self_attn.q_norm",
    attn_k_norm: "self_attn.k_norm",
    attn_output: "self_attn.o_proj",
    ffn_norm: "post_attention_layernorm",
    ffn_gate: "mlp.gate_proj",
    ffn_up: "mlp.up_proj",
    ffn_down: "mlp.down_proj",
    ffn_gate_inp: "mlp.gate",
    ffn_gate_inp_shexp: "mlp.shared_expert_gate",
    ffn_gate_shexp: "mlp.shared_expert.gate_proj",
    ffn_up_shexp: "mlp.shared_expert.up_proj",
    ffn_down_shexp: "mlp.shared_expert.down_proj",
  },
  ofExperts: { ffn_gate: "mlp.experts.#.gate_proj", ffn_up: "mlp.experts.#.up_proj", ffn_down: "mlp.experts.#.down_proj" },
};

/** Of architectures that do not have Llama's. */
const ownNames: Readonly<Record<string, HubNames>> = {
  mixtral: {
    ...llamaNames,
    inLayer: { ...llamaNames.inLayer, ffn_gate_inp: "block_sparse_moe.gate" },
    ofExperts: {
      ffn_gate: "block_sparse_moe.experts.#.w1",
      ffn_up: "block_sparse_moe.experts.#.w3",
      ffn_down: "block_sparse_moe.experts.#.w2",
    },
  },
  gemma3: {
    ...llamaNames,
    inLayer: {
      ...llamaNames.inLayer,
      post_attention_norm: "post_attention_layernorm",
      ffn_norm: "pre_feedforward_layernorm",
      post_ffw_norm: "post_feedforward_layernorm",
    },
  },
  phi3: {
    ...llamaNames,
    inLayer: { ...llamaNames.inLayer, attn_qkv: "self_attn.qkv_proj", ffn_gate: "mlp.gate_up_proj", ffn_up: "mlp.gate_up_proj" },
  },
  gpt2: {
    prefixes: ["transformer.", ""],
    layers: "h",
    around: { token_embd: "wte", position_embd: "wpe", output_norm: "ln_f" },
    inLayer: {
      attn_norm: "ln_1",
      attn_qkv: "attn.c_attn",
      attn_output: "attn.c_proj",
      ffn_norm: "ln_2",
      ffn_up: "mlp.c_fc",
      ffn_down: "mlp.c_proj",
    },
  },
};

export const hubNamesOf = (architecture: string): HubNames => ownNames[architecture] ?? llamaNames;

/** A tensor's name on the hub, by its name in a GGUF file; where the architecture has none of that name, one that no checkpoint has. */
export function hubName(name: string, names: HubNames = llamaNames, prefix: string = names.prefixes[0]!): string {
  const [, layer, part, kind] = /^(?:blk\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(name)!;
  if (part === "output") return `lm_head.${kind}`;
  const [, stem, expert] = /^(.+)\.(\d+)$/.exec(part!) ?? [];
  const inLayer = expert === undefined ? names.inLayer[part!] : names.ofExperts?.[stem!]?.replace("#", expert);
  const found = layer === undefined ? names.around[part!] : inLayer && `${names.layers}.${layer}.${inLayer}`;
  return found === undefined ? name : `${prefix}${found}.${kind}`;
}
