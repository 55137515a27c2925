"""nanoGPT's recipe for a CPU in PyTorch: the peer that notebook 06 trains against, on the same text with the same split.

python bench/nanogpt.py CORPUS.json [--steps 2000] [--batch 12] [--context 64] [--layers 4] [--heads 4] [--width 128] [--seed 1337] [--threads 2]

CORPUS.json is { "train", "validation" }, two strings, as loadCorpus of kernel-helpers/data gives them:
npx tsx -e 'import("./kernel-helpers/data/index.ts").then(async (data) => console.log(JSON.stringify(await data.loadCorpus("moby-dick"))))' > moby.json

Written from the description in nanoGPT's README and its defaults, not copied: GPT-2 with tied
embeddings, no biases, exact GELU, no dropout; AdamW at 1e-3 after 100 steps of warm-up, cosine down to 1e-4, betas 0.9 and 0.99, weight decay 0.1 on
matrices alone, gradients clipped to norm 1. One JSON object a line: the loss now and then, at the end the loss on all of the validation text.

Loss is in nats a character. The validation text is cut into blocks of the context's length; position j of a block sees j + 1 characters, as when
training. nanoGPT itself reports the mean of 20 random batches, which differs by some hundredths from run to run.
"""

import argparse
import json
import math
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width, bias=False)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.projection = nn.Linear(width, width, bias=False)
        self.mlp_norm = nn.LayerNorm(width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, x):
        B, T, C = x.shape
        heads = (part.view(B, T, self.heads, C // self.heads).transpose(1, 2) for part in self.qkv(self.attention_norm(x)).split(C, dim=2))
        attended = F.scaled_dot_product_attention(*heads, is_causal=True)  # (B, heads, T, C / heads)
        x = x + self.projection(attended.transpose(1, 2).reshape(B, T, C))
        return x + self.down(F.gelu(self.up(self.mlp_norm(x))))


class GPT(nn.Module):
    def __init__(self, vocabulary, context, layers, heads, width):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                ends_residual = name.endswith(("projection.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * layers) if ends_residual else 0.02)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens.weight)  # the output layer is the embedding
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def learning_rate(step, steps, warm_up=100, highest=1e-3, lowest=1e-4):
    if step < warm_up:
        return highest * (step + 1) / (warm_up + 1)
    progress = min(1, (step - warm_up) / max(1, steps - warm_up))
    return lowest + 0.5 * (1 + math.cos(math.pi * progress)) * (highest - lowest)


def whole_loss(model, ids, context):
    """Mean loss of every character after the first; the last block may be shorter."""
    blocks = (len(ids) - 1) // context
    body = blocks * context
    total = 0.0
    with torch.no_grad():
        inputs, targets = ids[:body].view(blocks, context), ids[1 : body + 1].view(blocks, context)
        for x, y in zip(inputs.split(64), targets.split(64)):
            total += model(x, y).item() * y.numel()
        if body + 1 < len(ids):
            total += model(ids[None, body:-1], ids[None, body + 1 :]).item() * (len(ids) - 1 - body)
    return total / (len(ids) - 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus")
    for name, value in dict(steps=2000, batch=12, context=64, layers=4, heads=4, width=128, seed=1337, threads=2).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)

    corpus = json.load(open(options.corpus, encoding="utf-8"))
    alphabet = {character: id for id, character in enumerate(sorted(set(corpus["train"] + corpus["validation"])))}
    train, validation = (torch.tensor([alphabet[character] for character in corpus[part]]) for part in ("train", "validation"))

    model = GPT(len(alphabet), options.context, options.layers, options.heads, options.width)
    decayed = [parameter for parameter in model.parameters() if parameter.dim() == 2]
    others = [parameter for parameter in model.parameters() if parameter.dim() < 2]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(json.dumps({"parameters": parameters, "vocabulary": len(alphabet), "train": len(train), "validation": len(validation)}), flush=True)

    offsets = torch.arange(options.context)
    seconds = 0.0
    for step in range(options.steps):
        started = time.perf_counter()
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, options.steps)
        places = torch.randint(len(train) - options.context, (options.batch, 1)) + offsets
        loss = model(train[places], train[places + 1])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seconds += time.perf_counter() - started
        if (step + 1) % 250 == 0:
            print(json.dumps({"step": step + 1, "loss": loss.item(), "seconds": seconds}), flush=True)

    nats = whole_loss(model, validation, options.context)
    size = len(corpus["validation"].encode())
    bits = nats * len(validation) / math.log(2) / size
    milliseconds = 1000 * seconds / options.steps
    print(json.dumps({"steps": options.steps, "seconds": seconds, "millisecondsAStep": milliseconds, "natsACharacter": nats, "bitsAByte": bits}))


main()
