"""Writes the language of configs/compare/transformers.yaml: sequences of tokens in which one of four words of three tokens stands.

    python3 Benchmarks/no-tuning/words.py OUT

Tokens are 1 to 15, sequences have 12 to 32 of them and are filled up by 0; the class is the word.
"""

import argparse
import pathlib

import numpy

SEED = 5
WORDS = numpy.array([[3, 7, 5], [9, 2, 4], [8, 1, 6], [10, 12, 11]])
LENGTH = 32


def write(out, part, count, rng):
    tokens = rng.integers(1, 16, (count, LENGTH))
    labels = rng.integers(0, len(WORDS), count)
    ends = rng.integers(12, LENGTH + 1, count)
    for row, label, end in zip(tokens, labels, ends):
        start = rng.integers(0, end - 2)
        row[start : start + 3] = WORDS[label]
        row[end:] = 0
    numpy.save(out / f"words-{part}-tokens.npy", tokens.astype(numpy.int32))
    numpy.save(out / f"words-{part}-labels.npy", labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    rng = numpy.random.default_rng(SEED)
    write(out, "train", 4000, rng)
    write(out, "test", 2000, rng)


if __name__ == "__main__":
    main()
