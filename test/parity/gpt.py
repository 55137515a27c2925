"""The live peers of the GPT: transformers' GPT-2 in PyTorch, and onnxruntime. Reads a list of commands as JSON, writes the list of answers.

{"do": "train", "file", "config", "batches": [{"inputs": [[id]], "targets"}], "optimizer": {"peak", "floor", "warmup", "steps", "betas", "decay", "clip"}}
  trains the model of the safetensors file, a step for each batch, and answers with {"losses", "norms", "rates"}
{"do": "logits", "file", "config", "ids": [[id]]}
  answers with the logits of the safetensors file's model
{"do": "folder", "folder", "ids": [[id]], "again", "shard"}
  answers with {"logits", "index"}: of a folder that transformers opens, and the index that it writes when it saves it to AGAIN in shards of so many bytes
{"do": "run", "file", "ids": [[id]]}
  answers with {"inputs", "outputs", "logits"}, the names and the result of the ONNX file
"""

import json
import math
import sys

import numpy
import onnxruntime
import torch
from modules import gpt2
from safetensors.torch import load_file
from transformers import GPT2LMHeadModel

torch.set_num_threads(1)  # the tensors are small


def load(command):
    model = gpt2(command["config"])
    names = model.load_state_dict(load_file(command["file"]), strict=False)
    assert names.unexpected_keys == [] and set(names.missing_keys) <= {"lm_head.weight"}, names  # tied to wte
    return model


def rate_at(step, peak, floor, warmup, steps):
    """nanoGPT's get_lr."""
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    if step > steps:
        return floor
    return floor + 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) * (peak - floor)


def train(command):
    model = load(command).train()
    options = command["optimizer"]
    decayed = [parameter for parameter in model.parameters() if parameter.dim() >= 2]
    others = [parameter for parameter in model.parameters() if parameter.dim() < 2]
    groups = [{"params": decayed, "weight_decay": options["decay"]}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.0, betas=tuple(options["betas"]))
    losses, norms, rates = [], [], []
    for step, batch in enumerate(command["batches"]):
        rate = rate_at(step, *(options[name] for name in ("peak", "floor", "warmup", "steps")))
        for group in optimizer.param_groups:
            group["lr"] = rate
        logits = model(torch.tensor(batch["inputs"])).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(batch["targets"]).flatten())
        optimizer.zero_grad()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), options["clip"]).item())
        optimizer.step()
        losses.append(loss.item())
        rates.append(rate)
    return {"losses": losses, "norms": norms, "rates": rates}


def logits(command):
    with torch.no_grad():
        return load(command).eval()(torch.tensor(command["ids"])).logits.tolist()


def folder(command):
    model = GPT2LMHeadModel.from_pretrained(command["folder"]).eval()
    model.save_pretrained(command["again"], max_shard_size=command["shard"])
    with open(f"{command['again']}/model.safetensors.index.json") as index:
        with torch.no_grad():
            return {"logits": model(torch.tensor(command["ids"])).logits.tolist(), "index": json.load(index)}


def run(command):
    session = onnxruntime.InferenceSession(command["file"], providers=["CPUExecutionProvider"])
    (given,), (wanted,) = session.get_inputs(), session.get_outputs()
    (result,) = session.run([wanted.name], {given.name: numpy.array(command["ids"], dtype=numpy.int64)})
    return {"inputs": [given.name], "outputs": [wanted.name], "logits": result.tolist()}


if __name__ == "__main__":
    json.dump([{"train": train, "logits": logits, "folder": folder, "run": run}[command["do"]](command) for command in json.load(sys.stdin)], sys.stdout)
