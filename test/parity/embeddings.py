"""The live peer of the encoder: reads {"folder", "texts"} as JSON, writes sentence-transformers' vectors as JSON; checks safetensors files too."""

import json
import sys

from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

command = json.load(sys.stdin)
if command["do"] == "encode":
    modules = [Transformer(command["folder"], max_seq_length=256), Pooling(384, pooling_mode="mean"), Normalize()]
    answer = SentenceTransformer(modules=modules, device="cpu").encode(command["texts"]).tolist()
else:
    tensors = load_file(command["file"])
    answer = {name: {"dtype": str(tensor.dtype), "shape": list(tensor.shape), "values": tensor.double().flatten().tolist()} for name, tensor in tensors.items()}
json.dump(answer, sys.stdout)
