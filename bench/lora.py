"""The peer of bench/lora.ts: the same model with the same adapter on the same batch, in PyTorch with transformers and peft, as their guides have it.

    python lora.py GGUF ADAPTER '{"rank", "batchSize", "length", "learnt"}' THREADS

Reads a number of steps a line and answers {"seconds", "losses", "memory"}: memory is the most that the process has ever held, in MB.
"""

import json
import os
import resource
import sys
import time

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

gguf, adapter, config, threads = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
base = AutoModelForCausalLM.from_pretrained(os.path.dirname(gguf), gguf_file=os.path.basename(gguf), dtype=torch.float32)
model = PeftModel.from_pretrained(base, adapter, is_trainable=True).train()
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3, weight_decay=0.01, fused=True)

T, learnt = config["length"], config["learnt"]
# One token more than is read, as labels are shifted within the model.
ids = torch.tensor([[((row * T + place) * 7919) % 49152 for place in range(T + 1)] for row in range(config["batchSize"])])
labels = ids.clone()
labels[:, : T - learnt + 1] = -100

for line in sys.stdin:
    losses, start = [], time.perf_counter()
    for _ in range(int(line)):
        optimizer.zero_grad(set_to_none=True)
        loss = model(input_ids=ids, labels=labels, use_cache=False).loss
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.perf_counter() - start, "losses": losses, "memory": memory}), flush=True)
