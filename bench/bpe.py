"""The peers of BPE, one thread each: reads texts.json, then answers one JSON command a line with the seconds that the work itself took."""

import json
import sys
import time

import rustbpe
import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

folder, vocab_file, merges_file = sys.argv[1:]
texts = json.load(open(f"{folder}/texts.json"))
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def byte_level(model):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer


def train_tokenizers(vocab_size):
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, min_frequency=2, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer = byte_level(models.BPE())
    started = time.perf_counter()
    tokenizer.train_from_iterator(texts, trainer)
    return time.perf_counter() - started, tokenizer.get_vocab_size()


def train_rustbpe(vocab_size):
    tokenizer = rustbpe.Tokenizer()
    started = time.perf_counter()
    tokenizer.train_from_iterator(iter(texts), vocab_size, pattern=PATTERN)
    return time.perf_counter() - started, tokenizer.vocab_size


def encode_tiktoken(_):
    ranks = data_gym_to_mergeable_bpe_ranks(merges_file, vocab_file)
    encoding = tiktoken.Encoding("gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256})
    started = time.perf_counter()
    count = sum(len(encoding.encode_ordinary(text)) for text in texts)
    return time.perf_counter() - started, count


def encode_tokenizers(_):
    tokenizer = byte_level(models.BPE.from_file(vocab_file, merges_file))
    started = time.perf_counter()
    count = sum(len(tokenizer.encode(text).ids) for text in texts)
    return time.perf_counter() - started, count


work = {f.__name__: f for f in (train_tokenizers, train_rustbpe, encode_tiktoken, encode_tokenizers)}
for line in sys.stdin:
    command = json.loads(line)
    seconds, count = work[command["do"]](command.get("vocabSize"))
    print(json.dumps({"seconds": seconds, "count": count}), flush=True)
