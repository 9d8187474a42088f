"""What the trials of rates, the watch and the average cost of a run, and how many copies of the parameters are kept.

    python3 Benchmarks/no-tuning/cost.py SETS [--data DIR] [--program .build/release/entrain] [--repetitions 5]

SETS is what sets.py has written with --data. Processor time of whole commands: `train` on the defaults, without average, without
average and watch, and beside these with the rate that the trials had found as a constant; by turns, the least of the repetitions,
as what runs beside them only adds to it. Copies are what `entrain check` tells of the memory of a wide perceptron, divided by its
parameters.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import tempfile

LETTERS = "configs/letter-recognition.yaml"
CONFIGURATIONS = {
    "letters, 16,000 rows, perceptron, 15 epochs": (LETTERS, ["training.epochs=15"]),
    "letters, 3,000 rows, perceptron, 15 epochs": (LETTERS, ["training.epochs=15", "data.split.trainingRows=3000"]),
    "digits, perceptron, 15 epochs": ("configs/digits.yaml", []),
    "Fashion-MNIST, 10,000 images, perceptron, 15 epochs": ("Benchmarks/no-tuning/mlp-fashion-mnist.yaml", []),
    "CIFAR-10, 10,000 images, LeNet-5, 15 epochs": ("Benchmarks/no-tuning/lenet5-cifar10.yaml", []),
    "Fashion-MNIST, 10,000 images, batch normalization, 10 epochs": ("Benchmarks/no-tuning/normalized-fashion-mnist.yaml", []),
}
MEMORY = {
    "defaults": [],
    "AdamW on the defaults": ["optimizer={name: adamw}"],
    "cosine at a given rate": ["learningRate={schedule: cosine, rate: 0.1}"],
}
WITHOUT_AVERAGE = ["averaging.form=none"]
WITHOUT_WATCH = WITHOUT_AVERAGE + ["training.watch=off"]


def settings(values):
    return [word for value in values for word in ("--set", value)]


class Program:
    def __init__(self, path, data):
        self.path, self.data = path, data

    def processor_seconds(self, configuration, values):
        """Of user and system, and the highest rate."""
        with tempfile.TemporaryDirectory() as directory:
            command = [self.path, "train", configuration, "--data", self.data, "--output", f"{directory}/run",
                       *settings([*values, "output.plot=false", "checkpoint.end=false"])]
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                raise SystemExit(f"{' '.join(command)}: status {child.returncode}, expected 0")
            lines = pathlib.Path(directory, "run/metrics.jsonl").read_text().splitlines()
        return usage.ru_utime + usage.ru_stime, max(json.loads(line)["rate"] for line in lines)

    def copies(self, configuration, values):
        """Of the parameters: optimizer state, average, and what is kept to go back to."""
        told = subprocess.run([self.path, "check", configuration, "--data", self.data, *settings(values)],
                              capture_output=True, text=True, check=True)
        line = next(line for line in (told.stdout + told.stderr).splitlines() if "memory in MiB" in line)
        sizes = {name: float(size) for name, size in re.findall(r"[,:] ([a-z ]+) ([0-9.]+)", line)}
        return [sizes.get(part, 0) / sizes["parameters"] for part in ("optimizer state", "average", "kept to go back to")]


def measure(program, configuration, values, repetitions):
    seconds = {"defaults": [], "no average": [], "no watch": [], "constant": []}
    for _ in range(repetitions):
        taken, rate = program.processor_seconds(configuration, values)
        seconds["defaults"].append(taken)
        seconds["no average"].append(program.processor_seconds(configuration, values + WITHOUT_AVERAGE)[0])
        seconds["no watch"].append(program.processor_seconds(configuration, values + WITHOUT_WATCH)[0])
        constant = [f"learningRate={{schedule: constant, rate: {rate}}}"]
        seconds["constant"].append(program.processor_seconds(configuration, values + WITHOUT_WATCH + constant)[0])
    return {name: min(taken) for name, taken in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets_directory", metavar="SETS")
    parser.add_argument("--data", default=os.environ.get("ENTRAIN_DATA", "."))
    parser.add_argument("--program", default=".build/release/entrain")
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    print("| run | processor seconds | trials | watch | average |")
    print("| --- | --- | --- | --- | --- |")
    for name, (configuration, values) in CONFIGURATIONS.items():
        written = name.startswith("Fashion")
        program = Program(arguments.program, arguments.sets_directory if written else arguments.data)
        taken = measure(program, configuration, values, arguments.repetitions)
        whole = taken["defaults"]
        shares = [(taken["no watch"] - taken["constant"]) / whole, (taken["no average"] - taken["no watch"]) / whole,
                  (whole - taken["no average"]) / whole]
        print(f"| {name} | {whole:.2f} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |", flush=True)
    program = Program(arguments.program, arguments.data)
    print("\n| copies of the parameters | optimizer state | average | to go back to |\n| --- | --- | --- | --- |")
    for name, values in MEMORY.items():
        copies = program.copies("configs/digits.yaml", ["model.hidden=[4096, 4096]", *values])
        print(f"| {name} | " + " | ".join(f"{count:.1f}" for count in copies) + " |")


if __name__ == "__main__":
    main()
