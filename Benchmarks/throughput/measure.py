"""One launch of one contender: how many steps, which processes, on which cores, and what they report."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import NamedTuple

from variants import Variant

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CONTENDERS = {1: ["entrain", "pytorch"], 2: ["entrain", "ddp", "flat"]}

# Samples a second of a rank to be expected of Entrain and of a peer on a core with AVX-512. They give the steps of the
# probe; launches go by the speed that a contender has had.
EXPECTED_SPEED = {
    "mlp": (36_000, 24_000),
    "lenet5": (12_000, 8_000),
    "cnn": (1_200, 800),
    "resnet20": (400, 300),
}
NETS = list(EXPECTED_SPEED)

# glibc gives the memory of large maps back to the system and gets it again in each step, 2 to 4 % of a step of cnn and
# resnet20 in PyTorch. Entrain keeps its buffers.
PEER_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**30)}
TIMEOUT = 600


class Setting(NamedTuple):
    net: str
    dtype: str
    ranks: int
    # Samples a rank.
    batch: int
    contender: str

    @property
    def network(self) -> tuple[str, str]:
        return self.net, self.dtype

    def __str__(self) -> str:
        ranks = "1 rank" if self.ranks == 1 else f"{self.ranks} ranks"
        return f"{self.contender}, {self.net} {self.dtype}, {ranks}, {self.batch} samples a rank"


@dataclass(frozen=True)
class Duration:
    """What a launch is to take, in seconds, at the speed expected of it."""

    warmup: float
    windows: int
    window: float

    @property
    def seconds(self) -> float:
        return self.warmup + self.windows * self.window

    def arguments(self, setting: Setting, speed: float) -> list[str]:
        """For a contender that trains `speed` samples a second on all ranks: at least one step in each part."""
        steps_per_second = speed / (setting.batch * setting.ranks)
        warmup = max(1, round(self.warmup * steps_per_second))
        steps = max(1, round(self.window * steps_per_second))
        return ["--warmup", str(warmup), "--windows", str(self.windows), "--steps", str(steps)]


FULL = Duration(warmup=1.0, windows=6, window=0.5)


class Measurement(NamedTuple):
    # Samples a second on all ranks, of each window.
    windows: list[float]
    # Seconds from the launch to the end of the first update.
    first_step: float
    # Bytes, of the largest rank.
    peak: int

    @property
    def speed(self) -> float:
        return statistics.median(self.windows)


class LaunchError(Exception):
    """A contender did not run; the text says which and what it said."""


def expected_speed(setting: Setting) -> float:
    own, peer = EXPECTED_SPEED[setting.net]
    return setting.ranks * (own if setting.contender == "entrain" else peer)


def cores() -> list[int]:
    """One processor of each physical core this process may use."""
    chosen: dict[str, int] = {}
    for processor in sorted(os.sched_getaffinity(0)):
        siblings = pathlib.Path(f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list")
        chosen.setdefault(siblings.read_text() if siblings.exists() else str(processor), processor)
    return list(chosen.values())


def program(setting: Setting, variant: Variant | None, entrain: str, steps: list[str]) -> list[str]:
    """The command of a rank; a peer needs a variant."""
    net, dtype, ranks, batch, contender = setting
    if contender != "entrain":
        return [sys.executable, str(HERE / "pytorch_peer.py"), contender, "--net", net, "--dtype", dtype,
                "--variant", str(variant), "--batch", str(batch), *steps]
    command = [entrain, "benchmark", str(HERE / f"{net}.yaml"), *steps, "--rate", "0.001",
               "--set", f"training.batch={batch * ranks}"]
    # f32 is the default.
    return command if dtype == "f32" else [*command, "--set", f"training.precision={dtype}"]


def bound(command: list[str], core: int) -> list[str]:
    return ["taskset", "-c", str(core), *command]


def processes(setting: Setting, command: list[str], store: str) -> list[tuple[list[str], dict[str, str]]]:
    """What to start, as (command, further environment); the ranks of `ddp` meet in the file `store`."""
    environment = {"OMP_NUM_THREADS": "1"}
    if setting.contender != "entrain":
        environment.update(PEER_ENVIRONMENT)
    if setting.contender == "ddp":
        meeting = {"WORLD_SIZE": str(setting.ranks), "INIT_METHOD": f"file://{store}", "GLOO_SOCKET_IFNAME": "lo"}
        return [
            (bound(command, core), {**environment, **meeting, "RANK": str(rank)})
            for rank, core in zip(range(setting.ranks), cores())
        ]
    if setting.ranks == 1:
        return [(bound(command, cores()[0]), environment)]
    return [([str(ROOT / "launch/mpirun.sh"), "-n", str(setting.ranks), "--", *command], environment)]


def run(starts: list[tuple[list[str], dict[str, str]]], what: str) -> list[tuple[str, str]]:
    """Starts all of them at once, as `processes` has them, and returns what each printed, on standard output and standard error.
    Raises LaunchError."""
    running: list[subprocess.Popen[str]] = []
    try:
        for command, environment in starts:
            environment = {**os.environ, **environment, "ENTRAIN_LAUNCH_TIME": repr(time.time())}
            running.append(subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                start_new_session=True))
        outputs = [process.communicate(timeout=TIMEOUT) for process in running]
    except subprocess.TimeoutExpired:
        raise LaunchError(f"{what} came to no end in {TIMEOUT} s") from None
    finally:
        for process in running:
            if process.poll() is None:
                # A session of its own: mpirun and its ranks end with the script that started them.
                os.killpg(process.pid, signal.SIGTERM)
    for process, (_, errors) in zip(running, outputs):
        if process.returncode != 0:
            raise LaunchError(f"{what} ended with status {process.returncode}:\n{errors.strip()}")
    return outputs


def measurement(outputs: list[tuple[str, str]], what: str) -> Measurement:
    """Of the line of JSON that one of the ranks printed. Raises LaunchError."""
    lines = [line for output, _ in outputs for line in output.splitlines() if line.startswith("{")]
    if len(lines) != 1:
        raise LaunchError(f"{what} printed {len(lines)} lines of JSON, expected one")
    result = json.loads(lines[0])
    return Measurement(result["samplesPerSecond"], result["firstStepSeconds"], max(result["peakResidentBytes"]))


def launch(setting: Setting, variant: Variant | None, entrain: str, duration: Duration, speed: float) -> Measurement:
    """Runs a contender once, for `duration` if it trains `speed` samples a second. Raises LaunchError."""
    command = program(setting, variant, entrain, duration.arguments(setting, speed))
    with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
        return measurement(run(processes(setting, command, f"{folder}/store"), str(setting)), str(setting))
