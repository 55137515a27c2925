"""The peer of bench/gpu.sh: PyTorch, transformers and sentence-transformers of whatever Python runs this.

    python peer.py DEVICE FOLDER

Answers each line of JSON, a task, with {"perSecond", "check"}, or {"error"}. "setting": fp32, tf32, compiled (with TF32) or fp16.
"""

import json
import os
import sys
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
import torch
from torch.nn import functional as F

device, folder = sys.argv[1], sys.argv[2]
if device == "cpu":
    torch.set_num_threads(1)  # the script is only tried there: threads that wait would take the cores from whatever else runs
elif not torch.cuda.is_available():
    print(f"PyTorch {torch.__version__} finds no CUDA device", file=sys.stderr)
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print is not an answer


def sync():
    if device == "cuda":
        torch.cuda.synchronize()


def per_second(seconds, count, work):
    """Warm, then again and again."""
    work()
    work()
    sync()
    done, start = 0, time.perf_counter()
    while True:
        for _ in range(4):
            work()
            done += count
        sync()
        if time.perf_counter() - start > seconds:
            return done / (time.perf_counter() - start)


def make(layers, heads, width, vocabulary, **_):
    """An encoder of random weights, with a vocabulary of made-up words."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    place = os.path.join(folder, "encoder")
    torch.manual_seed(1)
    config = BertConfig(vocab_size=vocabulary, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=4 * width)
    BertModel(config).save_pretrained(place, safe_serialization=True)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocab = {word: index for index, word in enumerate(special + [f"w{index}" for index in range(vocabulary - len(special))])}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.save(os.path.join(place, "tokenizer.json"))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    with open(os.path.join(place, "tokenizer_config.json"), "w") as file:
        json.dump({"tokenizer_class": "BertTokenizer", "model_max_length": 256, "do_lower_case": True, **names}, file)
    os.makedirs(os.path.join(place, "1_Pooling"), exist_ok=True)
    with open(os.path.join(place, "1_Pooling", "config.json"), "w") as file:
        json.dump({"word_embedding_dimension": width, "pooling_mode_mean_tokens": True}, file)
    with open(os.path.join(place, "sentence_bert_config.json"), "w") as file:
        json.dump({"max_seq_length": 256}, file)
    with open(os.path.join(place, "modules.json"), "w") as file:
        modules = ["Transformer", "Pooling", "Normalize"]
        paths = ["", "1_Pooling", "2_Normalize"]
        json.dump([{"idx": i, "name": str(i), "path": paths[i], "type": f"sentence_transformers.models.{name}"} for i, name in enumerate(modules)], file)
    return {}


def embed(seconds, sentences, setting, **_):
    from sentence_transformers import SentenceTransformer

    try:
        from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    except ImportError:
        from sentence_transformers.models import Normalize, Pooling, Transformer
    transformer = Transformer(os.path.join(folder, "encoder"), max_seq_length=256)
    width = transformer.get_word_embedding_dimension() if hasattr(transformer, "get_word_embedding_dimension") else transformer.get_embedding_dimension()
    model = SentenceTransformer(modules=[transformer, Pooling(width, pooling_mode="mean"), Normalize()], device=device)
    if setting == "fp16":
        model = model.half()
    texts = [" ".join(f"w{(index * 31 + place * 17) % 400}" for place in range(8 + (index * 7) % 40)) for index in range(sentences)]
    vectors = []

    def work():
        vectors[:] = [model.encode(texts, batch_size=256, show_progress_bar=False)]

    work()
    start, done = time.perf_counter(), 0
    while True:
        work()
        done += sentences
        if time.perf_counter() - start > seconds:
            break
    return {"perSecond": done / (time.perf_counter() - start), "check": vectors[0][0][:8].tolist()}


def gpt(size, config):
    """transformers' GPT-2 with the weights that ours has made."""
    from safetensors.torch import load_file
    from transformers import GPT2Config, GPT2LMHeadModel

    shape = GPT2Config(
        vocab_size=config["vocabularySize"],
        n_positions=config["contextLength"],
        n_embd=config["width"],
        n_layer=config["layers"],
        n_head=config["heads"],
        resid_pdrop=0,
        embd_pdrop=0,
        attn_pdrop=0,
        bos_token_id=0,
        eos_token_id=None,
    )
    model = GPT2LMHeadModel(shape)
    missing, unexpected = model.load_state_dict(load_file(os.path.join(folder, f"{size}.safetensors")), strict=False)
    assert not unexpected and all(name == "lm_head.weight" for name in missing), (missing, unexpected)
    model.tie_weights()
    return model.to(device)


def ids_of(rows, columns, vocabulary, factor, first):
    return torch.tensor([(place * factor + first) % vocabulary for place in range(rows * columns)], device=device).view(rows, columns)


def train(seconds, size, config, setting, **_):
    model = gpt(size, config).train()
    V, T, B = config["vocabularySize"], config["contextLength"], config["batchSize"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
    forward = torch.compile(model) if setting == "compiled" else model
    inputs, targets = ids_of(B, T, V, 7919, 0), ids_of(B, T, V, 104729, 1)
    losses = []

    def work():
        optimizer.zero_grad(set_to_none=True)
        logits = forward(input_ids=inputs, use_cache=False).logits
        loss = F.cross_entropy(logits.view(-1, V), targets.view(-1))
        loss.backward()
        optimizer.step()
        if len(losses) < 3:
            losses.append(loss.item())

    work()
    speed = per_second(seconds, B * T, work)
    return {"perSecond": speed, "check": losses}


def decode(size, config, batch, prompt, few, many, **_):
    model = gpt(size, config).eval()
    ids = torch.tensor([[(row * 131 + place * 7919) % config["vocabularySize"] for place in range(prompt)] for row in range(batch)], device=device)
    found = []

    def timed(count):
        sync()
        start = time.perf_counter()
        with torch.inference_mode():
            found[:] = [model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=count, min_new_tokens=count, do_sample=False, pad_token_id=0)]
        sync()
        return time.perf_counter() - start

    timed(few)
    short, long = timed(few), timed(many)
    return {"perSecond": batch * (many - few) / (long - short), "check": found[0][0, prompt : prompt + 8].tolist()}


def prefill(seconds, size, config, setting, **_):
    model = gpt(size, config).eval()
    body = torch.compile(model.transformer) if setting == "compiled" else model.transformer
    ids = ids_of(1, config["contextLength"], config["vocabularySize"], 7919, 0)
    logits = []

    def work():
        with torch.inference_mode():
            logits[:] = [model.lm_head(body(ids, use_cache=False).last_hidden_state[:, -1])]

    speed = per_second(seconds, config["contextLength"], work)
    return {"perSecond": speed, "check": logits[0][0, :8].tolist()}


for name in ("transformers", "sentence_transformers"):
    try:
        __import__(name)
    except Exception as error:  # what needs it says so
        print(f"{name}: {error}", file=sys.stderr)
print(json.dumps({"versions": f"PyTorch {torch.__version__}"}), file=answers, flush=True)
tasks = {"make": make, "embed": embed, "train": train, "decode": decode, "prefill": prefill}
for line in sys.stdin:
    question = json.loads(line)
    torch.set_float32_matmul_precision("high" if question.get("setting") in ("tf32", "compiled") else "highest")
    try:
        answer = tasks[question.pop("task")](**question)
    except Exception as error:  # one figure less
        answer = {"error": f"{type(error).__name__}: {str(error).splitlines()[0][:300] if str(error) else ''}"}
    print(json.dumps(answer), file=answers, flush=True)
    if device == "cuda":
        torch.cuda.empty_cache()
