"""Waves, the inputs of the golden files, and how the results are written."""

import json
import math
import pathlib

import torch

HERE = pathlib.Path(__file__).resolve().parent
FORMULA = (
    "float32(offset + amplitude * sin(frequency * index + curvature * index * index + phase)), "
    "index = 0, 1, … over the row-major elements"
)


def wave(amplitude, frequency, phase, curvature=None, offset=None):
    """Without curvature the rows of a matrix are the sums of two vectors; with it they are independent."""
    full = {"amplitude": amplitude, "frequency": frequency, "phase": phase, "curvature": curvature, "offset": offset}
    return {key: value for key, value in full.items() if value is not None}


def tensor(description, *shape, first=0, requires_grad=False):
    """The wave's values as float64, starting at index `first`; `math.sin` is the C library's, as in a Swift test."""
    amplitude, frequency, phase = (description[key] for key in ("amplitude", "frequency", "phase"))
    curvature, offset = description.get("curvature", 0.0), description.get("offset", 0.0)
    values = [
        offset + amplitude * math.sin(frequency * index + curvature * index * index + phase)
        for index in range(first, first + math.prod(shape))
    ]
    exact = torch.tensor(values, dtype=torch.float64).to(torch.float32).to(torch.float64).reshape(shape)
    return exact.requires_grad_(requires_grad)


def numbers(values):
    """Row-major list with nine significant digits, enough to tell any two float32 apart."""
    return [float(f"{value:.9g}") for value in values.detach().flatten().tolist()]


def write(name, contents):
    """One line a key, so that a change of the numbers reads well in a diff."""

    def line(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    def lines(value, indent):
        if isinstance(value, dict) and indent < 6:
            inner = [f'{" " * (indent + 2)}"{key}": {lines(item, indent + 2)}' for key, item in value.items()]
            return "{\n" + ",\n".join(inner) + "\n" + " " * indent + "}"
        if isinstance(value, list) and value and isinstance(value[0], dict):
            inner = [" " * (indent + 2) + lines(item, indent + 2) for item in value]
            return "[\n" + ",\n".join(inner) + "\n" + " " * indent + "]"
        return line(value)

    made_with = f"PyTorch {torch.__version__.split('+')[0]}, float64"
    path = HERE / name
    path.write_text(lines({"madeBy": "make_golden.py", "madeWith": made_with, "wave": FORMULA, **contents}, 0) + "\n")
    print(f"{name}: {path.stat().st_size} bytes")
