"""transformers and peft as the oracle of fine-tuning: gradients of a masked loss, adapters that either side has written, and what a chat template generates.

Takes a list of commands and answers each, for importing both takes longer than all the rest.
"""
import json
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM


def base(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def write_logits(model, ids, into):
    with torch.no_grad():
        model(torch.tensor([ids])).logits[0].numpy().tofile(into)


def cross_entropy(model, ids, targets):
    return torch.nn.functional.cross_entropy(model(torch.tensor(ids)).logits.flatten(0, 1), torch.tensor(targets).flatten())


def gradients(folder, ids, targets, into):
    """Of the mean cross-entropy of the targets that are not -100, with respect to all parameters."""
    model = base(folder)
    loss = cross_entropy(model, ids, targets)
    loss.backward()
    save_file({name: parameter.grad for name, parameter in model.named_parameters()}, into)
    return loss.item()


def logits(folder, ids, into):
    write_logits(base(folder), ids, into)


def open_adapter(folder, adapter, ids, into, merged):
    from peft import PeftModel

    model = PeftModel.from_pretrained(base(folder), adapter).eval()
    write_logits(model, ids, into)
    write_logits(model.merge_and_unload(), ids, merged)


def train_adapter(folder, settings, batch, targets, rate, steps, into, start=None, ids=None, logits=None):
    """Some steps of AdamW, from A and B that are given or drawn; the adapter as peft writes it."""
    from peft import LoraConfig, get_peft_model, set_peft_model_state_dict

    torch.manual_seed(1)
    model = get_peft_model(base(folder), LoraConfig(task_type="CAUSAL_LM", **settings))
    if start:
        set_peft_model_state_dict(model, load_file(start))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.01)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = cross_entropy(model, batch, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval().save_pretrained(into)
    if logits:
        write_logits(model, ids, logits)
    return losses


def template(folder, file, conversations, end):
    """Which tokens {% generation %} would mark: those of the assistant's text and of what ends its turn, by offsets of characters."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
    answer = []
    for messages in conversations:
        text = tokenizer.apply_chat_template(messages, tokenize=False)
        encoded = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
        spans, start = [], 0
        for message in messages:
            at = text.index(message["content"], start)
            start = at + len(message["content"])
            if message["role"] == "assistant":
                spans.append((at, text.index(end, start) + len(end)))
        learnt = [any(low <= a and b <= high for low, high in spans) for a, b in encoded["offset_mapping"]]
        answer.append({"ids": encoded["input_ids"], "learnt": learnt})
    return answer


known = {f.__name__: f for f in (gradients, logits, open_adapter, train_adapter, template)}
print(json.dumps([known[command.pop("do")](**command) for command in json.load(sys.stdin)]))
