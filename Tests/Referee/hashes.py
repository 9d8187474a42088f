#!/usr/bin/env python3
"""Prints the name of each run directory and three SHA-256 of what its training came to, and of nothing else.

    python3 Tests/Referee/hashes.py RUN…

weights     names, types, shapes and values of the tensors of model.safetensors, by name. Its metadata are left out: they
            hold the settings and what computed the passes.
metrics     the lines of metrics.jsonl without the keys in `times`.
primitives  primitives.json: what computed the passes of each layer.
"""
import hashlib
import json
import sys
from pathlib import Path

times = {"seconds", "samplesPerSecond"}


def canonical(value):
    """The same text for the same numbers, whatever the order of the keys and the notation."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def weights(path):
    contents = path.read_bytes()
    begin = 8 + int.from_bytes(contents[:8], "little")
    tensors = json.loads(contents[8:begin])
    tensors.pop("__metadata__", None)
    digest = hashlib.sha256()
    for name in sorted(tensors):
        start, end = tensors[name]["data_offsets"]
        digest.update(canonical([name, tensors[name]["dtype"], tensors[name]["shape"]]))
        digest.update(contents[begin + start : begin + end])
    return digest.hexdigest()


def metrics(path):
    digest = hashlib.sha256()
    for line in path.read_text().splitlines():
        digest.update(canonical({key: value for key, value in json.loads(line).items() if key not in times}) + b"\n")
    return digest.hexdigest()


def primitives(path):
    return hashlib.sha256(canonical(json.loads(path.read_text()))).hexdigest()


for run in map(Path, sys.argv[1:]):
    print(run.name, weights(run / "model.safetensors"), metrics(run / "metrics.jsonl"), primitives(run / "primitives.json"))
