"""The reference reader of safetensors (the Rust crate, through Python): reads a JSON list of files from stdin, and writes for each the tensors
as [[name, dtype, shape, bytes in hexadecimal]], sorted by name, or null where it refuses the file."""

import json
import sys

from safetensors import SafetensorError, deserialize


def read(file):
    try:
        with open(file, "rb") as opened:
            tensors = deserialize(opened.read())
    except SafetensorError:
        return None
    return sorted([name, entry["dtype"], entry["shape"], bytes(entry["data"]).hex()] for name, entry in tensors)


json.dump([read(file) for file in json.load(sys.stdin)], sys.stdout)
