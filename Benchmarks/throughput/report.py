"""The results as Markdown, with what they were measured on, and as lines for a program."""

from __future__ import annotations

import importlib.metadata
import pathlib
import shlex
import statistics
import subprocess
import sys

from measure import ROOT, Measurement, Setting
from probe import Trial
from variants import Variant

Results = dict[Setting, list[Measurement]]


def first_line(*command: str) -> str:
    """What a command prints first, or nothing when it fails."""
    try:
        output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return output.strip().split("\n")[0]


def processor() -> str:
    """Its model and the instructions that the networks' arithmetic can use."""
    fields: dict[str, str] = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    flags = fields.get("flags", "").split()
    of_interest = [flag for flag in flags if flag.startswith("amx_") or flag in ("avx2", "avx512f", "avx512_bf16")]
    absent = "" if any(flag.startswith("amx_") for flag in flags) else ", no AMX"
    model = f"{fields.get('model name', 'unknown processor')}, model {fields.get('model', 'unknown')}"
    return f"{model} ({', '.join(of_interest)}{absent})"


def description(entrain: str | None, cores: int, load: float) -> list[str]:
    """The command, the machine and the versions, a line each. Entrain's only where it took part."""
    versions = [f"PyTorch {importlib.metadata.version('torch')}", f"mpi4py {importlib.metadata.version('mpi4py')}"]
    if entrain:
        info = subprocess.run([entrain, "info"], capture_output=True, text=True).stdout
        told = dict(line.split(maxsplit=1) for line in info.splitlines() if " " in line)
        commit = first_line("git", "describe", "--always", "--dirty")
        versions = [
            f"Entrain {told.get('entrain', 'unknown')}, sources at commit {commit or 'unknown'}",
            f"oneDNN {told.get('oneDNN', 'unknown')}", told.get("MPI", "unknown MPI").split(",")[0], *versions]
    return [
        f"- Command: `Benchmarks/throughput/run.sh {shlex.join(sys.argv[1:])}".rstrip() + "`",
        f"- Machine: {processor()}, {cores} cores, load {load:.1f} at the start",
        f"- Versions: {'; '.join(versions)}",
    ]


def trial_table(trials: list[Trial], chosen: dict[tuple[str, str], Variant]) -> list[str]:
    lines = [
        "| net | precision | PyTorch's variant | samples/s, best window | |",
        "| --- | --- | --- | --- | --- |",
    ]
    for net, dtype, variant, speed in trials:
        mark = "chosen" if chosen[net, dtype] == variant else ""
        lines.append(f"| {net} | {dtype} | {variant} | {f'{speed:,.0f}' if speed else 'failed'} | {mark} |")
    return lines


def median_speed(results: Results, setting: Setting) -> float | None:
    runs = results.get(setting)
    return statistics.median(run.speed for run in runs) if runs else None


def ratio(results: Results, setting: Setting) -> str:
    """How many times faster Entrain is than a peer; empty for itself or without its figures."""
    own = median_speed(results, setting._replace(contender="entrain"))
    speed = median_speed(results, setting)
    return f"{own / speed:.2f}" if own and speed and setting.contender != "entrain" else ""


def result_table(results: Results, net: str, dtype: str) -> list[str]:
    lines = [
        "| ranks | samples a rank | | samples/s (least – most) | Entrain is faster by | to first step, s "
        "| peak memory a rank, MiB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for setting, runs in results.items():
        if setting.network != (net, dtype) or not runs:
            continue
        speeds = [run.speed for run in runs]
        first = statistics.median(run.first_step for run in runs)
        peak = statistics.median(run.peak for run in runs)
        lines.append(
            f"| {setting.ranks} | {setting.batch} | {setting.contender} "
            f"| {statistics.median(speeds):,.0f} ({min(speeds):,.0f} – {max(speeds):,.0f}) "
            f"| {ratio(results, setting)} | {first:.2f} | {peak / 2**20:.0f} |")
    return lines


def program_lines(results: Results) -> list[str]:
    """`ratio NET DTYPE RANKS BATCH PEER VALUE`, and `scaling NET DTYPE BATCH VALUE`: the speed of two ranks of Entrain over
    twice that of one."""
    lines = []
    for setting in results:
        if value := ratio(results, setting):
            lines.append(
                f"ratio {setting.net} {setting.dtype} {setting.ranks} {setting.batch} {setting.contender} {value}")
    for setting in results:
        if (setting.contender, setting.ranks) != ("entrain", 2):
            continue
        one, two = median_speed(results, setting._replace(ranks=1)), median_speed(results, setting)
        if one and two:
            lines.append(f"scaling {setting.net} {setting.dtype} {setting.batch} {two / (2 * one):.2f}")
    return lines


def markdown(
    results: Results, trials: list[Trial], chosen: dict[tuple[str, str], Variant], about: list[str], minutes: float
) -> list[str]:
    """All tables, under what `about` says of the run."""
    lines = ["# Throughput beside PyTorch", "", *about, f"- Took {minutes:.0f} minutes"]
    if trials:
        lines += ["", "## PyTorch's variants", "", *trial_table(trials, chosen)]
    for net, dtype in dict.fromkeys(setting.network for setting, runs in results.items() if runs):
        lines += ["", f"## {net}, {dtype}", ""]
        if (net, dtype) in chosen:
            lines += [f"PyTorch: {chosen[net, dtype]}.", ""]
        lines += result_table(results, net, dtype)
    return lines
