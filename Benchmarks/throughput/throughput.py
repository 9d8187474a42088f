"""Compares Entrain's training speed, start and memory with PyTorch's, all contenders taking turns in one run.

Four networks on synthetic data, SGD with momentum: mlp (784-512-256-10), lenet5 and cnn on [1, 28, 28], resnet20 on
[3, 32, 32]; in float32 and bfloat16, on one and two ranks. On one rank Entrain runs beside `pytorch`, on two beside `ddp`
and `flat` (pytorch_peer.py). A probe finds the fastest way to run each network in PyTorch, which then all its launches take.

Every rank has one thread and one core of its own. A single rank is started directly; several are started by
launch/mpirun.sh (Entrain, `flat`) or one by one (`ddp`). Each launch trains about a second to warm up and then measures six
windows of half a second; its speed is their median, and the figure shown the median over the launches, with the least and
the most. The time to the first step runs from the launch, seen from outside, to the end of the first update; that of a
compiled network is the median of launches of which all but the first find it in the compiler's cache. Memory is the peak
resident set (VmHWM) of the largest rank.

The last lines are for a program: `ratio NET DTYPE RANKS BATCH PEER VALUE`, how many times faster Entrain is, and `scaling NET
DTYPE BATCH VALUE`, its speed on two ranks over twice that on one. A contender that fails is left out from then on, and the
exit status is 1.
"""

from __future__ import annotations

import argparse
import itertools
import os
import pathlib
import signal
import sys
import time

from measure import CONTENDERS, FULL, NETS, ROOT, Duration, LaunchError, Setting, cores, expected_speed, launch
from probe import DURATION as PROBE_DURATION
from probe import Trial, entrain_speed, fastest, probe
from report import Results, description, markdown, program_lines
from variants import DTYPES, Variant, variant_named, variants

QUICK = Duration(warmup=0.1, windows=3, window=0.1)
# Seconds until a contender trains, for the estimate; compiled once, a network is in the compiler's cache.
START = {"entrain": 0.3, "peer": 3.5, "compiled": 12.0}
FIRST_COMPILATION = 30.0

Variants = dict[tuple[str, str], Variant]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", nargs="+", default=NETS, choices=NETS, help="(default: all)")
    parser.add_argument("--dtypes", nargs="+", default=DTYPES, choices=DTYPES, help="(default: all)")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2], choices=[1, 2], help="(default: both)")
    parser.add_argument("--batches", type=int, nargs="+", help="samples a rank (default 32 64 128)")
    parser.add_argument("--contenders", nargs="+", default=["entrain", "pytorch", "ddp", "flat"],
                        choices=["entrain", "pytorch", "ddp", "flat"], help="(default: all)")
    parser.add_argument("--launches", type=int, help="of each contender (default 3)")
    parser.add_argument("--variants", nargs="+", default=[], metavar="NET:DTYPE=VARIANT",
                        help="how the peers run a network, not probed, for example cnn:f32=channels_last-eager")
    parser.add_argument("--quick", action="store_true",
                        help="only see that all run: one launch of half a second, 64 samples, no probe")
    parser.add_argument("--entrain", default=str(ROOT / ".build/release/entrain"), help="the program to measure")
    parser.add_argument("--output", type=pathlib.Path, help="a file for the tables, in Markdown")
    arguments = parser.parse_args()
    if arguments.batches is None:
        arguments.batches = [64] if arguments.quick else [32, 64, 128]
    if arguments.launches is None:
        arguments.launches = 1 if arguments.quick else 3
    if min(*arguments.batches, arguments.launches) < 1:
        parser.error("--batches and --launches are at least 1")
    if len(cores()) < max(arguments.ranks):
        parser.error(f"{max(arguments.ranks)} ranks need as many cores, and there are {len(cores())}; take --ranks 1")
    if "entrain" in arguments.contenders and not os.access(arguments.entrain, os.X_OK):
        parser.error(f"no program {arguments.entrain}; build it with swift build -c release --product entrain")
    try:
        arguments.variants = fixed_variants(arguments)
    except ValueError as error:
        parser.error(str(error))
    return arguments


def fixed_variants(arguments: argparse.Namespace) -> Variants:
    """Those given, and in a quick run an eager one, channels_last where it can be, for the others. Raises ValueError."""
    fixed: Variants = {}
    if arguments.quick:
        for net, dtype in itertools.product(arguments.nets, arguments.dtypes):
            fixed[net, dtype] = variants(net, dtype, "eager")[-1]
    for text in arguments.variants:
        network, _, name = text.partition("=")
        net, _, dtype = network.partition(":")
        if net not in NETS or dtype not in DTYPES or not name:
            raise ValueError(f"--variants takes NET:DTYPE=VARIANT, for example cnn:f32=channels_last-eager, not '{text}'")
        fixed[net, dtype] = variant_named(name, net, dtype)
    return fixed


def estimated_seconds(settings: list[Setting], probed: list[tuple[str, str]], arguments: argparse.Namespace) -> float:
    """Of the whole run, if the peers are as fast as expected and compiled where `--variants` says so."""
    duration = QUICK if arguments.quick else FULL
    seconds = 0.0
    for setting in settings:
        variant = arguments.variants.get(setting.network)
        compiled = setting.contender != "entrain" and variant is not None and variant.execution == "compiled"
        start = START["entrain" if setting.contender == "entrain" else "compiled" if compiled else "peer"]
        seconds += arguments.launches * (start + duration.seconds) + (FIRST_COMPILATION if compiled else 0)
    for net, dtype in probed:
        trials = len(variants(net, dtype, "eager")) + 1
        seconds += trials * (START["peer"] + PROBE_DURATION.seconds) + FIRST_COMPILATION
    return seconds


def first_speeds(settings: list[Setting], trials: list[Trial], arguments: argparse.Namespace) -> dict[Setting, float]:
    """The samples/s to expect of each setting, from those of one rank at 64 samples."""
    own: dict[tuple[str, str], float | None] = {}
    if not arguments.quick:
        networks = dict.fromkeys(setting.network for setting in settings if setting.contender == "entrain")
        own = {network: entrain_speed(*network, arguments.entrain) for network in networks}
    peers = {(trial.net, trial.dtype): trial.speed for trial in sorted(trials, key=lambda trial: trial.speed)}
    speeds = {}
    for setting in settings:
        speed = (own if setting.contender == "entrain" else peers).get(setting.network)
        speeds[setting] = speed * setting.ranks if speed else expected_speed(setting)
    return speeds


def take_turns(
    settings: list[Setting], chosen: Variants, speeds: dict[Setting, float], arguments: argparse.Namespace
) -> Results:
    """Launch 1 of every setting, then launch 2, and so on. A setting that fails has no results."""
    duration = QUICK if arguments.quick else FULL
    results: Results = {setting: [] for setting in settings}
    failed: set[Setting] = set()
    for turn in range(arguments.launches):
        for setting in settings:
            if setting in failed:
                continue
            print(f"launch {turn + 1} of {arguments.launches}: {setting}", file=sys.stderr)
            try:
                run = launch(setting, chosen.get(setting.network), arguments.entrain, duration, speeds[setting])
            except LaunchError as error:
                print(f"error: {error}", file=sys.stderr)
                failed.add(setting)
                results[setting] = []
                continue
            speeds[setting] = run.speed
            results[setting].append(run)
    return results


def main() -> None:
    # An exception, which also ends the launch that is running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: terminated"))
    arguments = parse_arguments()
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"warning: other programs are running (load {load:.1f}); the figures will be worth little", file=sys.stderr)
    settings = [
        Setting(net, dtype, ranks, batch, contender)
        for net, dtype, ranks, batch in itertools.product(
            arguments.nets, arguments.dtypes, arguments.ranks, arguments.batches)
        for contender in CONTENDERS[ranks] if contender in arguments.contenders
    ]
    networks = dict.fromkeys(setting.network for setting in settings if setting.contender != "entrain")
    probed = [network for network in networks if network not in arguments.variants]
    if not settings:
        sys.exit("error: nothing to run: one rank is for entrain and pytorch, two for entrain, ddp and flat")
    print(f"{len(settings) * arguments.launches} launches of {len(settings)} settings, {len(probed)} probes: about "
          f"{estimated_seconds(settings, probed, arguments) / 60:.0f} minutes", file=sys.stderr)

    start = time.monotonic()
    trials: list[Trial] = []
    chosen: Variants = {network: arguments.variants[network] for network in networks if network not in probed}
    for network in probed:
        tried = probe(*network)
        chosen[network] = fastest(tried).variant
        trials += tried
    speeds = first_speeds(settings, trials, arguments)
    results = take_turns(settings, chosen, speeds, arguments)
    about = description(arguments.entrain if "entrain" in arguments.contenders else None, len(cores()), load)
    tables = markdown(results, trials, chosen, about, (time.monotonic() - start) / 60)
    last = program_lines(results)
    if arguments.output:
        arguments.output.write_text("\n".join([*tables, "", "```", *last, "```"]) + "\n")
    print("\n".join([*tables, "", *last]))
    if any(not runs for runs in results.values()):
        sys.exit(1)


main()
