"""What the expressions about nn are made of: PyTorch's own modules, and Llama's and GPT-2's of transformers, run with the parameters that are given."""

from types import SimpleNamespace

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel


def run(module, given, *arguments, **options):
    """The module with parameters of its own names."""
    parameters = {name: given[name] for name, _ in module.named_parameters()}  # tied ones under their first name, as we have them
    return functional_call(module, parameters, arguments, options)


def grouped_matmul(x, matrices, sizes):
    """The definition of jax.lax.ragged_dot, group by group."""
    parts = x.split([*sizes.tolist(), len(x) - int(sizes.sum())])
    rest = torch.zeros(len(parts[-1]), matrices.shape[2])
    return torch.cat([*(part @ matrix for part, matrix in zip(parts, matrices)), rest])


def attention(*arguments, **options):
    """PyTorch's, in the implementation that can be differentiated twice."""
    with sdpa_kernel(SDPBackend.MATH):
        return F.scaled_dot_product_attention(*arguments, **options)


def lower_right(queries, keys):
    """What causal queries see, the last query standing at the last key."""
    return torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)


def multihead(given, heads, causal=False, is_token=None):
    """torch.nn.MultiheadAttention, whose projections are named in another way."""
    x = given["x"]
    joint = {f"in_proj_{kind}": torch.cat([given[f"{part}_proj.{kind}"] for part in "qkv"]) for kind in ("weight", "bias")}
    parameters = {**joint, "out_proj.weight": given["o_proj.weight"], "out_proj.bias": given["o_proj.bias"]}
    unseen = ~lower_right(x.shape[1], x.shape[1]) if causal else None
    padding = None if is_token is None else is_token == 0
    options = {"key_padding_mask": padding, "attn_mask": unseen, "need_weights": False}
    with sdpa_kernel(SDPBackend.MATH):
        return functional_call(nn.MultiheadAttention(x.shape[2], heads, batch_first=True), parameters, (x, x, x), options)[0]


def llama_config(width, **options):
    from transformers import LlamaConfig

    base = options.pop("base", 10_000.0)
    rope = {"rope_type": "default", "rope_theta": float(base)}
    return LlamaConfig(hidden_size=width, rope_parameters=rope, attn_implementation="eager", **options)


def llama_angles(config, x, start=0):
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    return LlamaRotaryEmbedding(config)(x, torch.arange(start, start + x.shape[-2])[None])


def llama_attention(given, heads, key_heads, bias, start=0, base=10_000.0):
    """Causal, as the hub's Llama has it."""
    from transformers.models.llama.modeling_llama import LlamaAttention

    x = given["x"]
    shape = {"num_attention_heads": heads, "num_key_value_heads": key_heads, "attention_bias": bias}
    config = llama_config(x.shape[2], base=base, **shape)
    unseen = torch.zeros(x.shape[1], x.shape[1]).masked_fill(~lower_right(x.shape[1], x.shape[1]), float("-inf"))
    angles = llama_angles(config, x, start)
    return run(LlamaAttention(config, 0), given, x, angles, unseen)[0]


def llama_mlp(given, hidden, bias):
    from transformers.models.llama.modeling_llama import LlamaMLP

    x = given["x"]
    config = SimpleNamespace(hidden_size=x.shape[-1], intermediate_size=hidden, mlp_bias=bias, hidden_act="silu")
    return run(LlamaMLP(config), given, x)


def llama_norm(given, epsilon):
    from transformers.models.llama.modeling_llama import LlamaRMSNorm

    return run(LlamaRMSNorm(given["x"].shape[-1], epsilon), given, given["x"])


def rotate_halves(x, start, base):
    """As the hub's Llama turns queries and keys."""
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    angles = llama_angles(llama_config(x.shape[-1], num_attention_heads=1, base=base), x, start)
    return apply_rotary_pos_emb(x, x, *angles)[0]


def rotate_pairs(x, start, base):
    """As Meta's Llama has it: each pair is a complex number, multiplied by one of size 1."""
    T, D = x.shape[-2:]
    frequencies = base ** -(torch.arange(0, D, 2).double() / D)
    angles = torch.outer(torch.arange(start, start + T).double(), frequencies)
    turn = torch.polar(torch.ones_like(angles), angles).to(torch.complex64)
    turned = torch.view_as_complex(x.reshape(*x.shape[:-1], D // 2, 2)) * turn
    return torch.view_as_real(turned).flatten(-2)


def gpt2(config):
    """GPT-2 of transformers, by the words of our configuration."""
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = {"n_layer": config["layers"], "n_head": config["heads"], "n_embd": config["width"]}
    vocabulary = {"vocab_size": config["vocabularySize"], "n_positions": config["contextLength"]}
    dropout = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    options = {"bos_token_id": None, "eos_token_id": None, "attn_implementation": "eager"}
    return GPT2LMHeadModel(GPT2Config(**sizes, **vocabulary, **dropout, **options))


def gpt2_loss(given, config):
    logits = run(gpt2(config).eval(), given, given["ids"]).logits
    return F.cross_entropy(logits.flatten(0, 1), given["targets"].flatten())


def moe_parameters(given):
    """The hub's names; gate and up are one matrix there."""
    up = torch.cat([given["experts.gate_proj"], given["experts.up_proj"]], 1)
    return {"gate.weight": given["gate.weight"], "experts.gate_up_proj": up, "experts.down_proj": given["experts.down_proj"]}


def moe_config(kind, given, k, **options):
    from transformers import AutoConfig

    experts, hidden, width = given["experts.up_proj"].shape
    sizes = {"hidden_size": width, "moe_intermediate_size": hidden, "num_local_experts": experts, "num_experts": experts}
    return AutoConfig.for_model(kind, **{**sizes, "num_experts_per_tok": k, "experts_implementation": "eager", **options})


def mixtral_block(given, k):
    from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock

    config = moe_config("mixtral", given, k, intermediate_size=given["experts.up_proj"].shape[1])
    return functional_call(MixtralSparseMoeBlock(config).eval(), moe_parameters(given), (given["x"],))


def qwen2_moe_block(given, k, normalize):
    """With a shared expert and its gate."""
    from transformers.models.qwen2_moe.modeling_qwen2_moe import Qwen2MoeSparseMoeBlock

    shared = {name: tensor for name, tensor in given.items() if name.startswith("shared_expert")}
    size = given["shared_expert.up_proj.weight"].shape[0]
    config = moe_config("qwen2_moe", given, k, norm_topk_prob=normalize, shared_expert_intermediate_size=size)
    return functional_call(Qwen2MoeSparseMoeBlock(config), {**moe_parameters(given), **shared}, (given["x"],))


def deepseek_v3_block(given, k, groups, chosen, scale):
    """With a shared expert; sigmoid scores, biases, and experts of the best groups only."""
    from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3MoE

    shared = {name.replace("shared_expert", "shared_experts"): tensor for name, tensor in given.items() if name.startswith("shared_expert.")}
    options = {"n_group": groups, "topk_group": chosen, "routed_scaling_factor": float(scale), "norm_topk_prob": True}
    count = given["shared_expert.up_proj.weight"].shape[0] // given["experts.up_proj"].shape[1]
    module = DeepseekV3MoE(moe_config("deepseek_v3", given, k, n_shared_experts=count, **options))
    bias = {"gate.e_score_correction_bias": given["bias"].detach()}
    return functional_call(module, {**moe_parameters(given), **shared, **bias}, (given["x"],))


def switch_layer(given, capacity):
    """Top-1 with a capacity, as Switch's router has it, and experts by hand."""
    from transformers import SwitchTransformersConfig
    from transformers.models.switch_transformers.modeling_switch_transformers import SwitchTransformersTop1Router

    x = given["x"]
    config = SwitchTransformersConfig(hidden_size=x.shape[2], num_experts=len(given["gate.weight"]), expert_capacity=capacity)
    chosen, probability, _ = functional_call(SwitchTransformersTop1Router(config).eval(), {"classifier.weight": given["gate.weight"]}, (x,))
    hidden = F.gelu(torch.einsum("btd,ehd->bteh", x, given["experts.up_proj"]), approximate="tanh")
    return probability * (torch.einsum("bteh,edh->bted", hidden, given["experts.down_proj"]) * chosen.unsqueeze(-1)).sum(2)


def switch_balancing(logits):
    from transformers.models.switch_transformers.modeling_switch_transformers import load_balancing_loss_func

    probabilities = logits.softmax(-1)[None]
    return load_balancing_loss_func(probabilities, probabilities.argmax(-1))


def mixtral_balancing(logits, k):
    from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

    return load_balancing_loss_func((logits,), logits.shape[1], k) / k


def switch_z(logits):
    from transformers.models.switch_transformers.modeling_switch_transformers import router_z_loss_func

    return router_z_loss_func(logits[None])
