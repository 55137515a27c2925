"""The peer of bench/train.ts: the same GPT from the same weights on the same batch, in PyTorch, with its fused AdamW.

    python train.py MODEL.safetensors '{"layers", "heads", "width", "contextLength", "vocabularySize", "batchSize"}' eager|compile THREADS

Reads a number of steps a line and answers {"seconds", "losses", "memory"}: memory is the most that the process has ever held, in MB.
"""

import json
import resource
import sys
import time

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

config = json.loads(sys.argv[2])
torch.set_num_threads(int(sys.argv[4]))
C, H, T, V = config["width"], config["heads"], config["contextLength"], config["vocabularySize"]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(C), nn.LayerNorm(C)
        self.c_attn, self.c_proj = nn.Linear(C, 3 * C), nn.Linear(C, C)
        self.mlp_fc, self.mlp_proj = nn.Linear(C, 4 * C), nn.Linear(4 * C, C)

    def forward(self, x):
        B = x.shape[0]
        q, k, v = (part.view(B, T, H, C // H).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).split(C, 2))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, T, C)
        x = x + self.c_proj(mixed)
        return x + self.mlp_proj(F.gelu(self.mlp_fc(self.ln_2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(V, C), nn.Embedding(T, C)
        self.h = nn.ModuleList(Block() for _ in range(config["layers"]))
        self.ln_f = nn.LayerNorm(C)

    def forward(self, ids, targets):
        x = self.wte(ids) + self.wpe(torch.arange(T))
        for block in self.h:
            x = block(x)
        return F.cross_entropy((self.ln_f(x) @ self.wte.weight.t()).view(-1, V), targets.view(-1))


def renamed(name, tensor):
    """GPT-2's names and its layout (inputs, outputs) as torch.nn has them."""
    name = name.removeprefix("transformer.").replace("attn.c_", "c_").replace("mlp.c_", "mlp_")
    is_matrix = name.endswith(".weight") and ("c_" in name or "mlp_" in name)
    return name, tensor.t().contiguous() if is_matrix else tensor


model = GPT()
model.load_state_dict(dict(renamed(name, tensor) for name, tensor in load_file(sys.argv[1]).items()))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
forward = torch.compile(model) if sys.argv[3] == "compile" else model
count = config["batchSize"] * T
ids = torch.tensor([(place * 7919) % V for place in range(count)]).view(-1, T)
targets = torch.tensor([(place * 104729 + 1) % V for place in range(count)]).view(-1, T)

for line in sys.stdin:
    losses, start = [], time.perf_counter()
    for _ in range(int(line)):
        optimizer.zero_grad(set_to_none=True)
        loss = forward(ids, targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.perf_counter() - start, "losses": losses, "memory": memory}), flush=True)
