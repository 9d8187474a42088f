"""Short launches on one rank at 64 samples, which find the fastest way to run a network in PyTorch and Entrain's speed.

All eager variants of a network are tried, and compiled the one of them that was fastest: compiling takes up to a minute
each and chooses layouts by itself. The best window counts, since whatever interrupts a run only slows it down.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

from measure import Duration, LaunchError, Setting, expected_speed, launch
from variants import Variant, variants

BATCH = 64
DURATION = Duration(warmup=0.7, windows=8, window=0.3)
GLANCE = Duration(warmup=0.05, windows=2, window=0.1)


class Trial(NamedTuple):
    net: str
    dtype: str
    variant: Variant
    # Samples a second in the best window; 0 when it did not run.
    speed: float


def attempt(net: str, dtype: str, variant: Variant) -> Trial:
    setting = Setting(net, dtype, 1, BATCH, "pytorch")
    print(f"probe: {net} {dtype} {variant}", file=sys.stderr)
    try:
        measurement = launch(setting, variant, "", DURATION, expected_speed(setting))
    except LaunchError as error:
        print(f"warning: {error}", file=sys.stderr)
        return Trial(net, dtype, variant, 0)
    return Trial(net, dtype, variant, max(measurement.windows))


def fastest(trials: list[Trial]) -> Trial:
    return max(trials, key=lambda trial: trial.speed)


def probe(net: str, dtype: str) -> list[Trial]:
    """All that were tried, the order of trial. Ends the program when none runs."""
    trials = [attempt(net, dtype, variant) for variant in variants(net, dtype, "eager")]
    best = fastest(trials).variant
    trials.append(attempt(net, dtype, Variant(best.layout, "compiled", best.weights)))
    if fastest(trials).speed == 0:
        sys.exit(f"error: PyTorch runs {net} in {dtype} in no variant; see above")
    return trials


def entrain_speed(net: str, dtype: str, entrain: str) -> float | None:
    """In samples a second, roughly: for the steps of the first launches. None when it does not run."""
    setting = Setting(net, dtype, 1, BATCH, "entrain")
    try:
        return launch(setting, None, entrain, GLANCE, expected_speed(setting)).speed
    except LaunchError:
        return None
