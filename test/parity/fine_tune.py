"""transformers and peft as the oracle of fine-tuning: gradients of a masked loss, adapters that either side has written, and what a chat template generates."""
import json
import sys

import numpy
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

command = json.load(sys.stdin)


def base():
    return AutoModelForCausalLM.from_pretrained(command["folder"], dtype=torch.float32).eval()


def logits_of(model):
    with torch.no_grad():
        return model(torch.tensor([command["ids"]])).logits[0]


if command["do"] == "gradients":
    # Of the mean cross-entropy of the targets that are not -100, with respect to all parameters.
    model = base()
    loss = torch.nn.functional.cross_entropy(model(torch.tensor(command["ids"])).logits.flatten(0, 1), torch.tensor(command["targets"]).flatten())
    loss.backward()
    save_file({name: parameter.grad for name, parameter in model.named_parameters()}, command["into"])
    answer = loss.item()
elif command["do"] == "open-adapter":
    from peft import PeftModel

    model = PeftModel.from_pretrained(base(), command["adapter"]).eval()
    logits_of(model).numpy().tofile(command["into"])
    logits_of(model.merge_and_unload()).numpy().tofile(command["merged"])
    answer = None
elif command["do"] == "train-adapter":
    # A few steps of AdamW on A and B that are given, and the adapter as peft writes it.
    from peft import LoraConfig, get_peft_model, set_peft_model_state_dict

    model = get_peft_model(base(), LoraConfig(task_type="CAUSAL_LM", **command["settings"]))
    if "start" in command:
        set_peft_model_state_dict(model, load_file(command["start"]))
    else:
        torch.manual_seed(1)
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.05)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=command["rate"], weight_decay=0.01)
    answer = []
    for _ in range(command["steps"]):
        optimizer.zero_grad()
        logits = model(torch.tensor(command["batch"])).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(command["targets"]).flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        answer.append(loss.item())
    model.eval().save_pretrained(command["into"])
    if "logits" in command:
        logits_of(model).numpy().tofile(command["logits"])
elif command["do"] == "logits":
    logits_of(base()).numpy().tofile(command["into"])
    answer = None
elif command["do"] == "template":
    # What is generated of a conversation, as {% generation %} would mark it: the assistant's text and what ends its turn, by offsets of characters.
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(command["folder"], gguf_file=command.get("file"))
    answer = []
    for messages in command["conversations"]:
        text = tokenizer.apply_chat_template(messages, tokenize=False)
        encoded = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
        spans, start = [], 0
        for message in messages:
            at = text.index(message["content"], start)
            start = at + len(message["content"])
            if message["role"] == "assistant":
                end = text.index(command["end"], start) + len(command["end"])
                spans.append((at, end))
        learnt = [any(low <= a and b <= high for low, high in spans) for a, b in encoded["offset_mapping"]]
        answer.append({"ids": encoded["input_ids"], "learnt": learnt})
print(json.dumps(answer))
