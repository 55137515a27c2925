"""transformers as the oracle for decoders: makes tiny random models of each architecture, and tells the logits of models for given ids, and their loss."""
import json
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM

command = json.load(sys.stdin)

if command["do"] == "make":
    torch.manual_seed(0)
    for name, (architecture, settings) in command["models"].items():
        small = {"vocab_size": 300, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4, "max_position_embeddings": 1024}
        config = AutoConfig.for_model(architecture, **{**small, **settings})
        model = AutoModelForCausalLM.from_config(config).float()
        for parameter in model.parameters():  # norms and biases are ones and zeros otherwise
            torch.nn.init.normal_(parameter, std=0.3)
        model.to(getattr(torch, command.get("dtype", "float32"))).save_pretrained(f"{command['folder']}/{name}", max_shard_size=command.get("shard", "50GB"))
    answer = None
elif command["do"] == "perplexity":  # huggingface.co/docs/transformers/perplexity, summed over tokens instead of averaged over windows
    model = AutoModelForCausalLM.from_pretrained(command["folder"], gguf_file=command.get("file"), dtype=torch.float32).eval()
    ids = torch.tensor([command["ids"]])
    nats, tokens, previous_end = 0.0, 0, 0
    for start in range(0, ids.shape[1], command["stride"]):
        end = min(start + command["window"], ids.shape[1])
        inputs = ids[:, start:end]
        targets = inputs.clone()
        targets[:, : previous_end - start] = -100
        with torch.no_grad():
            loss = model(inputs, labels=targets).loss
        count = int((targets[:, 1:] != -100).sum())
        nats, tokens, previous_end = nats + float(loss) * count, tokens + count, end
        if end == ids.shape[1]:
            break
    answer = nats / tokens
else:
    model = AutoModelForCausalLM.from_pretrained(command["folder"], gguf_file=command.get("file"), dtype=torch.float32).eval()
    with torch.no_grad():
        logits = model(torch.tensor([command["ids"]])).logits[0]
    logits.numpy().tofile(command["into"])
    answer = list(logits.shape)
print(json.dumps(answer))
