"""The live peer of optim: PyTorch's optimizers. Reads a list of questions as JSON, writes the list of answers.

A question is {"kind", "options", "parameters": {name: {"shape", "values"}}, "gradients": [{name: values}], "clip"?: number}: take a step for each of
the gradients. The answer is the parameters after the last: {name: values}
"""

import json
import sys

import torch

torch.set_num_threads(1)  # the tensors are small


def newton_schulz(matrix):
    """Jordan's orthogonalisation in float32; torch.optim.Muon rounds to bfloat16 here."""
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(5):
        products = x @ x.T
        x = 3.4445 * x + (-4.7750 * products + 2.0315 * products @ products) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


class Float32Muon(torch.optim.Muon):
    """torch's own step, with its orthogonalisation replaced by the one above."""

    def step(self):
        import torch.optim._muon as muon

        rounded, muon._zeropower_via_newtonschulz = muon._zeropower_via_newtonschulz, lambda matrix, *_: newton_schulz(matrix)
        try:
            super().step()
        finally:
            muon._zeropower_via_newtonschulz = rounded


def make_optimizer(kind, options, parameters):
    matrices = [parameter for parameter in parameters.values() if parameter.dim() >= 2]
    others = [parameter for parameter in parameters.values() if parameter.dim() < 2]
    decay = options.get("weight_decay", 0.01)
    if "betas" in options:
        options = {**options, "betas": tuple(map(float, options["betas"]))}
    groups = [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    if kind == "AdamW":
        return [torch.optim.AdamW(groups, **options)]
    if kind == "SGD":
        return [torch.optim.SGD(groups, **options)]
    muon = Float32Muon(matrices, **options, adjust_lr_fn="match_rms_adamw")
    return [muon, torch.optim.AdamW(others, lr=options["lr"], betas=(0.9, 0.95), weight_decay=0.0)]


def answer(question):
    parameters = {
        name: torch.nn.Parameter(torch.tensor(given["values"], dtype=torch.float32).reshape(given["shape"]))
        for name, given in question["parameters"].items()
    }
    optimizers = make_optimizer(question["kind"], question["options"], parameters)
    for gradients in question["gradients"]:
        for name, values in gradients.items():
            parameters[name].grad = torch.tensor(values, dtype=torch.float32).reshape(parameters[name].shape)
        if "clip" in question:
            torch.nn.utils.clip_grad_norm_(parameters.values(), question["clip"])
        for each in optimizers:
            each.step()
    return {name: parameter.detach().flatten().tolist() for name, parameter in parameters.items()}


if __name__ == "__main__":
    json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
