"""Makes fixtures/ with the real safetensors: every type in one file, and what PyTorch reads in it as float32.

    .venv/bin/python test/checkpoints/make-fixtures.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).parent / "fixtures"

TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U64": torch.uint64,
    "U32": torch.uint32,
    "U16": torch.uint16,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    real = torch.tensor([0.0, -0.0, 1.0, -1.5, 3.14159, 1e-7, 65504.0, -448.0, 2.0**-24, 6e-8, 0.1, 100.3])
    whole = torch.tensor([0, 1, 2, 100, 127, 7, 9, 11, 13, 17, 19, 23])
    tensors, expected = {}, {}
    for name, dtype in TYPES.items():
        source = real.clamp(-448, 448) if name == "F8_E4M3" else real
        tensor = (source if name[0] in "FB" and name != "BOOL" else whole).to(dtype).reshape(3, 4)
        tensors[name] = tensor
        expected[name] = tensor.to(torch.float32)
    # Every pattern of the small types; their infinities and NaNs too.
    for name, dtype, bits in [("F16", torch.float16, torch.int16), ("BF16", torch.bfloat16, torch.int16)]:
        tensors[f"all {name}"] = torch.arange(-32768, 32768, 37).to(bits).view(dtype)
        expected[f"all {name}"] = tensors[f"all {name}"].to(torch.float32)
    for name in ["F8_E4M3", "F8_E5M2"]:
        tensors[f"all {name}"] = torch.arange(0, 256).to(torch.uint8).view(TYPES[name])
        expected[f"all {name}"] = tensors[f"all {name}"].to(torch.float32)
    tensors["empty"] = expected["empty"] = torch.zeros(0, 5)
    tensors["scalar"] = expected["scalar"] = torch.tensor(2.5)
    save_file(tensors, FOLDER / "types.safetensors", {"made by": "safetensors"})
    save_file(expected, FOLDER / "expected.safetensors")
