"""Makes fixtures/ from the real sentence-transformers: 200 texts, their token ids and their vectors.

    .venv/bin/python test/embeddings/make-fixtures.py MODEL_FOLDER

MODEL_FOLDER is where Cairn's cache has all-MiniLM-L6-v2. The texts are taken from the course's data and from a list of hard ones below.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "datasets"

HARD = [
    "",
    " ",
    "\n\t",
    "a",
    "?",
    "好",
    "AI工程师",
    "机器学习专家",
    "前端开发",
    "AI engineer",
    "machine learning expert",
    "front-end development",
    "便宜手机",
    "性价比高的智能机",
    "𠮷野家の牛丼",
    "東京は日本の首都です。",
    "서울은 한국의 수도이다",
    "Café naïve façade Ångström",
    "I ❤️ 🍕 and 👩‍👩‍👧‍👦 and 🇨🇳",
    "😀",
    "zero\u200bwidth\u00adsoft\u0000null\ufffdreplacement",
    "don't can't won't it's",
    "x" * 120,
    "price: $1,299.00 (incl. 19% VAT) — e-mail me@example.com",
    "https://example.com/a/b?c=d&e=f#g",
    "if (a[i] != b[j]) { return x ** 2; } // O(n²)",
    "ＦＵＬＬｗｉｄｔｈ　ｔｅｘｔ",
    "ΑΒΓ αβγ Привет мир שלום مرحبا नमस्ते",
    "The quick brown fox jumps over the lazy dog. " * 40,
    "机器学习是人工智能的一个分支。" * 60,
    "word " * 254,
    "word " * 255,
]


def texts():
    products = [json.loads(line) for line in (DATA / "catalogue/products.jsonl").read_text("utf8").splitlines()]
    tickets = [json.loads(line) for line in (DATA / "tickets/tickets.jsonl").read_text("utf8").splitlines()]
    chosen = list(HARD)
    for product in products[::5]:
        chosen += [product["name"], product["nameZh"], product["description"], product["descriptionZh"]]
    chosen += [ticket["body"] for ticket in tickets[::6]]
    return list(dict.fromkeys(chosen))[:200]


def encoder(folder):
    transformer = Transformer(folder, max_seq_length=256)
    return SentenceTransformer(modules=[transformer, Pooling(384, pooling_mode="mean"), Normalize()], device="cpu")


if __name__ == "__main__":
    model = encoder(sys.argv[1])
    chosen = texts()
    ids = [model.preprocess([text])["input_ids"][0].tolist() for text in chosen]
    vectors = model.encode(chosen, batch_size=1, convert_to_tensor=True)
    (HERE / "fixtures").mkdir(exist_ok=True)
    rows = ",\n".join(json.dumps({"text": text, "ids": row}, ensure_ascii=False) for text, row in zip(chosen, ids))
    (HERE / "fixtures/texts.json").write_text(f"[\n{rows}\n]\n", "utf8")
    save_file({"vectors": vectors.to(torch.float16).contiguous()}, HERE / "fixtures/vectors.safetensors")
    print(len(chosen), "texts,", sum(map(len, ids)), "tokens")
