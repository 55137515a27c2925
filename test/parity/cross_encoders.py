"""
The live peer of cross-encoders: sentence-transformers. It reads a command as JSON and writes JSON.
tiny: makes small random ones, saves them, and scores pairs with each. open: scores pairs with a folder as sentence-transformers opens it.
losses: value and gradients of PyTorch's losses for given logits.
"""

import json
import sys
from pathlib import Path

import torch

command = json.load(sys.stdin)


def tiny(name, folder):
    from sentence_transformers import CrossEncoder
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(2)
    tokenizer = AutoTokenizer.from_pretrained(command["tokenizer"])
    tokenizer.model_max_length = 30
    tokenizer.save_pretrained(folder)
    sizes = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, initializer_range=0.4)
    model = BertForSequenceClassification(BertConfig(vocab_size=30522, max_position_embeddings=40, num_labels=1, **sizes))
    (model.half() if name == "half" else model).save_pretrained(folder)
    if name == "identity":
        CrossEncoder(str(folder), device="cpu", activation_fn=torch.nn.Identity()).save_pretrained(str(folder))
    encoder = CrossEncoder(str(folder), device="cpu")
    encoder.model.float()
    read = tokenizer([query for query, _ in command["pairs"]], [passage for _, passage in command["pairs"]], truncation=True)
    scores = encoder.predict(command["pairs"], batch_size=4).tolist()
    return {"scores": scores, "ids": read["input_ids"], "segments": read["token_type_ids"]}


def loss(case):
    logits = torch.tensor(case["logits"], dtype=torch.float32, requires_grad=True)
    if case["loss"] == "group":
        value = torch.nn.functional.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long))
    else:
        value = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(case["labels"], dtype=torch.float32))
    value.backward()
    return {"loss": value.item(), "gradient": logits.grad.flatten().tolist()}


if command["do"] == "tiny":
    answer = {name: tiny(name, Path(command["folder"]) / name) for name in command["names"]}
elif command["do"] == "losses":
    answer = [loss(case) for case in command["cases"]]
else:
    from sentence_transformers import CrossEncoder

    encoder = CrossEncoder(command["folder"], device="cpu")
    answer = {"scores": encoder.predict(command["pairs"]).tolist(), "maxTokens": encoder.max_seq_length}
json.dump(answer, sys.stdout)
