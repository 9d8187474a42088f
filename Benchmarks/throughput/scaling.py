#!/usr/bin/env python3
"""What is lost from one rank to two, and on what: each network on one rank, as two trainings at once that know nothing of each
other, and on two ranks, taking turns; a core a process.

Two trainings beside each other slow each other down only where cores share something: caches, memory, power. What two ranks
take beyond that is the price of their work together; the profile of a further launch says how much of it is the sum of the
gradients with the update, which ends on half the parameters a rank, and how much is waiting.

Takes 64 samples a rank and needs no PyTorch. For figures worth keeping let nothing else run on the machine.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import statistics
import sys
from typing import NamedTuple

from measure import FULL, NETS, ROOT, LaunchError, Measurement, Setting
from measure import bound, cores, expected_speed, launch, measurement, processes, program, run
from probe import BATCH, GLANCE
from variants import DTYPES

PROFILED = ["reduction gradients", "reduction waiting for ranks", "optimizer", "update the rest"]


class Steps(NamedTuple):
    """Milliseconds a step."""

    alone: float
    beside: float
    together: float
    # Of two ranks, by PROFILED.
    shares: dict[str, float]
    # Of one rank, all of PROFILED.
    update_alone: float


def profile(setting: Setting, entrain: str, speed: float) -> dict[str, float]:
    """Milliseconds a step of the first rank by what PROFILED names."""
    command = [*program(setting, None, entrain, FULL.arguments(setting, speed)), "--profile"]
    (_, errors), = run(processes(setting, command, ""), str(setting))
    found: dict[str, float] = {}
    for line in errors.splitlines():
        match = re.match(r"(\S.*?)\s+(\d+\.\d{3})$", re.sub(r"^\[[^]]*\] ", "", line.strip()))
        if match and (name := re.sub(r"\s+", " ", match[1])) in PROFILED:
            found[name] = float(match[2])
    if missing := [name for name in PROFILED if name not in found]:
        raise LaunchError(f"the profile of {setting} has no line '{missing[0]}'")
    return found


def launch_beside(setting: Setting, entrain: str, speed: float) -> list[Measurement]:
    """Two trainings on one rank at once, each on a core of its own."""
    command = program(setting, None, entrain, FULL.arguments(setting, speed))
    starts = [(bound(command, core), {"OMP_NUM_THREADS": "1"}) for core in cores()[:2]]
    outputs = run(starts, f"two of {setting}")
    return [measurement([output], str(setting)) for output in outputs]


def measure(net: str, dtype: str, launches: int, entrain: str) -> Steps:
    one, two = Setting(net, dtype, 1, BATCH, "entrain"), Setting(net, dtype, 2, BATCH, "entrain")
    speed = launch(one, None, entrain, GLANCE, expected_speed(one)).speed
    alone, beside, together = [], [], []
    for turn in range(launches):
        print(f"launch {turn + 1} of {launches}: {net} {dtype}", file=sys.stderr)
        alone.append(launch(one, None, entrain, FULL, speed).speed)
        beside += [found.speed for found in launch_beside(one, entrain, speed)]
        together.append(launch(two, None, entrain, FULL, 2 * speed).speed)

    def milliseconds(speeds: list[float], samples: int) -> float:
        return samples / statistics.median(speeds) * 1e3

    own = profile(one, entrain, speed)
    return Steps(
        milliseconds(alone, BATCH), milliseconds(beside, BATCH), milliseconds(together, 2 * BATCH),
        profile(two, entrain, 2 * speed), sum(own.values()))


def row(net: str, dtype: str, steps: Steps) -> str:
    summed = sum(steps.shares[name] for name in PROFILED if "waiting" not in name)
    waiting = steps.shares["reduction waiting for ranks"]
    return (
        f"| {net} | {dtype} | {steps.alone:.3f} | {steps.beside:.3f} | {steps.together:.3f} "
        f"| {steps.alone / steps.beside:.3f} | {steps.alone / steps.together:.3f} "
        f"| {steps.update_alone:.3f} | {summed:.3f} | {waiting:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", nargs="+", default=NETS, choices=NETS, help="(default: all)")
    parser.add_argument("--dtypes", nargs="+", default=DTYPES, choices=DTYPES, help="(default: all)")
    parser.add_argument("--launches", type=int, default=5, help="of each (default 5)")
    parser.add_argument("--entrain", default=str(ROOT / ".build/release/entrain"), help="the program to measure")
    parser.add_argument("--output", type=pathlib.Path, help="a file for the table, in Markdown")
    arguments = parser.parse_args()
    if arguments.launches < 1:
        parser.error("--launches is at least 1")
    if len(cores()) < 2:
        parser.error("two ranks need two cores, and there is one")
    rows = [
        "| net | precision | alone, ms | beside another, ms | two ranks, ms | alone / beside | alone / two ranks "
        "| update alone, ms | sum and update of two ranks, ms | waiting, ms |",
        "|" + " --- |" * 10,
    ]
    try:
        for net in arguments.nets:
            for dtype in arguments.dtypes:
                rows.append(row(net, dtype, measure(net, dtype, arguments.launches, arguments.entrain)))
    except LaunchError as error:
        sys.exit(f"error: {error}")
    text = "\n".join(rows)
    if arguments.output:
        arguments.output.write_text(text + "\n")
    print(text)


main()
