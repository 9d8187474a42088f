"""Small sets: Entrain on its defaults beside scikit-learn's MLPClassifier on its own (Adam, 0.001, batches of 200, 200 epochs).

    python3 Benchmarks/no-tuning/small_sets.py SETS OUT.jsonl [--data DIR] [--program .build/release/entrain] [--sets NAME ...]

SETS is what sets.py has written. The same network with 100 hidden units, the same training and test rows, standardized by the
training rows; 10 seeds each; Entrain 100 epochs with batches of 16 and of 128, or of all rows where there are fewer. Prints a
table; what OUT.jsonl holds is not run again.
"""

import argparse
import os
import pathlib
import statistics
import tempfile
import warnings

import pandas
import sklearn.datasets
import sklearn.exceptions
import sklearn.neural_network
import sklearn.preprocessing
import threadpoolctl

from runs import Runs

SEEDS = list(range(1, 11))
EPOCHS = 100
BATCHES = [16, 128]
FIRST_ROWS = [100, 300, 1000]
MOST_TEST_ROWS = 4_000


def judged(name):
    def read(sets, _):
        table = pandas.read_csv(sets / f"{name}.csv")
        rows = len(table) - len(table) // 4
        return table[:rows], table[rows:]

    return read


def letters(_, data):
    table = pandas.read_csv(pathlib.Path(data) / "uci/letter-recognition.data", header=None).add_prefix("x")
    table = table[[*table.columns[1:], table.columns[0]]]
    return table[:16_000], table[16_000:]


def digits(_, __):
    table = sklearn.datasets.load_digits(as_frame=True).frame
    return table[:1_437], table[1_437:]


WHOLE = {"iris": judged("iris"), "wine": judged("wine"), "wdbc": judged("wdbc")}
CUT = {"letters": letters, "digits": digits, "jobs": judged("jobs"), "diamonds": judged("diamonds")}


def sets():
    """Name, its reader and the training rows, None for all."""
    for name, read in WHOLE.items():
        yield name, read, None
    for name, read in CUT.items():
        for rows in FIRST_ROWS:
            yield f"{name}, {rows:,} rows", read, rows


def scikit_learn(training, test, seed):
    features, label = training.iloc[:, :-1].to_numpy(float), training.iloc[:, -1].astype(str).to_numpy()
    scale = sklearn.preprocessing.StandardScaler().fit(features)
    network = sklearn.neural_network.MLPClassifier(random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sklearn.exceptions.ConvergenceWarning)
        network.fit(scale.transform(features), label)
    features, label = test.iloc[:, :-1].to_numpy(float), test.iloc[:, -1].astype(str).to_numpy()
    return {"accuracy": network.score(scale.transform(features), label)}


def configuration(directory, training, test, batch):
    training.to_csv(directory / "train.csv", index=False)
    # Classes that no training row has cannot be said; both count them as wrong.
    known = test[test.iloc[:, -1].isin(set(training.iloc[:, -1]))]
    known.to_csv(directory / "test.csv", index=False)
    file = directory / "configuration.yaml"
    file.write_text(
        "data: {format: csv, train: {file: train.csv}, test: {file: test.csv}, csv: {header: yes}}\n"
        f"model: {{preset: mlp, hidden: [100]}}\ntraining: {{batch: {min(batch, len(training))}, epochs: {EPOCHS}}}\n")
    return file, len(known) / len(test)


def standard_error(values):
    return statistics.stdev(values) / len(values) ** 0.5


def row(name, batch, accuracies, reference, failed):
    own, other = statistics.fmean(accuracies), statistics.fmean(reference)
    error = (standard_error(accuracies) ** 2 + standard_error(reference) ** 2) ** 0.5
    verdict = "holds" if own >= other - error else "falls short"
    return (f"| {name} | {batch} | {own:.2f} ± {standard_error(accuracies):.2f} | {other:.2f} ± {standard_error(reference):.2f} "
            f"| {own - other:+.2f} ± {error:.2f} | {min(accuracies):.2f} | {failed} | {verdict} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets_directory", metavar="SETS", type=pathlib.Path)
    parser.add_argument("out")
    parser.add_argument("--data", default=os.environ.get("ENTRAIN_DATA", "."))
    parser.add_argument("--program", default=".build/release/entrain")
    parser.add_argument("--sets", nargs="*", help="those whose names begin so; default all")
    parser.add_argument("--reference", action="store_true", help="MLPClassifier alone")
    arguments = parser.parse_args()
    print("| set | batch | defaults, % | MLPClassifier, % | difference, points | worst seed, % | failed | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, read, rows in sets():
        if arguments.sets and not any(name.startswith(wanted) for wanted in arguments.sets):
            continue
        training, test = read(arguments.sets_directory, arguments.data)
        training, test = training[:rows], test[:MOST_TEST_ROWS]
        runs = Runs(arguments.program, arguments.data, arguments.out)
        with threadpoolctl.threadpool_limits(1):
            reference = [
                100 * runs.once(f"MLPClassifier, {name}", [], seed, lambda: scikit_learn(training, test, seed))["accuracy"]
                for seed in SEEDS
            ]
        if arguments.reference:
            continue
        for batch in BATCHES:
            with tempfile.TemporaryDirectory() as place:
                file, share = configuration(pathlib.Path(place), training, test, batch)
                runs = Runs(arguments.program, place, arguments.out)
                outcomes = [runs.outcome(file, [], seed, name=f"{name}, batch {batch}") for seed in SEEDS]
            failed = sum(outcome["status"] != 0 for outcome in outcomes)
            accuracies = [100 * share * (outcome["accuracy"] or 0) for outcome in outcomes]
            print(row(name, batch, accuracies, reference, failed), flush=True)


if __name__ == "__main__":
    main()
