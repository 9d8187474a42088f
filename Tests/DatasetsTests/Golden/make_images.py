#!/usr/bin/env python3
"""Writes images.json: files of images, the pixels that Pillow decodes them to, and images that Pillow scales.

    python3 -m venv venv && venv/bin/pip install pillow==13.0.0 numpy
    venv/bin/python make_images.py

Pillow brings libjpeg-turbo, whose integer transform gives the same bytes as any other build of it.
"""

import base64
import io
import json
import pathlib

import numpy
import PIL
from PIL import Image, ImageOps

random = numpy.random.default_rng(7)


def text(data):
    return base64.b64encode(bytes(data)).decode()


def photo(width, height):
    """Smooth shapes with some noise, as a photograph has them."""
    y, x = numpy.mgrid[0:height, 0:width]
    planes = [128 + 100 * numpy.sin(x / (3 + i) + i) * numpy.cos(y / (4 - i)) for i in range(3)]
    noise = random.normal(0, 6, (height, width, 3))
    return Image.fromarray(numpy.clip(numpy.stack(planes, axis=2) + noise, 0, 255).astype(numpy.uint8))


def planes(image):
    array = numpy.asarray(image)
    return array.tobytes() if array.ndim == 2 else array.transpose(2, 0, 1).tobytes()


def file(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def entry(name, data, mode="RGB"):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert(mode)
    return {"name": name, "file": text(data), "size": image.size, "pixels": text(planes(image))}


files = []
source = photo(23, 17)
for name, options in {
    "4:4:4": {"subsampling": 0},
    "4:2:2": {"subsampling": 1},
    "4:2:0": {"subsampling": 2},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 2},
}.items():
    files.append(entry("JPEG " + name, file(source, "JPEG", quality=90, **options)))
files.append(entry("JPEG grey", file(source.convert("L"), "JPEG", quality=90)))
files.append(entry("JPEG grey as grey", file(source.convert("L"), "JPEG", quality=90), "L"))
files.append(entry("JPEG inks", file(source.convert("CMYK"), "JPEG", quality=90)))
small = photo(9, 6)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    files.append(entry(f"JPEG orientation {orientation}", file(small, "JPEG", quality=90, exif=exif)))
    if orientation == 6:
        files.append(entry("PNG orientation 6", file(small, "PNG", exif=exif)))

files.append(entry("PNG colour", file(source, "PNG")))
files.append(entry("PNG colour as grey", file(source, "PNG"), "L"))
files.append(entry("PNG grey", file(source.convert("L"), "PNG")))
files.append(entry("PNG palette", file(source.quantize(19), "PNG")))
files.append(entry("PNG palette of 4 bits", file(source.quantize(11), "PNG", bits=4)))
files.append(entry("PNG of 1 bit", file(source.convert("1"), "PNG")))

# A quarter of the size in both directions, by the transform of 2 × 2.
large = file(photo(64, 48), "JPEG", quality=90)
draft = Image.open(io.BytesIO(large))
draft.draft("RGB", (16, 12))
assert draft.size == (16, 12)
files.append({"name": "JPEG scaled", "file": text(large), "size": [16, 12], "pixels": text(planes(draft))})

scaled = []
for width, height, new_height, new_width, mode in [
    (31, 22, 10, 10, "RGB"),
    (22, 31, 10, 10, "RGB"),
    (40, 30, 9, 13, "L"),
    (8, 6, 16, 20, "RGB"),
    (50, 11, 11, 11, "L"),
    (97, 3, 5, 2, "RGB"),
    (1, 1, 3, 4, "RGB"),
    (13, 100, 1, 1, "L"),
]:
    shape = (height, width, 3) if mode == "RGB" else (height, width)
    image = Image.fromarray(random.integers(0, 256, shape, dtype=numpy.uint8))
    if width * new_height >= height * new_width:
        size = (width * new_height // height, new_height)
    else:
        size = (new_width, height * new_width // width)
    left, top = (size[0] - new_width) // 2, (size[1] - new_height) // 2
    result = image.resize(size, Image.Resampling.BILINEAR).crop((left, top, left + new_width, top + new_height))
    scaled.append(
        {
            "size": [width, height],
            "channels": 3 if mode == "RGB" else 1,
            "target": [new_height, new_width],
            "source": text(image.tobytes()),
            "pixels": text(planes(result)),
        }
    )

path = pathlib.Path(__file__).with_name("images.json")
path.write_text(json.dumps({"pillow": PIL.__version__, "files": files, "scaled": scaled}, indent=0) + "\n")
