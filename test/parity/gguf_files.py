"""llama.cpp's own Python package as the oracle for GGUF files: writes a file of random blocks with what they mean, and reads one of ours."""
import json
import sys

import numpy as np
from gguf import GGMLQuantizationType as T, GGUFReader, GGUFWriter, quants

command = json.load(sys.stdin)


def random_blocks(rng, dtype, blocks):
    """Bytes at random, whose 16-bit scales are finite and of usual size."""
    size = quants._type_traits[dtype].type_size
    data = rng.integers(0, 256, (blocks, size), dtype=np.uint8)
    halves = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
    for at in halves[dtype.name]:
        data[:, at : at + 2] = rng.normal(0, 0.1, blocks).astype(np.float16).view(np.uint8).reshape(blocks, 2)
    return data


if command["do"] == "write":
    rng = np.random.default_rng(7)
    writer = GGUFWriter(command["file"], "llama")
    writer.add_uint32("test.count", 2**32 - 1)
    writer.add_uint64("test.large", 2**60 + 1)
    writer.add_float32("test.third", 1 / 3)
    writer.add_bool("test.yes", True)
    writer.add_string("test.text", "汉字 and 😀")
    writer.add_array("test.words", ["a", "", "ü"])
    writer.add_array("test.numbers", [1, -2, 3])
    meant = {}
    for name in command["types"]:
        dtype = T[name]
        blocks = random_blocks(rng, dtype, 48)
        writer.add_tensor(f"blk.{name}.weight", blocks.reshape(4, -1), raw_dtype=dtype)
        meant[name] = quants.dequantize(blocks.reshape(-1), dtype).view(np.uint32).tolist()
    half = rng.normal(size=(3, 5)).astype(np.float16)
    writer.add_tensor("half", half)
    meant["F16"] = half.astype(np.float32).reshape(-1).view(np.uint32).tolist()
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(json.dumps(meant))
elif command["do"] == "quantize":
    values = np.array(command["values"], dtype=np.float32)
    print(json.dumps({name: quants.quantize(values, T[name]).reshape(-1).view(np.uint8).tolist() for name in command["types"]}))
else:
    reader = GGUFReader(command["file"])
    fields = {key: field.contents() for key, field in reader.fields.items()}
    tensors = {
        t.name: {"type": t.tensor_type.name, "shape": [int(n) for n in reversed(t.shape)], "bytes": t.data.reshape(-1).view(np.uint8).tolist()}
        for t in reader.tensors
    }
    print(json.dumps({"fields": fields, "tensors": tensors}))
