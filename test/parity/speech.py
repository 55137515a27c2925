"""transformers as the oracle for speech; reads one JSON command from stdin.

{"do": "mel", "file", "into"}                   → log-mel spectrogram of the float32 samples in a file, (80, frames)
{"do": "make", "folder", "samples", "ids", "into"} → a tiny random Whisper as a folder of transformers, and its logits for the ids after the sound
{"do": "base", "folder", "samples", "ids", "into", "clips"} → logits of the model in CTranslate2's file, read here once more, after the sound; and for each of the
                                                  clips, {"samples", "language"}, the ids as generate() gives them, with times
"""

import json
import struct
import sys

import numpy as np
import torch
from transformers import GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration


def samples_of(file):
    return np.fromfile(file, dtype=np.float32)


def features(samples, **options):
    return WhisperFeatureExtractor(feature_size=80)(samples, sampling_rate=16000, return_tensors="pt", **options).input_features


def read_ctranslate2(file):
    """Variables by name, as github.com/OpenNMT/CTranslate2 (python/ctranslate2/specs/model_spec.py) writes them."""
    data = open(file, "rb").read()
    at = 0

    def take(kind):
        nonlocal at
        (number,) = struct.unpack_from("<" + kind, data, at)
        at += struct.calcsize("<" + kind)
        return number

    def text():
        nonlocal at
        size = take("H")
        at += size
        return data[at - size : at - 1].decode()

    take("I"), text(), take("I")
    kinds = [np.float32, np.int8, np.int16, np.int32, np.float16]
    variables = {}
    for _ in range(take("I")):
        name = text()
        shape = [take("I") for _ in range(take("B"))]
        kind = kinds[take("B")]
        size = take("I")
        variables[name] = np.frombuffer(data[at : at + size], dtype=kind).reshape(shape)
        at += size
    return variables


def base_model(file):
    config = WhisperConfig(
        vocab_size=51865, d_model=512, encoder_layers=6, decoder_layers=6, encoder_attention_heads=8, decoder_attention_heads=8,
        encoder_ffn_dim=2048, decoder_ffn_dim=2048, max_source_positions=1500, max_target_positions=448,
    )  # fmt: skip
    given = read_ctranslate2(file)
    state = {
        "model.encoder.conv1.weight": given["encoder/conv1/weight"],
        "model.encoder.conv1.bias": given["encoder/conv1/bias"],
        "model.encoder.conv2.weight": given["encoder/conv2/weight"],
        "model.encoder.conv2.bias": given["encoder/conv2/bias"],
        "model.encoder.embed_positions.weight": given["encoder/position_encodings/encodings"],
        "model.decoder.embed_positions.weight": given["decoder/position_encodings/encodings"],
        "model.decoder.embed_tokens.weight": given["decoder/embeddings/weight"],
        "proj_out.weight": given["decoder/embeddings/weight"],
    }

    def linear(name, weight, bias):
        state[f"{name}.weight"] = weight
        state[f"{name}.bias"] = bias

    def attention(ours, theirs, parts):
        pieces = []
        for index in range(parts):
            weight, bias = (given[f"{theirs}/linear_{index}/{kind}"] for kind in ("weight", "bias"))
            count = weight.shape[0] // 512
            pieces += list(zip(np.split(weight, count), np.split(bias, count)))
        for name, (weight, bias) in zip(("q_proj", "k_proj", "v_proj", "out_proj"), pieces):
            linear(f"{ours}.{name}", weight, bias)
            if name == "k_proj":
                assert not bias.any()  # transformers' keys have none
                del state[f"{ours}.{name}.bias"]

    def norm(ours, theirs):
        linear(ours, given[f"{theirs}/gamma"], given[f"{theirs}/beta"])

    for side, layers in (("encoder", 6), ("decoder", 6)):
        for layer in range(layers):
            ours, theirs = f"model.{side}.layers.{layer}", f"{side}/layer_{layer}"
            attention(f"{ours}.self_attn", f"{theirs}/self_attention", 2)
            norm(f"{ours}.self_attn_layer_norm", f"{theirs}/self_attention/layer_norm")
            if side == "decoder":
                attention(f"{ours}.encoder_attn", f"{theirs}/attention", 3)
                norm(f"{ours}.encoder_attn_layer_norm", f"{theirs}/attention/layer_norm")
            for index in (0, 1):
                linear(f"{ours}.fc{index + 1}", given[f"{theirs}/ffn/linear_{index}/weight"], given[f"{theirs}/ffn/linear_{index}/bias"])
            norm(f"{ours}.final_layer_norm", f"{theirs}/ffn/layer_norm")
        norm(f"model.{side}.layer_norm", f"{side}/layer_norm")
    model = WhisperForConditionalGeneration(config)
    model.load_state_dict({name: torch.tensor(value.astype(np.float32)) for name, value in state.items()})
    return model.eval()


def write_logits(model, samples, ids, into):
    with torch.no_grad():
        out = model(input_features=features(samples), decoder_input_ids=torch.tensor([ids]))
    out.logits[0].numpy().tofile(into)
    out.encoder_last_hidden_state[0].numpy().tofile(into + ".encoded")


def make(folder):
    torch.manual_seed(3)
    config = WhisperConfig(
        vocab_size=120, d_model=32, encoder_layers=2, decoder_layers=3, encoder_attention_heads=2, decoder_attention_heads=4,
        encoder_ffn_dim=64, decoder_ffn_dim=48, max_source_positions=1500, max_target_positions=64,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=3, suppress_tokens=[], begin_suppress_tokens=[],
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(folder)
    return model.eval()


def generate(model, config, samples, language):
    """Greedy, with timestamps: the ids after <|startoftranscript|>, the language and the task."""
    tokens = {"en": 50259, "zh": 50260}
    model.generation_config = GenerationConfig(
        no_timestamps_token_id=50363, lang_to_id={f"<|{code}|>": id for code, id in tokens.items()}, task_to_id={"translate": 50358, "transcribe": 50359},
        is_multilingual=True, suppress_tokens=config["suppress_ids"], begin_suppress_tokens=config["suppress_ids_begin"], max_initial_timestamp_index=50,
        decoder_start_token_id=50258, eos_token_id=50257, pad_token_id=50257, bos_token_id=50257, max_length=448, return_timestamps=True,
    )  # fmt: skip
    ids = model.generate(features(samples), language=language, task="transcribe", return_timestamps=True, num_beams=1, do_sample=False, return_dict_in_generate=False)
    return ids[0].tolist()


def answer(command):
    match command["do"]:
        case "mel":
            features(samples_of(command["file"]), padding=False)[0].numpy().tofile(command["into"])
        case "make":
            write_logits(make(command["folder"]), samples_of(command["samples"]), command["ids"], command["into"])
        case "base":
            model = base_model(command["folder"] + "/model.bin")
            write_logits(model, samples_of(command["samples"]), command["ids"], command["into"])
            config = json.load(open(command["folder"] + "/config.json"))
            return [generate(model, config, samples_of(clip["samples"]), clip["language"]) for clip in command["clips"]]
    return None


print(json.dumps(answer(json.loads(sys.stdin.read()))))
