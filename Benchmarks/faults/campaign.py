"""Kills random ranks of one training at random times, each time goes on with --resume auto at a random number of ranks, and
holds the weights that it comes to against those of an undisturbed run on the first number.

    campaign.py [--kills 50] [--ranks 1 2 4] [--seed 1]

Exits with 1 if the weights differ, a checkpoint was unreadable, or a process was left behind.
"""

import argparse
import hashlib
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def command(ranks, output):
    return [
        ROOT / "launch/mpirun.sh", "-n", str(ranks), ROOT / ".build/release/entrain", "train",
        ROOT / "Benchmarks/faults/digits.yaml", "--output", output, "--resume", "auto",
    ]  # fmt: skip


def processes_of(output):
    """The ranks that work for a run directory, by what they were started with."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"/entrain") and str(output).encode() in words:
            found.append(int(path.parent.name))
    return found


def weights(output):
    return hashlib.sha256((output / "model.safetensors").read_bytes()).hexdigest()


def newest_checkpoint(output):
    names = [path.name for path in (output / "checkpoints").glob("step-*") if re.fullmatch(r"step-\d+", path.name)]
    return max((int(name[5:]) for name in names), default=0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)

    with tempfile.TemporaryDirectory() as folder:
        whole, parts = pathlib.Path(folder, "whole"), pathlib.Path(folder, "parts")
        subprocess.run(command(arguments.ranks[0], whole), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        kills = unreadable = early = 0
        while True:
            run = subprocess.Popen(
                command(chance.choice(arguments.ranks), parts), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if kills < arguments.kills:
                while run.poll() is None and not processes_of(parts):
                    time.sleep(0.02)
                time.sleep(chance.uniform(0.2, 1.5))
                ranks = processes_of(parts)
                if ranks and run.poll() is None:
                    before = newest_checkpoint(parts)
                    os.kill(chance.choice(ranks), signal.SIGKILL)
                    kills += 1
                    early += before == 0
            errors = run.communicate()[1]
            unreadable += errors.count("expected the files that a checkpoint was written as")
            if run.returncode == 0:
                break
            if kills >= arguments.kills and "KILL" not in errors:
                sys.exit(f"a run ended with status {run.returncode} by itself:\n{errors}")
        left = processes_of(parts) + processes_of(whole)
        equal = weights(whole) == weights(parts)
        print("| ranks | kills | before the first checkpoint | unreadable checkpoints | processes left | weights |")
        print("| --- | --- | --- | --- | --- | --- |")
        print(
            f"| {' or '.join(map(str, arguments.ranks))} | {kills} | {early} | {unreadable} | {len(left)} | "
            f"{'equal' if equal else 'DIFFERENT'} |")
        sys.exit(0 if equal and not left and not unreadable and kills == arguments.kills else 1)


if __name__ == "__main__":
    main()
