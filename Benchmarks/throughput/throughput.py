"""Compares Entrain's training speed, start and memory with PyTorch's, all contenders taking turns in one run.

Every rank has one thread and one core of its own. A single rank is started directly; several are started by
launch/mpirun.sh (Entrain, `flat`) or one by one (`ddp`). Each launch trains a few hundred steps to warm up and then measures
windows of steps; its speed is their median, and the figure shown the median over the launches, with the least and the most.
The time to the first step runs from the launch, seen from outside, to the end of the first update. Memory is the peak
resident set (VmHWM) of the largest rank.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CONTENDERS = {1: ["entrain", "pytorch"], 2: ["entrain", "ddp", "flat"]}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launches", type=int, default=3, help="of each contender (default %(default)s)")
    parser.add_argument("--warmup", type=int, default=300, help="steps before the first window (default %(default)s)")
    parser.add_argument("--windows", type=int, default=10, help="a launch (default %(default)s)")
    parser.add_argument("--steps", type=int, default=100, help="a window (default %(default)s)")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2], choices=[1, 2])
    parser.add_argument("--batches", type=int, nargs="+", default=[64, 128], help="samples a rank (default 64 128)")
    parser.add_argument("--contenders", nargs="+", default=["entrain", "pytorch", "ddp", "flat"])
    parser.add_argument("--entrain", default=ROOT / ".build/release/entrain", help="the program to measure")
    return parser.parse_args()


def cores():
    """One processor of each physical core this process may use."""
    chosen = {}
    for processor in sorted(os.sched_getaffinity(0)):
        siblings = pathlib.Path(f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list")
        chosen.setdefault(siblings.read_text() if siblings.exists() else processor, processor)
    return list(chosen.values())


def commands(contender, ranks, batch, arguments, store):
    """The processes of one launch, as (command, further environment); ranks of `ddp` meet in the file `store`."""
    measure = ["--warmup", str(arguments.warmup), "--windows", str(arguments.windows), "--steps", str(arguments.steps)]
    if contender == "entrain":
        program = [str(arguments.entrain), "benchmark", str(HERE / "mlp.yaml"), *measure,
                   "--set", f"training.batch={batch * ranks}"]
    else:
        program = [sys.executable, str(HERE / "pytorch_peer.py"), contender, "--batch", str(batch), *measure]
    if contender == "ddp":
        return [
            (["taskset", "-c", str(core), *program],
             {"RANK": str(rank), "WORLD_SIZE": str(ranks), "INIT_METHOD": f"file://{store}", "GLOO_SOCKET_IFNAME": "lo"})
            for rank, core in zip(range(ranks), cores())
        ]
    if ranks == 1:
        return [(["taskset", "-c", str(cores()[0]), *program], {})]
    return [([str(ROOT / "launch/mpirun.sh"), "-n", str(ranks), "--", *program], {})]


def launch(contender, ranks, batch, arguments):
    """One run's speed in samples/s, seconds to the first step and peak memory of a rank in bytes."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    processes = []
    folder = tempfile.TemporaryDirectory(prefix="throughput-")
    try:
        for command, more in commands(contender, ranks, batch, arguments, f"{folder.name}/store"):
            now = {"ENTRAIN_LAUNCH_TIME": repr(time.time())}
            processes.append(subprocess.Popen(
                command, env={**environment, **more, **now}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        outputs = [process.communicate(timeout=600) for process in processes]
    except subprocess.TimeoutExpired:
        sys.exit(f"error: {contender} on {ranks} ranks came to no end in 600 s")
    finally:
        for process in processes:
            if process.poll() is None:
                process.terminate()
        folder.cleanup()
    for process, (_, errors) in zip(processes, outputs):
        if process.returncode != 0:
            sys.exit(f"error: {contender} on {ranks} ranks ended with status {process.returncode}:\n{errors}")
    lines = [line for output, _ in outputs for line in output.splitlines() if line.startswith("{")]
    if len(lines) != 1:
        sys.exit(f"error: {contender} on {ranks} ranks printed {len(lines)} lines of JSON, expected one")
    result = json.loads(lines[0])
    speed = statistics.median(result["samplesPerSecond"])
    return speed, result["firstStepSeconds"], max(result["peakResidentBytes"])


def main():
    arguments = parse_arguments()
    if len(cores()) < max(arguments.ranks):
        sys.exit(f"error: {max(arguments.ranks)} ranks need as many cores, and there are {len(cores())}")
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"warning: other programs are running (load {load:.1f}); the figures will be worth little", file=sys.stderr)

    settings = [
        (ranks, batch, contender)
        for ranks in arguments.ranks for batch in arguments.batches for contender in CONTENDERS[ranks]
        if contender in arguments.contenders
    ]
    results = {setting: [] for setting in settings}
    for turn in range(arguments.launches):
        for setting in settings:
            ranks, batch, contender = setting
            print(f"launch {turn + 1} of {arguments.launches}: {contender}, {ranks} ranks, {batch} samples a rank",
                  file=sys.stderr)
            results[setting].append(launch(contender, ranks, batch, arguments))

    medians = {setting: [statistics.median(column) for column in zip(*runs)] for setting, runs in results.items()}
    print("| ranks | samples a rank | | samples/s (least – most) | Entrain is faster by | to first step, s | peak memory a rank, MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    ratios = []
    for setting in settings:
        ranks, batch, contender = setting
        speed, first, peak = medians[setting]
        speeds = [run[0] for run in results[setting]]
        own = medians.get((ranks, batch, "entrain"))
        ratio = ""
        if own and contender != "entrain":
            ratio = f"{own[0] / speed:.2f}"
            ratios.append(f"ratio mlp f32 {ranks} {batch} {contender} {ratio}")
        print(f"| {ranks} | {batch} | {contender} | {speed:,.0f} ({min(speeds):,.0f} – {max(speeds):,.0f}) "
              f"| {ratio} | {first:.2f} | {peak / 2**20:.0f} |")
    if ratios:
        print("\n".join(["", *ratios]))


main()
