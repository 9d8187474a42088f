"""Kills random ranks of one training at random times, each time goes on with --resume auto at a random number of ranks, and
holds the weights that it comes to against those of an undisturbed run on the first number.

    campaign.py [--kills 50] [--ranks 1 2 4] [--seed 1] [--delay 0.2 1.5] [--set KEY=VALUE]... [--limit 600]

Exits with 1 if the weights differ, a checkpoint was unreadable, a process or a part of a checkpoint was left behind, the
training ended before all kills, or a run failed that was not killed or did not end within the limit of seconds.
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


def command(arguments, ranks, output):
    settings = [word for setting in arguments.set for word in ("--set", setting)]
    return [
        ROOT / "launch/mpirun.sh", "-n", str(ranks), arguments.program, "train",
        ROOT / "Benchmarks/faults/digits.yaml", "--output", output, "--resume", "auto", *settings,
    ]  # fmt: skip


def unreadable_in(errors):
    """The messages that a checkpoint cannot be read, whatever is wrong with it; not that one could not be written."""
    lines = [line for line in errors.splitlines() if "no checkpoint: " not in line and "no checkpoint of it: " not in line]
    return sum(bool(re.search(r"/checkpoints(/step-\d+)?(/[^ ]*)?: ", line)) for line in lines)


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
    parser.add_argument("--delay", type=float, nargs=2, default=[0.2, 1.5], help="seconds from the start to a kill")
    parser.add_argument("--set", action="append", default=[], help="a change of the configuration")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / ".build/release/entrain")
    parser.add_argument("--limit", type=float, default=600, help="seconds of one run")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)

    with tempfile.TemporaryDirectory() as folder:
        whole, parts = pathlib.Path(folder, "whole"), pathlib.Path(folder, "parts")
        subprocess.run(
            command(arguments, arguments.ranks[0], whole), check=True, timeout=arguments.limit,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        kills = unreadable = early = 0
        status = None
        # Each start but the last ends by a kill, so that there is one more start than kills at most.
        while status != 0:
            run = subprocess.Popen(
                command(arguments, chance.choice(arguments.ranks), parts),
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip
            killed = False
            if kills < arguments.kills:
                while run.poll() is None and not processes_of(parts):
                    time.sleep(0.02)
                time.sleep(chance.uniform(*arguments.delay))
                ranks = processes_of(parts)
                if ranks and run.poll() is None:
                    before = newest_checkpoint(parts)
                    os.kill(chance.choice(ranks), signal.SIGKILL)
                    killed = True
                    kills += 1
                    early += before == 0
            try:
                errors = run.communicate(timeout=arguments.limit)[1]
            except subprocess.TimeoutExpired:
                # Twice: the first one asks for a checkpoint.
                run.terminate()
                run.terminate()
                sys.exit(f"a run did not end within {arguments.limit} s:\n{run.communicate()[1]}")
            unreadable += unreadable_in(errors)
            status = run.returncode
            if status != 0 and not killed:
                sys.exit(f"a run ended with status {status} by itself:\n{errors}")
        left = processes_of(parts) + processes_of(whole)
        partial = len(list((parts / "checkpoints").glob("*.partial")))
        equal = weights(whole) == weights(parts)
        print("| ranks | kills | before the first checkpoint | unreadable checkpoints | parts left | processes left | weights |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        print(
            f"| {' or '.join(map(str, arguments.ranks))} | {kills} | {early} | {unreadable} | {partial} | {len(left)} | "
            f"{'equal' if equal else 'DIFFERENT'} |")  # fmt: skip
        sound = equal and not left and not partial and not unreadable
        sys.exit(0 if sound and kills == arguments.kills else 1)


if __name__ == "__main__":
    main()
