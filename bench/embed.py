"""The peer of the encoder: a line with texts, or null for the same texts again, is answered with the seconds and the first vector."""

import json
import sys
import time

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
modules = [Transformer(folder, max_seq_length=256), Pooling(384, pooling_mode="mean"), Normalize()]
model = SentenceTransformer(modules=modules, device="cpu")
texts = []

for line in sys.stdin:
    texts = json.loads(line) or texts
    started = time.perf_counter()
    vectors = model.encode(texts, show_progress_bar=False)
    print(json.dumps({"seconds": time.perf_counter() - started, "first": vectors[0].tolist()}), flush=True)
