"""transformers as the oracle for decoders; reads one JSON command from stdin.

{"do": "make", "folder", "models", "ids"}       → tiny random models of each architecture, as folders and, where "gguf" says so, as GGUF files (as
                                                  llama.cpp's converter lays them out), and their logits for the ids in NAME.logits
{"do": "logits", "folder", "file", "ids", "into"} → the logits of a model
  with "text", "windows"                          → and the mean nats per token of other ids, for each [window, stride], over windows that overlap
"""

import json
import math
import sys

import gguf
import torch
from transformers import AutoConfig, AutoModelForCausalLM


def logits_of(model, ids, into):
    with torch.no_grad():
        logits = model.eval()(torch.tensor([ids])).logits[0]
    logits.float().numpy().tofile(into)


def nats_per_token(model, ids, window, stride):
    """huggingface.co/docs/transformers/perplexity, summed over tokens instead of averaged over windows."""
    nats, tokens, previous_end = 0.0, 0, 0
    for start in range(0, ids.shape[1], stride):
        end = min(start + window, ids.shape[1])
        inputs = ids[:, start:end]
        targets = inputs.clone()
        targets[:, : previous_end - start] = -100
        with torch.no_grad():
            loss = model(inputs, labels=targets).loss
        count = int((targets[:, 1:] != -100).sum())
        nats, tokens, previous_end = nats + float(loss) * count, tokens + count, end
        if end == ids.shape[1]:
            break
    return nats / tokens


def make(folder, name, spec, ids):
    small = {"vocab_size": 300, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4, "max_position_embeddings": 1024}
    config = AutoConfig.for_model(spec["architecture"], **{**({} if spec["architecture"] == "gpt2" else small), **spec.get("settings", {})})
    model = AutoModelForCausalLM.from_config(config).to(getattr(torch, spec.get("dtype", "float32")))
    for parameter in model.parameters():  # norms and biases are ones and zeros otherwise
        torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(f"{folder}/{name}", max_shard_size=spec.get("shard", "50GB"))
    if spec.get("gguf"):
        write_gguf(f"{folder}/{name}.gguf", spec["gguf"], config, model)
    loaded = AutoModelForCausalLM.from_pretrained(f"{folder}/{name}", dtype=torch.float32)  # .float() would keep buffers that 16 bits rounded
    logits_of(loaded, ids, f"{folder}/{name}.logits")


def interleaved(rows, heads):
    """The order of llama.cpp's Llama: numbers that turn together side by side."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def write_gguf(file, architecture, config, model):
    writer = gguf.GGUFWriter(file, architecture)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_embedding_length(config.hidden_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_context_length(config.max_position_embeddings)
    if architecture == "gpt2":
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
    else:
        head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        writer.add_head_count_kv(config.num_key_value_heads)
        writer.add_key_length(head)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
        rope = config.rope_parameters.get("full_attention", config.rope_parameters)
        writer.add_rope_freq_base(rope["rope_theta"])
        if rope["rope_type"] in ("linear", "yarn"):
            writer.add_rope_scaling_type(gguf.RopeScalingType(rope["rope_type"]))
            writer.add_rope_scaling_factor(rope["factor"])
        if rope["rope_type"] == "yarn":
            writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        if rope["rope_type"] == "llama3":
            writer.add_tensor("rope_freqs.weight", rope_divisors(rope, head).numpy())
    if getattr(config, "num_experts_per_tok", None):
        writer.add_expert_count(getattr(config, "num_experts", None) or config.num_local_experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
    if architecture == "gemma3":
        writer.add_sliding_window(config.sliding_window)
    names = gguf.get_tensor_name_map(next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == architecture), config.num_hidden_layers)
    for name, tensor in expert_parts(model.state_dict()):
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        data = tensor.float()
        if architecture == "llama" and ".q_proj." in name:
            data = interleaved(data, config.num_attention_heads)
        if architecture == "llama" and ".k_proj." in name:
            data = interleaved(data, config.num_key_value_heads)
        if architecture == "gpt2" and data.dim() == 2 and ".h." in name:
            data = data.T
        if architecture == "gemma3" and name.endswith("norm.weight"):
            data = data + 1
        stem, kind = name.rsplit(".", 1)
        writer.add_tensor(f"{names.get_name(stem)}.{kind}", data.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def expert_parts(state):
    """llama.cpp has experts' gates apart from what they open; names without ".weight" are those of all experts together."""
    for name, tensor in state.items():
        if name.endswith("experts.gate_up_proj"):
            gate, up = tensor.chunk(2, 1)
            yield name.replace("gate_up_proj", "gate_proj.weight"), gate
            yield name.replace("gate_up_proj", "up_proj.weight"), up
        else:
            yield f"{name}.weight" if name.endswith("experts.down_proj") else name, tensor


def rope_divisors(rope, head):
    """As llama.cpp's converter computes them for Llama 3."""
    old, low, high = rope["original_max_position_embeddings"], rope["low_freq_factor"], rope["high_freq_factor"]
    divisors = []
    for index in range(0, head, 2):
        wavelength = 2 * math.pi * rope["rope_theta"] ** (index / head)
        if wavelength < old / high:
            divisors.append(1)
        elif wavelength > old / low:
            divisors.append(rope["factor"])
        else:
            smooth = (old / wavelength - low) / (high - low)
            divisors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return torch.tensor(divisors, dtype=torch.float32)


command = json.load(sys.stdin)
if command["do"] == "make":
    torch.manual_seed(0)
    for name, spec in command["models"].items():
        make(command["folder"], name, spec, command["ids"])
    answer = None
else:
    model = AutoModelForCausalLM.from_pretrained(command["folder"], gguf_file=command.get("file"), dtype=torch.float32)
    logits_of(model, command["ids"], command["into"])
    answer = [nats_per_token(model, torch.tensor([command["text"]]), *each) for each in command.get("windows", [])]
print(json.dumps(answer))
