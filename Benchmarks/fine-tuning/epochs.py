"""Epochs that fine-tuning takes to the final test accuracy of a training from scratch, over seeds, as a table.

    python3 Benchmarks/fine-tuning/epochs.py RUNS

RUNS/scratch-SEED, RUNS/tuned-SEED, RUNS/decayed-SEED … are run directories of `run.sh`; the first part of a name is the contender.
"""

import collections
import json
import pathlib
import sys


def cycles(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def main():
    runs = collections.defaultdict(dict)
    for run in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        name, _, seed = run.name.rpartition("-")
        if (run / "metrics.jsonl").exists():
            runs[name][seed] = cycles(run)
    goals = {seed: found[-1]["test"]["accuracy"] for seed, found in runs["scratch"].items()}
    print("| run | seed | rate | test accuracy after 1 epoch | at the end | epochs to the end of scratch | of |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, seeds in runs.items():
        for seed, found in sorted(seeds.items()):
            accuracies = [cycle["test"]["accuracy"] for cycle in found]
            reached = [number for number, value in enumerate(accuracies, 1) if seed in goals and value >= goals[seed]]
            goal = "–" if name == "pretrained" else reached[0] if reached else "not"
            print(
                f"| {name} | {seed} | {found[0]['rate']:.4g} | {accuracies[0]:.4f} | {accuracies[-1]:.4f} | {goal} |"
                f" {len(found)} |"
            )


if __name__ == "__main__":
    main()
