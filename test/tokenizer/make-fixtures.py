"""Writes fixtures/ with the real peers: tiktoken's ids of texts.json, Hugging Face's merges of small corpora and its tokenizer.json.

Run: .venv/bin/python test/tokenizer/make-fixtures.py [CACHE], after the data sets poems, moby-dick and the model gpt2 have been fetched."""

import hashlib
import json
import random
import sys
from pathlib import Path

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

here = Path(__file__).parent
cache = Path(sys.argv[1] if len(sys.argv) > 1 else Path.home() / ".cache/cairn")
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
# GPT-4's (tiktoken_ext/openai_public.py, cl100k_base)
PATTERN_4 = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)


def write(name, content):
    path = here / "fixtures" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")


def train(texts, vocab_size, min_frequency=2, special_tokens=(), pattern=None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    if pattern:
        split = pre_tokenizers.Split(Regex(pattern), "isolated")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        special_tokens=list(special_tokens),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def merges(tokenizer):
    return [" ".join(merge) for merge in json.loads(tokenizer.to_str())["model"]["merges"]]


texts = json.loads((here / "texts.json").read_text())
files = cache / "models/gpt2"
ranks = data_gym_to_mergeable_bpe_ranks(str(files / "vocab.bpe"), str(files / "encoder.json"))
gpt2 = tiktoken.Encoding("gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256})
write("gpt2-ids.json", [gpt2.encode_ordinary(text) for text in texts])

poems = ["\n".join(poem["paragraphs"]) for poem in json.loads((cache / "datasets/poems/three-hundred.json").read_text())]
chapters = [json.loads((cache / f"datasets/moby-dick/chapter-{n:03}.json").read_text())["text"] for n in range(1, 11)]
write("merges-poems-and-chapters.json", merges(train([*poems, *chapters], 1500)))

# The whole novel and 2000 poems at 8192, where every table has grown several times: a digest is enough.
novel = [json.loads(file.read_text())["text"] for file in sorted((cache / "datasets/moby-dick").glob("chapter-*.json"))]
tang = [poem for file in sorted((cache / "datasets/poems").glob("tang-0*.json")) for poem in json.loads(file.read_text())]
tang = [text for text in ("\n".join(poem["paragraphs"]) for poem in tang) if text][:2000]
write("digest-8192.json", hashlib.sha256("\n".join(merges(train([*tang, *novel], 8192))).encode()).hexdigest())

# Few letters and many ties: the order of equal pairs, overlapping pairs and tokens to which two ways lead.
rng = random.Random(7)
small = []
for alphabet in ["a", "ab", "abc", "aab ", "人八入", "a人 "]:
    for length in [3, 8, 30, 200]:
        corpus = ["".join(rng.choice(alphabet) for _ in range(rng.randint(1, length))) for _ in range(rng.randint(1, 8))]
        least = rng.randint(1, 3)
        small.append({"texts": corpus, "minFrequency": least, "merges": merges(train(corpus, 256 + 60, least))})
write("merges-small.json", small)

written = [text for text in texts if all(not "\ud800" <= character <= "\udfff" for character in text)]
kept = train([*poems[:60], *chapters[:2]], 600, special_tokens=["<|endoftext|>", "<|user|>"])
kept.save(str(here / "fixtures/tokenizer.json"), pretty=False)
kept_4 = train([*poems[:60], *chapters[:2]], 500, pattern=PATTERN_4)
kept_4.save(str(here / "fixtures/tokenizer-gpt4-pattern.json"), pretty=False)
write(
    "tokenizer-ids.json",
    {
        "texts": written,
        "ids": [tokenizer_ids.ids for tokenizer_ids in kept.encode_batch(written)],
        "idsGpt4Pattern": [tokenizer_ids.ids for tokenizer_ids in kept_4.encode_batch(written)],
    },
)
