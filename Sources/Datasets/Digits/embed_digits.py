#!/usr/bin/env python3
"""Writes DigitsText.swift from optdigits.tes of the UCI Machine Learning Repository.

    ./embed_digits.py optdigits.tes > DigitsText.swift

The file (https://doi.org/10.24432/C50P49, sha256 below) has one sample a line: 64 integers 0..16, row by row, and the
digit. Each becomes a line of 65 characters: the value v of a pixel is the character '0' + v ('0' .. '@'), the digit
stands last.
"""
import hashlib
import sys

SHA256 = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"

with open(sys.argv[1], "rb") as file:
    contents = file.read()
found = hashlib.sha256(contents).hexdigest()
if found != SHA256:
    sys.exit(f"{sys.argv[1]}: expected sha256 {SHA256}, found {found}")

rows = [[int(field) for field in line.split(",")] for line in contents.decode().split()]
assert len(rows) == 1797
print("// Written by embed_digits.py; not to be edited.")
print()
print("extension EmbeddedDigits {")
print("    /// One line a sample: 64 pixels as '0' + value, value 0 ... 16, row by row, then the digit.")
print('    static let text: StaticString = """')
for row in rows:
    assert len(row) == 65 and all(0 <= value <= 16 for value in row[:64]) and 0 <= row[64] <= 9
    print("        " + "".join(chr(ord("0") + value) for value in row))
print('        """')
print("}")
