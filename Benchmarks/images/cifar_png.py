"""Writes CIFAR-10 as PNG files: OUT/train.csv and test.csv list them in the order of the binary files, OUT/train0.tar … hold the same.

    python3 Benchmarks/images/cifar_png.py DIR OUT

DIR has data_batch_1.bin … test_batch.bin of the binary version, decompressed. Needs numpy and pillow.
"""

import argparse
import io
import pathlib
import tarfile

import numpy
from PIL import Image

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
FILES = {"train": [f"data_batch_{number}.bin" for number in range(1, 6)], "test": ["test_batch.bin"]}
IN_ARCHIVE = 10_000


def write(directory, out, part):
    rows = numpy.concatenate([numpy.fromfile(directory / file, numpy.uint8).reshape(-1, 3073) for file in FILES[part]])
    images = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    for name in CLASSES:
        (out / part / name).mkdir(parents=True, exist_ok=True)
    archive = None
    with open(out / f"{part}.csv", "w", encoding="utf-8") as table:
        print("path,class", file=table)
        for number, (label, pixels) in enumerate(zip(rows[:, 0], images)):
            buffer = io.BytesIO()
            Image.fromarray(numpy.ascontiguousarray(pixels)).save(buffer, "PNG")
            path = f"{part}/{CLASSES[label]}/{number:05d}.png"
            (out / path).write_bytes(buffer.getvalue())
            print(f"{path},{CLASSES[label]}", file=table)
            if number % IN_ARCHIVE == 0:
                if archive:
                    archive.close()
                archive = tarfile.open(out / f"{part}{number // IN_ARCHIVE}.tar", "w")
            for ending, contents in (("png", buffer.getvalue()), ("cls", str(label).encode())):
                entry = tarfile.TarInfo(f"{number:05d}.{ending}")
                entry.size = len(contents)
                archive.addfile(entry, io.BytesIO(contents))
    archive.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    arguments = parser.parse_args()
    for part in FILES:
        write(arguments.directory, arguments.out, part)


if __name__ == "__main__":
    main()
