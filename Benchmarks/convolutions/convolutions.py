"""Times convolutions 3 x 3 with stride 1, direct and by Winograd's algorithm, on one core.

Each shape is a layer between two others of a network that `entrain benchmark --profile` trains a few steps on synthetic
data; the figure is the least of several launches, the two algorithms taking turns. The last lines are for a program:
`convolution CHANNELS SIZE BATCH PASS RATIO`, the direct time over Winograd's.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PASSES = ["forward", "backward data", "backward weights"]
# Channels and height of the maps of ResNet-20, the cnn and WRN-16-4 on their data sets.
SHAPES = [(16, 32), (32, 16), (64, 8), (32, 28), (64, 14), (64, 32), (128, 16), (256, 8)]

CONFIGURATION = """
data: {{format: synthetic, synthetic: {{shape: [1, {size}, {size}], samples: 2000, testSamples: 10}}}}
model:
  convolution: {algorithm}
  layers:
    - convolution: {{channels: {channels}, kernel: 3, padding: 1}}
    - convolution: {{channels: {channels}, kernel: 3, padding: 1}}
    - globalAveragePooling
    - flatten
    - dense: {{units: 10}}
training: {{batch: {batch}, epochs: 1}}
learningRate: {{schedule: constant, rate: 0.001}}
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=64, help="samples (default %(default)s)")
    parser.add_argument("--launches", type=int, default=3, help="of each algorithm (default %(default)s)")
    parser.add_argument("--steps", type=int, default=10, help="a launch (default %(default)s)")
    return parser.parse_args()


def measure(channels, size, algorithm, arguments):
    """Milliseconds of each pass of the middle layer, and what computed it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "convolution.yaml"
        path.write_text(CONFIGURATION.format(channels=channels, size=size, algorithm=algorithm, batch=arguments.batch))
        run = subprocess.run(
            [ROOT / ".build/release/entrain", "benchmark", path, "--profile", "--warmup", "2", "--windows", "1",
             "--steps", str(arguments.steps)],
            env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"error: entrain ended with status {run.returncode}:\n{run.stderr}")
    times = {}
    for line in run.stderr.splitlines():
        # Columns of fixed width: layer, pass, implementation, milliseconds a step.
        layer, name = line[:24].strip(), line[24:42].strip()
        if layer == "1" and name in PASSES:
            implementation, milliseconds = line[42:].split()[:2]
            times[name] = (float(milliseconds), implementation)
    return times


def main():
    arguments = parse_arguments()
    print("| channels | maps | pass | direct, ms | Winograd, ms | direct / Winograd |")
    print("| --- | --- | --- | --- | --- | --- |")
    lines = []
    for channels, size in SHAPES:
        best = {}
        for _ in range(arguments.launches):
            for algorithm in ["direct", "winograd"]:
                for name, (milliseconds, implementation) in measure(channels, size, algorithm, arguments).items():
                    if ("wino" in implementation) != (algorithm == "winograd"):
                        sys.exit(f"error: {algorithm} was computed by {implementation}")
                    key = name, algorithm
                    best[key] = min(milliseconds, best.get(key, milliseconds))
        for name in PASSES:
            direct, winograd = best[name, "direct"], best[name, "winograd"]
            print(f"| {channels} → {channels} | {size} × {size} | {name} | {direct:.2f} | {winograd:.2f} "
                  f"| {direct / winograd:.2f} |", flush=True)
            lines.append(f"convolution {channels} {size} {arguments.batch} {name.replace(' ', '-')} "
                         f"{direct / winograd:.2f}")
    print("\n" + "\n".join(lines))


main()
