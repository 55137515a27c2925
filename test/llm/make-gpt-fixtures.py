"""Makes fixtures/tiny-gpt2 with the real transformers: a GPT-2 of two layers as save_pretrained writes it, and its logits for some ids.

    .venv/bin/python test/llm/make-gpt-fixtures.py
"""

import json
from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel

FOLDER = Path(__file__).parent / "fixtures" / "tiny-gpt2"

torch.manual_seed(0)
model = GPT2LMHeadModel(GPT2Config(vocab_size=11, n_positions=6, n_embd=8, n_layer=2, n_head=2)).eval()
with torch.no_grad():
    for parameter in model.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.3)  # so that biases and norms matter
model.save_pretrained(FOLDER)
(FOLDER / "generation_config.json").unlink(missing_ok=True)
ids = torch.tensor([[3, 1, 4, 1, 5, 9], [2, 6, 5, 3, 5, 8]])
logits = model(ids).logits.detach()
loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
known = {"ids": ids.tolist(), "logits": logits.tolist(), "loss": loss.item()}
(FOLDER / "known.json").write_text(json.dumps(known) + "\n")
