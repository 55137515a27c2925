"""Pillow, PyTorch and RapidOCR, for multimodal.test.ts. A JSON command on stdin, the answer on stdout."""

import base64
import json
import sys

command = json.load(sys.stdin)


def image(given):
    from PIL import Image

    return Image.frombytes("RGB", (given["width"], given["height"]), base64.b64decode(given["data"]))


def resize():
    """Each size and filter as Pillow's bytes."""
    from PIL import Image

    filters = {"nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
    source = image(command["image"])
    return [
        base64.b64encode(source.resize((to["width"], to["height"]), filters[to["filter"]]).tobytes()).decode() for to in command["to"]
    ]


def info_nce():
    """CLIP's loss and its gradients, as its paper's figure 3 has it."""
    import torch
    import torch.nn.functional as F

    images, texts, scale = [torch.tensor(command[name], dtype=torch.float64, requires_grad=True) for name in ("images", "texts", "scale")]
    logits = scale.exp() * images @ texts.T
    labels = torch.arange(len(images))
    loss = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
    loss.backward()
    return {"loss": loss.item(), "images": images.grad.tolist(), "texts": texts.grad.tolist(), "scale": scale.grad.item()}


def save_pth():
    """A checkpoint of tensors of many kinds, in the old format."""
    import torch

    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 7
    tensors = {
        "whole": base,
        "turned": base.T,
        "part": base[1:3, ::2],
        "half": base.half(),
        "brain": base.bfloat16(),
        "double": base.double(),
        "long": torch.tensor([-1, 2**40]),
        "bytes": torch.tensor([0, 255], dtype=torch.uint8),
        "yes": torch.tensor([True, False]),
        "scalar": torch.tensor(3.5),
        "none": torch.zeros(0, 3),
        "learnt": torch.nn.Parameter(base[0]),
    }
    torch.save(torch.nn.ParameterList().state_dict() | tensors, command["file"], _use_new_zipfile_serialization=False)
    torch.save({"a": base}, command["zip"])
    torch.save({"a": base, "b": command}, command["mixed"], _use_new_zipfile_serialization=False)
    return {name: {"shape": list(tensor.shape), "numbers": tensor.detach().double().flatten().tolist()} for name, tensor in tensors.items()}


def classify():
    """EfficientNet-Lite0 with its batch normalisation as it stands, on given pixels."""
    import torch
    import torch.nn.functional as F

    weights = torch.load(command["file"], weights_only=True)
    x = torch.frombuffer(bytearray(base64.b64decode(command["pixels"])), dtype=torch.float32).reshape(-1, 3, 224, 224)

    def layer(x, conv, norm, stride=1):
        weight = weights[f"{conv}.weight"]
        kernel = weight.shape[2]
        padding = max((-(-x.shape[2] // stride) - 1) * stride + kernel - x.shape[2], 0)
        x = F.pad(x, (padding // 2, padding - padding // 2) * 2)
        x = F.conv2d(x, weight, stride=stride, groups=len(weight) if weight.shape[1] == 1 else 1)
        part = [weights[f"{norm}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(x, *part, eps=1e-3)

    x = F.relu6(layer(x, "_conv_stem", "_bn0", 2))
    for block in range(16):
        at, before = f"_blocks.{block}", x
        if f"{at}._expand_conv.weight" in weights:
            x = F.relu6(layer(x, f"{at}._expand_conv", f"{at}._bn0"))
        x = F.relu6(layer(x, f"{at}._depthwise_conv", f"{at}._bn1", 2 if block in (1, 3, 5, 11) else 1))
        x = layer(x, f"{at}._project_conv", f"{at}._bn2")
        if x.shape == before.shape:
            x = x + before
    features = F.relu6(layer(x, "_conv_head", "_bn1")).mean((2, 3))
    return {"features": features.tolist(), "logits": F.linear(features, weights["_fc.weight"], weights["_fc.bias"]).tolist()}


def ocr():
    """RapidOCR on the same networks: boxes and texts."""
    import numpy
    from rapidocr_onnxruntime import RapidOCR

    folder = command["folder"]
    reader = RapidOCR(
        det_model_path=f"{folder}/ch_PP-OCRv4_det_infer.onnx",
        cls_model_path=f"{folder}/ch_ppocr_mobile_v2.0_cls_infer.onnx",
        rec_model_path=f"{folder}/ch_PP-OCRv4_rec_infer.onnx",
        rec_keys_path=f"{folder}/ppocr_keys_v1.txt",
    )
    found, _ = reader(numpy.array(image(command["image"]))[:, :, ::-1].copy())
    return [{"box": [[float(x), float(y)] for x, y in box], "text": text, "score": float(score)} for box, text, score in found or []]


print(json.dumps(globals()[command["do"]]()))
