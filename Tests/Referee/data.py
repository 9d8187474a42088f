#!/usr/bin/env python3
"""Writes the data files of the referee's cases: small sets in each format, the same on every machine.

    python3 Tests/Referee/data.py FOLDER
"""
import gzip
import struct
import sys
from pathlib import Path

folder = Path(sys.argv[1])
state = 1


def random(limit):
    """A linear congruential generator (Knuth's MMIX): Python promises no sequence of its own across versions."""
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    return (state >> 33) % limit


def images(count, pixels, classes):
    """Labels in turn, and bytes around a level of the class that differs from pixel to pixel."""
    labels = [index % classes for index in range(count)]
    return labels, [bytes((label * (pixel % 7 + 3) * 11 + random(64)) % 256 for pixel in range(pixels)) for label in labels]


def idx(name, dimensions, contents):
    header = bytes([0, 0, 8, len(dimensions)]) + struct.pack(f">{len(dimensions)}I", *dimensions)
    (folder / name).write_bytes(gzip.compress(header + contents, mtime=0))


def npy(name, kind, shape, contents):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    (folder / name).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + contents)


for part, count in [("train", 192), ("test", 48)]:
    labels, samples = images(count, 100, 5)
    idx(f"{part}-images.gz", [count, 10, 10], b"".join(samples))
    idx(f"{part}-labels.gz", [count], bytes(labels))
    numbers = [value / 32 for sample in samples for value in sample[:12]]
    npy(f"{part}-features.npy", "<f8", [count, 12], struct.pack(f"<{len(numbers)}d", *numbers))
    npy(f"{part}-labels.npy", "<i8", [count], struct.pack(f"<{count}q", *labels))
    labels, samples = images(count, 3 * 32 * 32, 10)
    (folder / f"{part}-cifar10.bin").write_bytes(b"".join(bytes([label]) + sample for label, sample in zip(labels, samples)))
    (folder / f"{part}-cifar100.bin").write_bytes(
        b"".join(bytes([label // 5, label]) + sample for label, sample in zip((l * 9 for l in labels), samples)))

with open(folder / "table.csv", "w") as table:
    table.write("id;height;width;kind\n")
    for row in range(240):
        kind = random(3)
        table.write(f"{row};{kind * 4 + random(600) / 100};{10 - kind * 3 + random(900) / 100};{['oak', 'ash', 'elm'][kind]}\n")

# Sequences of the tokens 1 to 11 filled up by 0, in three classes by the token that comes often.
for part, count in [("train", 96), ("test", 48)]:
    labels = [index % 3 for index in range(count)]
    tokens = []
    for label in labels:
        length = 6 + random(7)
        row = [label + 1 if random(3) == 0 else 1 + random(11) for _ in range(length)]
        tokens += row + [0] * (12 - length)
    npy(f"{part}-tokens.npy", "<i4", [count, 12], struct.pack(f"<{len(tokens)}i", *tokens))
    npy(f"{part}-token-labels.npy", "<i8", [count], struct.pack(f"<{count}q", *labels))

# A column of more levels than are made features of their own, and one that lacks some.
with open(folder / "levels.csv", "w") as table:
    table.write("city,height,kind\n")
    for row in range(240):
        city = row * 37 % 80
        table.write(f"city {city},{'' if row % 9 == 4 else city % 3 + random(300) / 100},{['oak', 'ash', 'elm'][city % 3]}\n")
