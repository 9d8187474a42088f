#!/usr/bin/env python3
"""Writes golden.json: scores and information measures of confusion matrices, as others compute them.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 mpmath==1.4.1
    venv/bin/python make_golden.py

Accuracy, precision, recall, F1, mutual information and its normalised form come from scikit-learn on the samples that the
table counts, entropies from scipy.stats. The tables under "precise" are too large or too extreme for these and come from
mpmath with 60 digits. The delta method's standard error has no library to come from: it is computed here from its formula
and held against the spread of the plug-in estimate over 20,000 tables drawn from the same frequencies.
"""

import json
import pathlib
import warnings

import mpmath
import numpy as np
import scipy
import sklearn
from scipy.stats import entropy
from sklearn import metrics

mpmath.mp.dps = 60
DRAWS = 20_000


def plug_in_information(tables):
    """I(Y;Ŷ) of tables [..., K, K] in nats."""
    p = tables / tables.sum((-2, -1), keepdims=True)
    q = p.sum(-1, keepdims=True) * p.sum(-2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p > 0, p * np.log(p / q), 0).sum((-2, -1))


def chao_shen(counts):
    """Entropy in nats: A. Chao, T.-J. Shen, 2003, equation 12; with the coverage of Good and Turing."""
    counts = np.array([c for c in counts if c > 0])
    n = counts.sum()
    once = (counts == 1).sum()
    # Where every outcome was seen once the coverage would be 0.
    coverage = 1 - (once if once < n else n - 1) / n
    p = coverage * counts / n
    return float(-(p * np.log(p) / (1 - (1 - p) ** n)).sum())


def standard_error(table):
    p = table / table.sum()
    q = p.sum(1, keepdims=True) * p.sum(0, keepdims=True)
    seen = p > 0
    log = np.log(p[seen] / q[seen])
    information = (p[seen] * log).sum()
    return float(np.sqrt(((p[seen] * log**2).sum() - information**2) / table.sum()))


def samples(table):
    pairs = [(i, j) for i in range(len(table)) for j in range(len(table)) for _ in range(table[i][j])]
    return [i for i, _ in pairs], [j for _, j in pairs]


def case(name, table, simulate=False):
    table = np.array(table, dtype=np.int64)
    classes = len(table)
    labels, predictions = samples(table)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        labels, predictions, labels=range(classes), zero_division=0
    )
    total = int(table.sum())
    h_y, h_p, h_joint = (float(entropy(x)) for x in (table.sum(1), table.sum(0), table.ravel()))
    bins = [int(np.count_nonzero(x)) for x in (table.sum(1), table.sum(0), table)]
    corrected = [h + (m - 1) / (2 * total) for h, m in zip((h_y, h_p, h_joint), bins)]
    corrected_information = corrected[0] + corrected[1] - corrected[2]
    shen = [chao_shen(x) for x in (table.sum(1), table.sum(0), table.ravel())]
    result = {
        "name": name,
        "counts": table.ravel().tolist(),
        "classCount": classes,
        "accuracy": metrics.accuracy_score(labels, predictions),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "labelEntropy": h_y,
        "predictionEntropy": h_p,
        "jointEntropy": h_joint,
        "mutualInformation": float(metrics.mutual_info_score(labels, predictions)),
        "normalised": float(metrics.normalized_mutual_info_score(labels, predictions)),
        "standardError": standard_error(table),
        "millerMadow": {
            "labelEntropy": corrected[0],
            "predictionEntropy": corrected[1],
            "jointEntropy": corrected[2],
            "mutualInformation": max(0.0, min(corrected_information, corrected[0], corrected[1])),
        },
        "chaoShen": {
            "labelEntropy": shen[0],
            "predictionEntropy": shen[1],
            "jointEntropy": shen[2],
            "mutualInformation": max(0.0, min(shen[0] + shen[1] - shen[2], shen[0], shen[1])),
        },
    }
    if simulate:
        drawn = np.random.default_rng(7).multinomial(total, table.ravel() / total, size=DRAWS)
        spread = float(plug_in_information(drawn.reshape(-1, classes, classes)).std())
        assert abs(spread / result["standardError"] - 1) < 0.05, (name, spread, result["standardError"])
        result["simulatedSpread"] = spread
    return result


def precise(name, table):
    n = sum(map(sum, table))
    rows = [sum(row) for row in table]
    columns = [sum(column) for column in zip(*table)]
    h = lambda counts: -sum(mpmath.mpf(c) / n * mpmath.log(mpmath.mpf(c) / n) for c in counts if c)
    h_y, h_joint = h(rows), h([c for row in table for c in row])
    log = lambda i, j: mpmath.log(mpmath.mpf(table[i][j]) * n / (mpmath.mpf(rows[i]) * columns[j]))
    cells = [(i, j) for i in range(len(table)) for j in range(len(table)) if table[i][j]]
    information = sum(mpmath.mpf(table[i][j]) / n * log(i, j) for i, j in cells)
    second = sum(mpmath.mpf(table[i][j]) / n * log(i, j) ** 2 for i, j in cells)
    return {
        "name": name,
        "counts": [c for row in table for c in row],
        "classCount": len(table),
        "labelEntropy": float(h_y),
        "jointEntropy": float(h_joint),
        "mutualInformation": float(information),
        "equivocation": float(h_y - information),
        "standardError": float(mpmath.sqrt((second - information**2) / n)),
    }


def network_like(classes, accuracy, total, seed):
    rng = np.random.default_rng(seed)
    p = (1 - accuracy) * rng.dirichlet(np.ones(classes), size=classes) + accuracy * np.eye(classes)
    return rng.multinomial(total, (p / classes).ravel()).reshape(classes, classes)


def main():
    rng = np.random.default_rng(3)
    cases = [
        case("two by two", [[40, 10], [5, 45]], simulate=True),
        case("three classes", [[50, 3, 2], [4, 60, 6], [1, 7, 30]], simulate=True),
        case("ten classes, 90 % right", network_like(10, 0.9, 2000, 1), simulate=True),
        case("ten classes, 30 % right", network_like(10, 0.3, 1500, 2), simulate=True),
        case("a class never predicted", [[8, 0, 2], [3, 0, 7], [1, 0, 9]]),
        case("a class without samples", [[8, 1, 1], [0, 0, 0], [1, 2, 9]]),
        case("a class neither present nor predicted", [[8, 0, 1], [0, 0, 0], [2, 0, 9]]),
        case("one sample", [[0, 1], [0, 0]]),
        case("sparse", rng.binomial(1, 0.15, size=(12, 12))),
        case("imbalanced", [[1900, 20, 5], [30, 10, 2], [6, 1, 3]], simulate=True),
        case("relabelled", [[0, 7, 0], [0, 0, 9], [4, 0, 0]]),
    ]
    big = 10**12
    precise_cases = [
        precise("nearly independent, large counts", [[big + 3, big], [big, big + 1]]),
        precise("nearly independent, thousandth", [[1001, 999], [999, 1001]]),
        precise("nearly perfect, large counts", [[big, 1], [2, big]]),
        precise("a rare label", [[big, 5], [1, 3]]),
        precise("a hundredth off independence", [[2040, 1960], [960, 1040]]),
        precise("deviations on both sides of the series' end", [[1040, 960, 1000], [981, 1019, 1000], [979, 1021, 1000]]),
    ]
    versions = {m.__name__: m.__version__ for m in (np, scipy, sklearn, mpmath)}
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps({"versions": versions, "cases": cases, "precise": precise_cases}, indent=1) + "\n")


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
