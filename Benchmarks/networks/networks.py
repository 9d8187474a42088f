"""Compares the presets with the same networks in PyTorch: parameters, multiply-adds, samples a second, memory, and how far the
network exported to ONNX is from what Entrain predicts.

The network in PyTorch is the one that launch/entrain_torch.py makes of Entrain's weights. Both train with SGD and momentum on the
same number of samples a step, one thread a rank, each rank on a core of its own; PyTorch eager, with contiguous maps and with the
channels last, on two ranks as DistributedDataParallel over gloo in the faster of the two. Contenders take turns; a figure is the median over
the launches, each the median of its windows.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks/throughput"))
from measure import PEER_ENVIRONMENT, bound, cores, run

# By name: keys of the model, shape of a sample, samples a rank and step. Token sequences have the shape [L].
NETWORKS = {
    "resnet18": ("{preset: resnet18, stem: cifar}", (3, 32, 32), 32),
    "resnet34": ("{preset: resnet34, stem: cifar}", (3, 32, 32), 32),
    "resnet50": ("{preset: resnet50}", (3, 224, 224), 8),
    "vgg11-bn": ("{preset: vgg11-bn}", (3, 224, 224), 8),
    "mobilenet-v2": ("{preset: mobilenet-v2}", (3, 224, 224), 8),
    "densenet121": ("{preset: densenet121}", (3, 224, 224), 8),
    "convnext-tiny": ("{preset: convnext-tiny}", (3, 224, 224), 8),
    "vit-tiny": ("{preset: vit-tiny, patch: 4}", (3, 32, 32), 32),
    "mlp-mixer": ("{preset: mlp-mixer, patch: 4}", (3, 32, 32), 32),
    "conv1d": ("{preset: conv1d}", (1, 1024), 32),
    "conv3d": ("{preset: conv3d}", (1, 32, 32, 32), 8),
    "text-transformer": ("{preset: text-transformer, tokens: 1000}", (64,), 32),
}
CLASSES = 10
LAYOUTS = ["contiguous", "channels_last"]


def configuration(name: str, folder: pathlib.Path, ranks: int) -> pathlib.Path:
    model, shape, batch = NETWORKS[name]
    samples = 8 * batch * ranks
    if len(shape) == 1:
        import numpy

        generator = numpy.random.default_rng(1)
        numpy.save(folder / "tokens.npy", generator.integers(0, 1000, (samples, *shape), dtype=numpy.int32))
        numpy.save(folder / "labels.npy", numpy.arange(samples) % CLASSES)
        files = f"{{features: {folder}/tokens.npy, labels: {folder}/labels.npy}}"
        data = f"{{format: npy, train: {files}, test: {files}}}"
    else:
        data = (f"{{format: synthetic, synthetic: {{samples: {samples}, testSamples: 64, shape: {list(shape)}, "
                f"classes: {CLASSES}}}}}")
    file = folder / f"{name}-{ranks}.yaml"
    file.write_text(
        f"data: {data}\nmodel: {model}\ntraining: {{batch: {batch * ranks}, steps: 1, epochs: 1}}\n"
        "optimizer: {name: sgd}\nlearningRate: {schedule: constant, rate: 0.001}\nreduction: {overlap: off}\noutput: {plot: false}\n")
    return file


def output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)} ended with status {done.returncode}:\n{done.stderr.strip()}")
    return done.stdout


def facts(entrain: str, name: str, file: pathlib.Path) -> tuple[int, int]:
    """Parameters, and multiply-adds of a sample's forward pass."""
    _, shape, batch = NETWORKS[name]
    command = [entrain, "info", "--model", str(file), "--batch", str(batch)]
    table = output(command + (["--shape", str(shape[0])] if len(shape) == 1 else []))
    last = next(line for line in table.splitlines() if re.match(r"\s*sum ", line))
    numbers = [int(text.replace(",", "")) for text in re.findall(r"\d[\d,]*", last)]
    return numbers[0], numbers[1]


def onnx_difference(entrain: str, name: str, run_directory: pathlib.Path, folder: pathlib.Path) -> float:
    """The largest difference of a probability between ONNX Runtime and `entrain predict`."""
    import numpy
    import onnxruntime

    _, shape, _ = NETWORKS[name]
    generator = numpy.random.default_rng(2)
    samples = generator.integers(0, 1000, (4, *shape), dtype=numpy.int32) if len(shape) == 1 \
        else generator.normal(size=(4, *shape)).astype(numpy.float32)
    numpy.save(folder / "samples.npy", samples)
    output([entrain, "predict", str(run_directory), str(folder / "samples.npy"), "--output", str(folder / "own.npy")])
    output([entrain, "export", str(run_directory), "--onnx", str(folder / "network.onnx")])
    session = onnxruntime.InferenceSession(folder / "network.onnx", providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    kind = {"tensor(float)": numpy.float32, "tensor(int64)": numpy.int64, "tensor(int32)": numpy.int32}[given.type]
    found = session.run(None, {given.name: samples.astype(kind)})[0]
    return float(numpy.abs(found - numpy.load(folder / "own.npy")).max())


def peer(file: pathlib.Path, name: str, layout: str, ranks: int, folder: pathlib.Path, windows: int, window: float):
    _, shape, batch = NETWORKS[name]
    command = [sys.executable, str(HERE / "peer.py"), str(file), "--shape", *map(str, shape), "--batch", str(batch),
               "--layout", layout, "--windows", str(windows), "--window", str(window)]
    store = folder / f"store-{time.time()}"
    meeting = {"OMP_NUM_THREADS": "1", **PEER_ENVIRONMENT, "WORLD_SIZE": str(ranks), "INIT_METHOD": f"file://{store}",
               "GLOO_SOCKET_IFNAME": "lo"}
    starts = [(bound(command, core), {**meeting, "RANK": str(rank)}) for rank, core in zip(range(ranks), cores())]
    return result(run(starts, f"PyTorch, {name}, {ranks} ranks"))


def own(entrain: str, file: pathlib.Path, name: str, ranks: int, windows: int, window: float, speed: float | None):
    """`speed` in samples a second, for the steps of a window."""
    _, _, batch = NETWORKS[name]
    steps = max(1, round(window * (speed or batch * ranks) / (batch * ranks)))
    command = [entrain, "benchmark", str(file), "--warmup", "2", "--windows", str(windows), "--steps", str(steps), "--rate", "0.001"]
    command = bound(command, cores()[0]) if ranks == 1 else [str(ROOT / "launch/mpirun.sh"), "-n", str(ranks), "--", *command]
    return result(run([(command, {"OMP_NUM_THREADS": "1"})], f"Entrain, {name}, {ranks} ranks"))


def result(outputs: list[tuple[str, str]]) -> tuple[float, float]:
    """Samples a second, and MiB of the largest rank."""
    found = json.loads(next(line for text, _ in outputs for line in text.splitlines() if line.startswith("{")))
    return statistics.median(found["samplesPerSecond"]), max(found["peakResidentBytes"]) / 2**20


def measured(entrain: str, name: str, arguments: argparse.Namespace) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="networks-") as text:
        folder = pathlib.Path(text)
        files = {ranks: configuration(name, folder, ranks) for ranks in (1, 2)}
        parameters, products = facts(entrain, name, files[1])
        directory = folder / "run"
        output([entrain, "train", str(files[1]), "--output", str(directory)])
        difference = onnx_difference(entrain, name, directory, folder)
        shared = (arguments.windows, arguments.window)
        figures: dict[tuple[str, int], list[tuple[float, float]]] = {}
        layouts = LAYOUTS if len(NETWORKS[name][1]) in (3, 4) else LAYOUTS[:1]
        for turn in range(arguments.launches):
            print(f"{name}, launch {turn + 1} of {arguments.launches}", file=sys.stderr)
            for ranks in (1, 2):
                before = figures.setdefault(("entrain", ranks), [])
                if not before:
                    before.append(own(entrain, files[ranks], name, ranks, 1, 0, None))
                before.append(own(entrain, files[ranks], name, ranks, *shared, before[-1][0]))
                if turn == 0:
                    before.pop(0)
                best = max(layouts, key=lambda layout: statistics.median(
                    figure[0] for figure in figures.get((layout, 1), [(0.0, 0.0)])))
                for layout in layouts if ranks == 1 else [best]:
                    figures.setdefault((layout, ranks), []).append(peer(directory, name, layout, ranks, folder, *shared))

    def median(who: str, ranks: int, place: int) -> float:
        return statistics.median(figure[place] for figure in figures[who, ranks])

    best = max(layouts, key=lambda layout: median(layout, 1, 0))
    _, shape, batch = NETWORKS[name]
    cells = [name, " × ".join(map(str, shape)), str(batch), f"{parameters:,}", f"{products / 1e6:,.0f}"]
    for ranks, second in ((1, best), (2, next(layout for layout in layouts if (layout, 2) in figures))):
        speeds = median("entrain", ranks, 0), median(second, ranks, 0)
        cells += [f"{speeds[0]:.1f}", f"{speeds[1]:.1f}", f"{speeds[0] / speeds[1]:.2f}"]
    return cells + [f"{median('entrain', 1, 1):.0f}", f"{median(best, 1, 1):.0f}", f"{difference:.1e}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS), help="(default: all)")
    parser.add_argument("--launches", type=int, default=3, help="of each contender (default: 3)")
    parser.add_argument("--windows", type=int, default=3, help="of a launch (default: 3)")
    parser.add_argument("--window", type=float, default=3.0, help="seconds of a window, at least a step (default: 3)")
    parser.add_argument("--entrain", default=str(ROOT / ".build/release/entrain"), help="the program to measure")
    arguments = parser.parse_args()
    if len(cores()) < 2:
        sys.exit("error: two ranks need two cores")
    print("| network | sample | samples a rank | parameters | multiply-adds, millions | samples/s, 1 rank | PyTorch | faster by "
          "| 2 ranks | DDP | faster by | memory a rank, MiB | PyTorch | ONNX differs by |")
    print("|" + "---|" * 14)
    for name in arguments.networks:
        print("| " + " | ".join(measured(arguments.entrain, name, arguments)) + " |", flush=True)


main()
