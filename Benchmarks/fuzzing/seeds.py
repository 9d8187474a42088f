"""Writes small valid inputs of every reader to FOLDER/READER/, from which libFuzzer starts.

usage: seeds.py FOLDER
"""

import base64
import gzip
import io
import json
import lzma
import pathlib
import struct
import sys
import tarfile
import zipfile

root = pathlib.Path(sys.argv[1])


def write(reader, name, data):
    folder = root / reader
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def npy(kind, shape, data):
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data


def idx(sizes, data):
    return struct.pack(f">HBB{len(sizes)}I", 0, 8, len(sizes), *sizes) + bytes(data)


def zstd(data):
    """A skipped frame, then one of data as they are and of a recurring byte (RFC 8878, section 3.1)."""
    blocks = [data[begin : begin + (1 << 17)] for begin in range(0, len(data), 1 << 17)]
    frame = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(data) + 7)
    frame += b"".join(struct.pack("<I", len(block) << 3)[:3] + block for block in blocks)
    frame += struct.pack("<I", 7 << 3 | 1 << 1 | 1)[:3] + b"\n"
    return b"\x50\x2a\x4d\x18" + struct.pack("<I", 2) + b"ab" + frame


def packed(reader, name, data):
    write(reader, name, data)
    write(reader, name + ".gz", gzip.compress(data, mtime=0))
    write(reader, name + ".xz", lzma.compress(data))
    write(reader, name + ".zst", zstd(data))


configurations = [
    """seed: 3
data: {format: csv, train: {file: a.csv}, split: {testFraction: 0.2}, csv: {separator: ";", label: 3, encoding: latin1}}
model: {layers: [{convolution: {channels: 8, kernel: 3}}, relu, {residual: {branch: [batchNormalization]}}, {dense: {units: 3}}]}
training: {batch: 64, epochs: 3, cycle: 0.5, stop: mutual-information}
""",
    """data: &d {format: synthetic, synthetic: {samples: 10, shape: [3, 4], classes: 2, noise: 1.5e-1}}
model:
  preset: mlp
  hidden: [12, 7] # two
optimizer: {name: adamw, weightDecay: 1.0e-4, clipNorm: null}
learningRate: {schedule: joined, parts: [{schedule: one-cycle, epochs: 2}, {schedule: cosine}]}
""",
    "\ufeffdata: {format: digits}\r\nmodel: {preset: mlp}\r\n",
]
for number, text in enumerate(configurations):
    write("yaml", f"{number}", text.encode())
    write("study", f"{number}", text.encode())
write("study", "study", b"base: {data: {format: digits}}\nvariations: [{name: A}, {name: B, set: {optimizer.momentum: 0.5}}]\n")

table = 'id,"a b",c,kind\n1,2.5,-3e2,x\n2,0.25,7,"y""z"\r\n3,1,.5,x\n\n'
for choice in (0, 1, 2, 3, 4):
    packed("csv", f"{choice}", bytes([choice]) + table.encode())
write("csv", "semicolon", bytes([8]) + b"1,5;2;a\r3;4;b\r")
write("csv", "cyrillic", bytes([16]) + "1,2,кот\n3,4,лев\n".encode("cp1251"))
write("csv", "wide", bytes([48]) + "1,2,кот\n3,4,лев\n".encode("utf-16"))
write("csv", "numbers", b"\0" + b"1700000000,4000000000.5,1e-30,0\n1700000001,4000000001.5,2e-30,1\n" * 3)

for kind, code, size in (("<f4", "f", 4), (">f8", "d", 8), ("<i8", "q", 8), ("<u4", "I", 4), ("<f2", "e", 2), ("|i1", "b", 1)):
    packed("npy", kind[1:], npy(kind, (4, 3), struct.pack((">" if kind[0] == ">" else "<") + f"12{code}", *range(12))))
packed("npy", "images", npy("|u1", (4, 1, 2, 2), bytes(range(16))))
for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
    for names in (["arr_0"], ["x", "y"]):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as archive:
            for member in names:
                # As numpy.savez does, with sizes of 64 bits.
                with archive.open(member + ".npy", "w", force_zip64=True) as file:
                    file.write(npy("|u1", (4, 3), bytes(range(12))))
        write("npz", f"{name}-{len(names)}", stream.getvalue())
write("npy-labels", "i2", npy("<i2", (4,), struct.pack("<4h", 0, 1, 2, 0)))
write("npy-labels", "one-hot", npy("<f4", (4, 2), struct.pack("<8f", 0, 1, 1, 0, 0, 1, 1, 0)))
packed("npy-labels", "u1", npy("|u1", (4,), bytes([0, 1, 2, 0])))
packed("idx", "images", idx((4, 2, 2), range(16)))
packed("idx", "table", idx((4, 3), range(12)))
packed("idx-labels", "labels", idx((4,), [0, 1, 2, 0]))
write("idx-labels", "one-hot", idx((4, 2), [0, 1, 1, 0, 0, 1, 1, 0]))
packed("cifar", "records", b"".join(bytes([label, 5 * label]) + bytes(3072) for label in (0, 1, 19)))

golden = pathlib.Path(__file__).parents[2] / "Tests/DatasetsTests/Golden/images.json"
images = {file["name"]: base64.b64decode(file["file"]) for file in json.loads(golden.read_text())["files"]}
for number, (name, data) in enumerate(sorted(images.items())):
    write(name.split()[0].lower(), name.replace(" ", "-"), bytes([37 * number % 256]) + data)


def shard(format, files):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


samples = {"a/1.jpg": images["JPEG orientation 6"], "a/1.cls": b"fig", "b.png": images["PNG grey"], "b.json": b'{"label": 3}'}
packed("tar", "ustar", shard(tarfile.USTAR_FORMAT, samples))
long = "deep/" * 30
samples = {long + name: data for name, data in samples.items()}
packed("tar", "gnu", shard(tarfile.GNU_FORMAT, samples))
packed("tar", "pax", shard(tarfile.PAX_FORMAT, samples))

header = {
    "__metadata__": {"format": "pt"},
    "a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
    "b": {"dtype": "I64", "shape": [1], "data_offsets": [16, 24]},
    "c": {"dtype": "F64", "shape": [], "data_offsets": [24, 32]},
}
text = json.dumps(header).encode()
write("safetensors", "three", struct.pack("<Q", len(text)) + text + bytes(32))
write("safetensors", "none", struct.pack("<Q", 2) + b"{}")
for number, path in enumerate(sys.argv[2:]):
    write("state", f"{number}", pathlib.Path(path).read_bytes())
