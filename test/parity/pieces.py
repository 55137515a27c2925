"""The peers of SentencePiece's tokenizers: reads one JSON job from stdin, writes one JSON answer.

{"do": "train", "folder", "corpus", "texts"} → vocabularies that SentencePiece learns from the corpus, saved as FOLDER/NAME.json in the forms that
                                               published models have; by name: Hugging Face's ids of the texts, and what they decode to
{"do": "spell", "corpus", "texts"}           → SentencePiece's own model, by name: pieces, scores, kinds, and its own ids of the texts
{"do": "encode", "file", "texts"}            → Hugging Face's ids of a tokenizer.json, with the pair templates of the first texts
"""

import io
import json
import sys

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors


def learn(corpus, **options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for text in corpus for line in text.split("\n") if line),
        model_writer=model,
        vocab_size=2500,
        character_coverage=0.995,
        num_threads=2,
        minloglevel=2,
        **options,
    )
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto, sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


LLAMA = {"model_type": "bpe", "byte_fallback": True, "normalization_rule_name": "identity", "remove_extra_whitespaces": False}
KINDS = {1: "normal", 2: "unknown", 3: "control", 4: "userDefined", 5: "unused", 6: "byte"}


def merges_of(proto):
    """As transformers converts them: by the score of what they make."""
    ids = {piece.piece: id for id, piece in enumerate(proto.pieces) if piece.type == 1}
    pairs = []
    for piece in ids:
        for at in range(1, len(piece)):
            left, right = piece[:at], piece[at:]
            if left in ids and right in ids:
                pairs.append((ids[piece], ids[left], ids[right], left, right))
    return [(left, right) for *_, left, right in sorted(pairs)]


METASPACE = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
LLAMA_DECODER = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]


def forms(corpus):
    proto, _ = learn(corpus, model_type="unigram")
    bytes_proto, _ = learn(corpus, model_type="unigram", byte_fallback=True)
    charsmap = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
    spaces = normalizers.Replace(Regex(" {2,}"), " ")

    def unigram(model, normalizer, pre_tokenizer=METASPACE, byte_fallback=False):
        tokenizer = Tokenizer(models.Unigram([(piece.piece, piece.score) for piece in model.pieces], 0, byte_fallback))
        tokenizer.normalizer = normalizer
        tokenizer.pre_tokenizer = pre_tokenizer
        spaces_back = decoders.Metaspace(replacement="▁", prepend_scheme="always")
        tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), spaces_back]) if byte_fallback else spaces_back
        tokenizer.add_special_tokens(["<unk>", "<s>", "</s>", AddedToken("<mask>", lstrip=True)])
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", pair="<s> $A </s> </s> $B:1 </s>:1", special_tokens=[("<s>", 1), ("</s>", 2)]
        )
        return tokenizer

    llama, _ = learn(corpus, **LLAMA)

    def bpe(normalizer, pre_tokenizer, strip, byte_fallback=True):
        vocab = {piece.piece: id for id, piece in enumerate(llama.pieces)}
        tokenizer = Tokenizer(models.BPE(vocab, merges_of(llama), unk_token="<unk>", fuse_unk=True, byte_fallback=byte_fallback))
        if normalizer:
            tokenizer.normalizer = normalizer
        if pre_tokenizer:
            tokenizer.pre_tokenizer = pre_tokenizer
        tokenizer.decoder = decoders.Sequence([*LLAMA_DECODER, decoders.Strip(" ", 1, 0)] if strip else LLAMA_DECODER)
        tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
        return tokenizer

    gemma = bpe(normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"), False)
    gemma.add_tokens([AddedToken(text, normalized=False) for text in ["\n", "\n\n", "<table>", "7"]])
    return {
        "XLM-R": unigram(proto, normalizers.Sequence([charsmap, spaces])),
        "XLM-R, older": unigram(proto, charsmap, pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), METASPACE])),
        "T5": unigram(proto, normalizers.Sequence([charsmap, normalizers.Strip(False, True), spaces])),
        "bytes": unigram(bytes_proto, charsmap, byte_fallback=True),
        "ALBERT": unigram(
            proto,
            normalizers.Sequence([normalizers.Replace("``", '"'), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), spaces]),
        ),
        "nmt": unigram(proto, normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])),
        "first": unigram(proto, charsmap, pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)),
        "Llama 2": bpe(normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None, True),
        "Mistral": bpe(None, pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False), True),
        "Gemma": gemma,
        "unknown": bpe(normalizers.Replace(" ", "▁"), None, False, byte_fallback=False),
    }


def train(job):
    answer = {}
    for name, tokenizer in forms(job["corpus"]).items():
        tokenizer.save(f"{job['folder']}/{name}.json")
        ids = [encoding.ids for encoding in tokenizer.encode_batch(job["texts"], add_special_tokens=False)]
        answer[name] = {"ids": ids, "texts": tokenizer.decode_batch(ids, skip_special_tokens=False)}
    return answer


def spell(job):
    answer = {}
    for name, options in {"llama": LLAMA, "gemma": {**LLAMA, "add_dummy_prefix": False}}.items():
        proto, processor = learn(job["corpus"], **options)
        answer[name] = {
            "pieces": [piece.piece for piece in proto.pieces],
            "scores": [piece.score for piece in proto.pieces],
            "kinds": [KINDS[piece.type] for piece in proto.pieces],
            "ids": processor.encode(job["texts"]),
            "texts": processor.decode(processor.encode(job["texts"])),
        }
    return answer


def encode(job):
    tokenizer = Tokenizer.from_file(job["file"])
    pairs = [tokenizer.encode(one, other) for one, other in zip(job["texts"][:50], job["texts"][1:51])]
    return {
        "ids": [encoding.ids for encoding in tokenizer.encode_batch(job["texts"], add_special_tokens=False)],
        "pairs": [{"ids": pair.ids, "typeIds": pair.type_ids} for pair in pairs],
    }


job = json.load(sys.stdin)
json.dump({"train": train, "spell": spell, "encode": encode}[job["do"]](job), sys.stdout)
