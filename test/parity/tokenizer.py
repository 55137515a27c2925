"""The live peers of the tokenizer: reads one JSON job from stdin, writes one JSON answer.

{"do": "train", "corpora": [{"texts", "vocabSize", "minFrequency"}]} → Hugging Face's merges of each
{"do": "encode", "file": tokenizer.json, "texts"}                    → Hugging Face's ids and decoded texts
{"do": "rebuild", "vocab", "merges", "pattern", "file", "texts"}     → ids of the tokenizer of SmolLM2 (no pattern) or Qwen, which is saved
{"do": "gpt2", "vocab", "merges", "texts"}                           → tiktoken's ids
{"do": "split", "patterns", "texts"}                                 → the pieces that Oniguruma cuts each text into, by pattern
"""

import json
import sys

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


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
elif job["do"] == "rebuild":
    # As the model's own tokenizer.json has it.
    tokenizer = Tokenizer(models.BPE(vocab=job["vocab"], merges=[tuple(merge.split(" ")) for merge in job["merges"]]))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=job["pattern"] is None)
    first = pre_tokenizers.Digits(individual_digits=True) if job["pattern"] is None else pre_tokenizers.Split(Regex(job["pattern"]), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([first, byte_level])
    if job["pattern"] is not None:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.save(job["file"])
    answer = [encoding.ids for encoding in tokenizer.encode_batch(job["texts"])]
elif job["do"] == "split":
    answer = [split(pattern, job["texts"]) for pattern in job["patterns"]]
else:
    ranks = data_gym_to_mergeable_bpe_ranks(job["merges"], job["vocab"])
    encoding = tiktoken.Encoding("gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256})
    answer = [encoding.encode_ordinary(text) for text in job["texts"]]
json.dump(answer, sys.stdout)
