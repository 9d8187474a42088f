"""Trainings that are not told how long to train, beside cosine that is told the epochs they took.

    python3 Benchmarks/no-tuning/no_horizon.py SETS OUT.jsonl [--data DIR] [--program .build/release/entrain] [--sets NAME ...]

SETS is what sets.py has written with --data. On the defaults with `stop: mutual-information` and at most 300 epochs; then for each seed cosine with as many epochs as that took,
from each of RATES, of which the best by the mean test accuracy is taken. Prints a table; what OUT.jsonl holds is not run again.
"""

import argparse
import os
import statistics

from runs import Runs

MOST_EPOCHS = 300
SEEDS = [1, 2]
RATES = [0.02, 0.04, 0.08, 0.16]
SETS = {
    "letters": "configs/letter-recognition.yaml",
    "CIFAR-10, 10,000 images, LeNet-5": "Benchmarks/no-tuning/lenet5-cifar10.yaml",
    "Fashion-MNIST, 10,000 images": "Benchmarks/no-tuning/mlp-fashion-mnist.yaml",
}


def mean(values):
    return statistics.fmean(values) * 100


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets_directory", metavar="SETS")
    parser.add_argument("out")
    parser.add_argument("--data", default=os.environ.get("ENTRAIN_DATA", "."))
    parser.add_argument("--program", default=".build/release/entrain")
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    arguments = parser.parse_args()
    known = Runs(arguments.program, arguments.data, arguments.out)
    written = Runs(arguments.program, arguments.sets_directory, arguments.out)
    print("| set | epochs used | defaults, % | cosine told of them, % | its rate | difference, points |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in arguments.sets:
        runs = written if name.startswith("Fashion") else known
        stop = ["training.stop=mutual-information", f"training.epochs={MOST_EPOCHS}"]
        free = [runs.outcome(SETS[name], stop, seed) for seed in SEEDS]
        told = {
            rate: [
                runs.outcome(
                    SETS[name],
                    [f"learningRate={{schedule: cosine, rate: {rate}}}", f"training.epochs={round(run['epoch'])}"], seed)
                for run, seed in zip(free, SEEDS)
            ]
            for rate in RATES
        }
        accuracies = {rate: mean(run["accuracy"] or 0 for run in outcomes) for rate, outcomes in told.items()}
        best = max(accuracies, key=accuracies.get)
        own = mean(run["accuracy"] or 0 for run in free)
        epochs = ", ".join(f"{run['epoch']:g}" for run in free)
        print(f"| {name} | {epochs} | {own:.2f} | {accuracies[best]:.2f} | {best:g} | {own - accuracies[best]:+.2f} |",
              flush=True)


if __name__ == "__main__":
    main()
