"""The live peers of the tokenizer: reads one JSON job from stdin, writes one JSON answer.

{"do": "train", "corpora": [{"texts", "vocabSize", "minFrequency"}]} → Hugging Face's merges of each
{"do": "encode", "file": tokenizer.json, "texts"}                    → Hugging Face's ids and decoded texts
{"do": "train-models", "folder", "corpus", "texts", "vocabSize"}       → a vocabulary for each model's way to cut text, saved as FOLDER/MODEL.json: its ids
{"do": "rebuild", "model", "vocab", "merges", "file", "texts"}         → ids of a vocabulary with a model's way to cut text, saved as FILE
{"do": "tiktoken", "pattern", "ranks", "model", "file", "texts"}       → tiktoken's ids of base64 tokens in order; saved as FILE, as transformers converts it
{"do": "gpt2", "vocab", "merges", "texts"}                           → tiktoken's ids
{"do": "split", "patterns", "texts"}                                 → the pieces that Oniguruma cuts each text into, by pattern
"""

import base64
import json
import sys

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
OTHERS = [byte for byte in range(256) if byte not in PRINTABLE]
CHARACTERS = {**{byte: chr(byte) for byte in PRINTABLE}, **{byte: chr(256 + index) for index, byte in enumerate(OTHERS)}}  # GPT-2's alphabet


def train(corpus):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=corpus["vocabSize"],
        min_frequency=corpus["minFrequency"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus["texts"], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return {"merges": model["merges"], "vocab": model["vocab"]}


def split_by(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}


BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
GPT4O = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+END|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*END|"
    r"DIGITS| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

# What the published tokenizer.json of each model has: the steps of its pre-tokenizer, and what else differs.
MODELS = {
    "gpt2": {"steps": [{**BYTES, "use_regex": True}]},
    "smollm2": {"steps": [{"type": "Digits", "individual_digits": True}, {**BYTES, "use_regex": True}]},
    "qwen": {"steps": [split_by(QWEN), BYTES], "normalizer": {"type": "NFC"}},
    "llama3": {"steps": [split_by(QWEN.replace(r"\p{N}|", r"\p{N}{1,3}|")), BYTES], "ignore_merges": True},
    "gpt4": {"steps": [split_by(QWEN.replace(r"\p{N}|", r"\p{N}{1,3}|"), "Removed", True), BYTES]},
    "gpt4o": {"steps": [split_by(GPT4O.replace("END", CONTRACTIONS + "?").replace("DIGITS", r"\p{N}{1,3}")), BYTES]},
    "tekken": {"steps": [split_by(GPT4O.replace("END", "").replace("DIGITS", r"\p{N}")), BYTES], "ignore_merges": True},
    "deepseek-v3": {
        "steps": [
            split_by(r"\p{N}{1,3}"),
            split_by("[一-龥\u3040-ゟ゠-ヿ]+"),
            split_by(
                r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
            ),
            BYTES,
        ]
    },
}


def assemble(name, vocab, merges):
    """A tokenizer that cuts text as the model does."""
    content = json.loads(Tokenizer(models.BPE(vocab=vocab, merges=[tuple(merge) for merge in merges])).to_str())
    content["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": MODELS[name]["steps"]}
    content["normalizer"] = MODELS[name].get("normalizer")
    content["model"]["ignore_merges"] = MODELS[name].get("ignore_merges", False)
    return Tokenizer.from_str(json.dumps(content))


def train_model(name, job):
    tokenizer = assemble(name, {}, [])
    tokenizer.train_from_iterator(
        job["corpus"],
        trainers.BpeTrainer(vocab_size=job["vocabSize"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False),
    )
    model = json.loads(tokenizer.to_str())["model"]
    # Where merges are ignored for whole pieces, some tokens are made by no merge.
    merges = [merge for rank, merge in enumerate(model["merges"]) if not model["ignore_merges"] or rank % 7]
    tokenizer = assemble(name, model["vocab"], merges)
    tokenizer.save(f"{job['folder']}/{name}.json")
    return [encoding.ids for encoding in tokenizer.encode_batch(job["texts"])]


def tiktoken_ids(job):
    tokens = [base64.b64decode(token) for token in job["ranks"]]
    ranks = {token: rank for rank, token in enumerate(tokens)}
    drawn = {token: "".join(CHARACTERS[byte] for byte in token) for token in tokens}
    merges = []
    for token in tokens:
        pairs = [(token[:at], token[at:]) for at in range(1, len(token)) if token[:at] in ranks and token[at:] in ranks]
        merges += [(drawn[left], drawn[right]) for left, right in sorted(pairs, key=lambda pair: (ranks[pair[0]], ranks[pair[1]]))]
    assemble(job["model"], {drawn[token]: rank for token, rank in ranks.items()}, merges).save(job["file"])
    encoding = tiktoken.Encoding("peer", pat_str=job["pattern"], mergeable_ranks=ranks, special_tokens={})
    return [encoding.encode_ordinary(text) for text in job["texts"]]


def split(pattern, texts):
    cutter = pre_tokenizers.Split(Regex(pattern), "isolated")
    return [[piece for piece, _ in cutter.pre_tokenize_str(text)] for text in texts]


job = json.load(sys.stdin)
if job["do"] == "train":
    answer = [train(corpus) for corpus in job["corpora"]]
elif job["do"] == "encode":
    tokenizer = Tokenizer.from_file(job["file"])
    ids = [encoding.ids for encoding in tokenizer.encode_batch(job["texts"])]
    answer = {"ids": ids, "texts": tokenizer.decode_batch(ids, skip_special_tokens=False)}
elif job["do"] == "train-models":
    answer = {name: train_model(name, job) for name in MODELS}
elif job["do"] == "rebuild":
    tokenizer = assemble(job["model"], job["vocab"], [merge.split(" ") for merge in job["merges"]])
    tokenizer.save(job["file"])
    answer = [encoding.ids for encoding in tokenizer.encode_batch(job["texts"])]
elif job["do"] == "tiktoken":
    answer = tiktoken_ids(job)
elif job["do"] == "split":
    answer = [split(pattern, job["texts"]) for pattern in job["patterns"]]
else:
    ranks = data_gym_to_mergeable_bpe_ranks(job["merges"], job["vocab"])
    encoding = tiktoken.Encoding("gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256})
    answer = [encoding.encode_ordinary(text) for text in job["texts"]]
json.dump(answer, sys.stdout)
