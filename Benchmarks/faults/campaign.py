"""Sends signals to random ranks of trainings at random times, goes on with --resume auto at a random number of ranks where a
training has ended by them, and holds the weights of each against those of an undisturbed run on the first number.

    campaign.py [--kills 50] [--ranks 1 2 4] [--seed 1] [--delay 0.2 1.5] [--set KEY=VALUE]... [--limit 600]
                [--state FILE] [--results FILE]

SIGKILL; SIGTERM and SIGUSR1, which let a training keep a checkpoint and end; SIGUSR2, which asks for a checkpoint; SIGSTOP,
after which a rank goes on or is killed: all as often. When a training is done the next begins, until so many signals were sent.

With --state the counts are in a file after every training, and the same command goes on with them.
With --results the table replaces that of results.md.

Exits with 1 if weights differ, a checkpoint was unreadable, a process or a part of a checkpoint was left behind, or a run failed
that was not told to, ended with another status than it was told to, or did not end within the limit of seconds.
"""

import argparse
import hashlib
import json
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

KINDS = ["SIGKILL", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGSTOP, SIGCONT", "SIGSTOP, SIGKILL"]
NEW = {
    "kills": {kind: 0 for kind in KINDS}, "trainings": 0, "starts": 0, "early": 0, "unreadable": 0, "partial": 0, "left": 0,
    "different": 0, "seconds": 0,
}  # fmt: skip


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


def heeds(process, number):
    """Whether a signal is handled or ignored; false where the process has ended."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    masks = re.findall(r"^Sig(?:Ign|Cgt):\s*([0-9a-f]+)$", status, re.MULTILINE)
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)


def send(process, number):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def weights(output):
    return hashlib.sha256((output / "model.safetensors").read_bytes()).hexdigest()


def newest_checkpoint(output):
    names = [path.name for path in (output / "checkpoints").glob("step-*") if re.fullmatch(r"step-\d+", path.name)]
    return max((int(name[5:]) for name in names), default=0)


class Campaign:
    def __init__(self, arguments, counts, folder):
        self.arguments, self.counts, self.folder = arguments, counts, folder
        self.sent = sum(counts["kills"].values())
        self.chance = random.Random(f"{arguments.seed} {self.sent}")
        self.kinds = []
        self.begun = time.monotonic() - counts["seconds"]

    def next_kind(self):
        if not self.kinds:
            self.kinds = self.chance.sample(KINDS, len(KINDS))
        return self.kinds.pop()

    def save(self):
        self.counts["seconds"] = round(time.monotonic() - self.begun)
        if self.arguments.state:
            partial = self.arguments.state.with_suffix(".partial")
            partial.write_text(json.dumps(self.counts))
            partial.replace(self.arguments.state)

    def disturb(self, run, output):
        """Sends one signal after a pause; the statuses that the run may end with for it, none where it goes on."""
        if self.chance.random() < 0.9:
            # Most come to a run that trains, however long the machine took to start it.
            while run.poll() is None and not any(heeds(rank, signal.SIGTERM) for rank in processes_of(output)):
                time.sleep(0.01)
        time.sleep(self.chance.uniform(*self.arguments.delay))
        ranks = processes_of(output)
        if not ranks or run.poll() is not None:
            return None
        kind, rank = self.next_kind(), self.chance.choice(ranks)
        if kind == "SIGUSR2":
            # It would end what does not train yet.
            while not heeds(rank, signal.SIGUSR2):
                if run.poll() is not None or rank not in processes_of(output):
                    return None
                time.sleep(0.01)
        early = newest_checkpoint(output) == 0
        heeded = heeds(rank, signal.SIGTERM)
        send(rank, getattr(signal, kind[:7]))
        if kind.startswith("SIGSTOP"):
            time.sleep(self.chance.uniform(0, 0.2))
            send(rank, getattr(signal, kind[9:]))
        self.counts["kills"][kind] += 1
        self.sent += 1
        self.counts["early"] += early
        if kind in ("SIGUSR2", "SIGSTOP, SIGCONT"):
            return None
        if kind in ("SIGTERM", "SIGUSR1"):
            # Before the data are loaded and after the weights are written it ends the rank as any program.
            ended = 128 + getattr(signal, kind)
            return {75} if heeded and not (output / "model.safetensors").exists() else {0, 75, ended}
        return set(range(1, 256))

    def train(self, number, expected):
        """One training, from its first start to its weights."""
        output = pathlib.Path(self.folder, f"parts-{number}")
        status = None
        while status != 0:
            run = subprocess.Popen(
                command(self.arguments, self.chance.choice(self.arguments.ranks), output),
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip
            self.counts["starts"] += 1
            may_end = None
            while may_end is None and self.sent < self.arguments.kills and run.poll() is None:
                while run.poll() is None and not processes_of(output):
                    time.sleep(0.02)
                may_end = self.disturb(run, output)
            try:
                errors = run.communicate(timeout=self.arguments.limit)[1]
            except subprocess.TimeoutExpired:
                # Twice: the first one asks for a checkpoint.
                run.terminate()
                run.terminate()
                sys.exit(f"a run did not end within {self.arguments.limit} s:\n{run.communicate()[1]}")
            status = run.returncode
            self.counts["unreadable"] += unreadable_in(errors)
            self.counts["left"] += len(processes_of(output))
            # A run that was done when it was told to end.
            is_done = status == 75 and (output / "model.safetensors").exists()
            if status != 0 and status not in (may_end or ()) and not is_done:
                told = f"told to end with one of {sorted(may_end)[:3]}" if may_end else "not told to end"
                sys.exit(f"a run ended with status {status}, {told}:\n{errors}")
        self.counts["partial"] += len(list((output / "checkpoints").glob("*.partial")))
        self.counts["different"] += weights(output) != expected
        self.counts["trainings"] += 1
        self.save()
        print(f"{self.sent} signals, {self.counts['trainings']} trainings", file=sys.stderr, flush=True)
        subprocess.run(["rm", "-rf", output], check=True)


def table(arguments, counts):
    ranks, kills = " or ".join(map(str, arguments.ranks)), counts["kills"]
    equal = "equal" if counts["different"] == 0 else f"DIFFERENT in {counts['different']}"
    return "\n".join([
        "| signal to a rank | times |", "| --- | --- |", *(f"| {kind} | {kills[kind]} |" for kind in KINDS), "",
        "| ranks | trainings | starts | signals | before the first checkpoint | unreadable checkpoints | parts left | "
        "processes left | weights |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        f"| {ranks} | {counts['trainings']} | {counts['starts']} | {sum(kills.values())} | {counts['early']} | "
        f"{counts['unreadable']} | {counts['partial']} | {counts['left']} | {equal} |",
    ])  # fmt: skip


def write_results(path, arguments, counts, steps):
    """Replaces the section of the campaign, the first one."""
    words = [f"--kills {arguments.kills} --ranks {' '.join(map(str, arguments.ranks))} --seed {arguments.seed}"]
    words += [f"--delay {arguments.delay[0]:g} {arguments.delay[1]:g}", *(f"--set {setting}" for setting in arguments.set)]
    section = f"""# Killed at random

`Benchmarks/faults/run.sh {' '.join(words)}`: trainings of {steps:,} steps, `reproducible: {{shards: 4}}`, checkpoints every
50 steps. {arguments.delay[0]:g} to {arguments.delay[1]:g} s after a start, and after each signal that it goes on from, a random rank gets the next signal;
a run that ends goes on with `--resume auto` on {', '.join(map(str, arguments.ranks))} ranks, at random. SIGTERM and SIGUSR1 must end a run that heeds
them with status 75. The weights of each training are held against those of an undisturbed run on the first number of
ranks, by SHA-256. {counts['seconds'] / 60:.0f} minutes.

{table(arguments, counts)}

"""
    text = path.read_text()
    end = text.index("\n# ", 1) + 1
    path.write_text(section + text[end:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delay", type=float, nargs=2, default=[0.2, 1.5], help="seconds from the start, or a signal, to the next")
    parser.add_argument("--set", action="append", default=[], help="a change of the configuration")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / ".build/release/entrain")
    parser.add_argument("--limit", type=float, default=600, help="seconds of one run")
    parser.add_argument("--state", type=pathlib.Path, help="a file to keep the counts in and to go on from")
    parser.add_argument("--results", type=pathlib.Path, help="the file whose table to replace")
    arguments = parser.parse_args()
    counts = NEW
    if arguments.state and arguments.state.exists():
        counts = json.loads(arguments.state.read_text())

    with tempfile.TemporaryDirectory() as folder:
        whole = pathlib.Path(folder, "whole")
        subprocess.run(
            command(arguments, arguments.ranks[0], whole), check=True, timeout=arguments.limit,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        steps = json.loads((whole / "metrics.jsonl").read_text().splitlines()[-1])["step"]
        campaign = Campaign(arguments, counts, folder)
        while campaign.sent < arguments.kills:
            campaign.train(counts["trainings"], weights(whole))
        print(table(arguments, counts))
        if arguments.results:
            write_results(arguments.results, arguments, counts, steps)
    faults = ("different", "unreadable", "partial", "left")
    sys.exit(1 if any(counts[fault] for fault in faults) else 0)


if __name__ == "__main__":
    main()
