"""The live peer of tensor and nn: evaluates PyTorch expressions. Reads a list of cases as JSON and writes a list of answers.

A case is {"torch", "inputs": {name: array}, "weights"?: array, "second"?: {name: array}}, an array {"dtype", "shape", "bytes": base64}. An input is a
variable of the expression by its name; `given` has them all, also those whose names have dots. An answer is {"value": array}; with weights also
{"first": {name: array}}, the gradients of the sum of value · weights for each float among the inputs; and with second also {"second"}, the
gradients of the sum of all first · second. Where PyTorch refuses, it is {"refused": message}.
"""

import base64
import json
import sys
import warnings

import numpy
import torch
from torch.nn import functional as F  # noqa: N812 (the name that everybody gives it, in the expressions too)

import modules

warnings.simplefilter("ignore")  # such as of the variance of a single number
torch.set_num_threads(1)  # the tensors are small
torch.manual_seed(0)

DTYPES = {"float16": numpy.float16, "float32": numpy.float32, "float64": numpy.float64, "int64": numpy.int64, "bool": numpy.bool_}


def unpack(array):
    flat = numpy.frombuffer(base64.b64decode(array["bytes"]), DTYPES[array["dtype"]])
    return torch.from_numpy(flat.reshape(array["shape"]).copy())


def pack(tensor):
    array = tensor.contiguous().numpy(force=True)
    return {"dtype": array.dtype.name, "shape": list(array.shape), "bytes": base64.b64encode(array.tobytes()).decode()}


def gradients(total, inputs):
    if not total.requires_grad:
        return {name: torch.zeros_like(tensor) for name, tensor in inputs.items()}
    found = torch.autograd.grad(total, list(inputs.values()), create_graph=True, materialize_grads=True)
    return dict(zip(inputs, found, strict=True))


def weighted(tensors, weights):
    return sum(((tensors[name] * unpack(weight)).sum() for name, weight in weights.items()), torch.zeros(()))


def answer(case):
    given = {name: unpack(array) for name, array in case["inputs"].items()}
    floats = {name: tensor.requires_grad_() for name, tensor in given.items() if tensor.is_floating_point()}
    value = eval(case["torch"], {"torch": torch, "F": F, "given": given, **vars(modules), **given})
    result = {"value": pack(value)}
    if "weights" in case and list(value.shape) == case["weights"]["shape"]:
        first = gradients(weighted({"value": value}, {"value": case["weights"]}), floats)
        result["first"] = {name: pack(tensor) for name, tensor in first.items()}
        if "second" in case:
            second = gradients(weighted(first, case["second"]), floats)
            result["second"] = {name: pack(tensor) for name, tensor in second.items()}
    return result


def answer_or_refuse(case):
    try:
        return answer(case)
    except (RuntimeError, IndexError, ValueError) as error:
        return {"refused": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    json.dump([answer_or_refuse(case) for case in json.load(sys.stdin)], sys.stdout)
