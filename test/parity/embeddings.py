"""
The live peer of the encoders. It reads a command as JSON and writes JSON.
encode: vectors of the weights of all-MiniLM-L6-v2. open: vectors of a folder as sentence-transformers opens it. read: the tensors of a safetensors file.
losses: value and gradients of sentence-transformers' losses for given vectors.
"""

import json
import sys

from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

command = json.load(sys.stdin)
if command["do"] == "encode":
    modules = [Transformer(command["folder"], max_seq_length=256), Pooling(384, pooling_mode="mean"), Normalize()]
    answer = SentenceTransformer(modules=modules, device="cpu").encode(command["texts"]).tolist()
elif command["do"] == "open":
    model = SentenceTransformer(command["folder"], device="cpu")
    answer = {"vectors": model.encode(command["texts"], **command.get("options", {})).tolist(), "maxTokens": model.max_seq_length}
elif command["do"] == "losses":
    import torch
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    def measured(case):
        vectors = [torch.tensor(part, requires_grad=True) for part in case["vectors"]]
        if case["loss"] == "mse":
            loss = torch.nn.MSELoss()(*vectors)  # what sentence-transformers' MSELoss takes of the vectors
        elif case["loss"] == "cosine":
            loss = 1 - torch.nn.functional.cosine_similarity(*vectors).mean()
        else:
            loss = MultipleNegativesRankingLoss(model=None, scale=case["scale"]).compute_loss_from_embeddings(vectors, None)
        loss.backward()
        return {"loss": loss.item(), "gradients": [part.grad.tolist() for part in vectors]}

    answer = [measured(case) for case in command["cases"]]
else:
    tensors = load_file(command["file"])
    answer = {name: {"dtype": str(tensor.dtype), "shape": list(tensor.shape), "values": tensor.double().flatten().tolist()} for name, tensor in tensors.items()}
json.dump(answer, sys.stdout)
