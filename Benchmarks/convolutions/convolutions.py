"""Times convolutions 3 x 3 with stride 1 on one core: oneDNN's direct ones, oneDNN's by Winograd's algorithm, and what
`model.convolution: auto` takes. oneDNN has its Winograd algorithm for AVX-512 alone; elsewhere its column is empty.

Each shape is a layer between two others of a network that `entrain benchmark --profile` trains a few steps on synthetic
data; the figure is the least of several launches, the algorithms taking turns. In bfloat16, where oneDNN's Winograd algorithm
computes in float32 all the same, what counts is all passes together with the copies between the two formats in front of
them and behind. The last lines are for a program: `convolution INPUTS OUTPUTS SIZE BATCH DTYPE PASS WINOGRAD AUTO`, the direct
time over oneDNN's Winograd's and over that of `auto`.
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks"))
from layer_profile import PASSES, WHOLE, layer_profile

# Channels of source and result and height of the maps of ResNet-20, the cnn and WRN-16-4 on their data sets; then others,
# between those.
SHAPES = [
    (16, 16, 32), (32, 32, 16), (64, 64, 8), (32, 32, 28), (64, 64, 14), (64, 64, 32), (128, 128, 16), (256, 256, 8),
    (32, 64, 14), (16, 32, 16), (32, 16, 16), (16, 64, 32), (64, 16, 32), (64, 64, 16), (64, 128, 16), (64, 128, 14),
    (128, 128, 14), (256, 256, 7), (512, 512, 4),
]

CONFIGURATION = """
data: {{format: synthetic, synthetic: {{shape: [1, {size}, {size}], samples: 2000, testSamples: 10}}}}
model:
  convolution: {algorithm}
  layers:
    - convolution: {{channels: {inputs}, kernel: 3, padding: 1}}
    - convolution: {{channels: {outputs}, kernel: 3, padding: 1}}
    - globalAveragePooling
    - flatten
    - dense: {{units: 10}}
training: {{batch: {batch}, epochs: 1, precision: {dtype}}}
learningRate: {{schedule: constant, rate: 0.001}}
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=64, help="samples (default %(default)s)")
    parser.add_argument("--launches", type=int, default=3, help="of each algorithm (default %(default)s)")
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="f32", help="(default %(default)s)")
    parser.add_argument("--steps", type=int, default=10, help="a launch (default %(default)s)")
    return parser.parse_args()


def measure(inputs, outputs, size, algorithm, arguments):
    """Milliseconds of each pass of the middle layer and of its copies; None where oneDNN does not have the algorithm."""
    times = layer_profile(
        ROOT / ".build/release/entrain",
        CONFIGURATION.format(
            inputs=inputs, outputs=outputs, size=size, algorithm=algorithm, batch=arguments.batch, dtype=arguments.dtype),
        arguments.steps)
    for name in PASSES:
        if algorithm == "winograd" and "wino" not in times[name][1]:
            return None
        if algorithm == "direct" and "wino" in times[name][1]:
            sys.exit(f"error: {algorithm} was computed by {times[name][1]}")
    return {name: milliseconds for name, (milliseconds, _) in times.items()}


def main():
    arguments = parse_arguments()
    print("| channels | maps | pass | direct, ms | Winograd, ms | auto, ms | direct / Winograd | direct / auto |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    lines = []
    algorithms = ["direct", "winograd", "auto"]
    rows = PASSES if arguments.dtype == "f32" else PASSES + [WHOLE]
    for inputs, outputs, size in SHAPES:
        best = {}
        for _ in range(arguments.launches):
            for algorithm in list(algorithms):
                times = measure(inputs, outputs, size, algorithm, arguments)
                if times is None:
                    algorithms.remove(algorithm)
                    continue
                times[WHOLE] = sum(times.values())
                for name, milliseconds in times.items():
                    best[name, algorithm] = min(milliseconds, best.get((name, algorithm), milliseconds))
        for name in rows:
            direct, auto = best[name, "direct"], best[name, "auto"]
            winograd = best.get((name, "winograd"))
            milliseconds, ratio = (f"{winograd:.2f}", f"{direct / winograd:.2f}") if winograd else ("–", "–")
            print(f"| {inputs} → {outputs} | {size} × {size} | {name} | {direct:.2f} | {milliseconds} | {auto:.2f} "
                  f"| {ratio} | {direct / auto:.2f} |", flush=True)
            lines.append(f"convolution {inputs} {outputs} {size} {arguments.batch} {arguments.dtype} "
                         f"{name.replace(' ', '-')} {ratio} {direct / auto:.2f}")
    print("\n" + "\n".join(lines))


main()
