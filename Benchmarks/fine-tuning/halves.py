"""Writes CIFAR-10 as two data sets of five classes each, as NPY files: OUT/a-train-x.npy, a-train-y.npy, a-test-x.npy …, b-test-y.npy.

    python3 Benchmarks/fine-tuning/halves.py DIR OUT

DIR has the files of the binary version, data_batch_1.bin … test_batch.bin, plain or compressed by xz. a: classes 0 to 4, b: 5 to 9.
"""

import argparse
import lzma
import pathlib
import struct

FILES = {"train": [f"data_batch_{number}.bin" for number in range(1, 6)], "test": ["test_batch.bin"]}
RECORD = 3073


def contents(path):
    if path.exists():
        return path.read_bytes()
    return lzma.decompress(path.with_name(path.name + ".xz").read_bytes())


def write(path, shape, data):
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for part, files in FILES.items():
        data = b"".join(contents(arguments.directory / file) for file in files)
        for half, first in (("a", 0), ("b", 5)):
            records = [place for place in range(0, len(data), RECORD) if first <= data[place] < first + 5]
            images = b"".join(data[place + 1 : place + RECORD] for place in records)
            labels = bytes(data[place] - first for place in records)
            write(arguments.out / f"{half}-{part}-x.npy", (len(records), 3, 32, 32), images)
            write(arguments.out / f"{half}-{part}-y.npy", (len(records),), labels)


if __name__ == "__main__":
    main()
