"""Times dense layers on one core: oneDNN's inner product, and what Entrain takes by itself, which is its own kernels on AVX2.

Each shape is a layer between two others of a network that `entrain benchmark --profile` trains a few steps on synthetic data,
with `model.convolution: direct` for oneDNN and `auto` for the other. Both take turns; a figure is the median over the launches
of milliseconds a step, and the ratio the median of the ratios of neighbouring launches, which is what to look at on a shared
machine. Copies of weights between layouts, which oneDNN's passes want, are a pass of their own. The last lines are for a program:
`product ROWS FEATURES UNITS PASS RATIO`.
"""

import argparse
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks"))
from layer_profile import PASSES, REORDER, WHOLE, layer_profile

# Samples, features, units of the perceptron, of LeNet-5 and of wide layers.
SHAPES = [
    (32, 784, 512), (64, 784, 512), (128, 784, 512), (32, 512, 256), (64, 512, 256), (128, 512, 256), (64, 256, 10),
    (64, 400, 120), (64, 120, 84), (64, 84, 10), (64, 1024, 256), (64, 256, 1024), (64, 2048, 512),
]
# Features and units of a transformer's on 65 positions of each sample.
SEQUENCES = [(192, 576), (192, 192), (192, 768), (768, 192)]
POSITIONS = 65

CONFIGURATION = """
data: {{format: synthetic, synthetic: {{shape: {shape}, samples: 640, testSamples: 10}}}}
model:
  convolution: {algorithm}
  layers:
    - {layer}: {{units: {features}}}
    - {layer}: {{units: {units}}}
    - {layer}: {{units: 10}}
    - flatten
    - dense: {{units: 10}}
training: {{batch: {rows}, epochs: 1}}
learningRate: {{schedule: constant, rate: 0.0001}}
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launches", type=int, default=5, help="of each (default %(default)s)")
    parser.add_argument("--steps", type=int, default=20, help="a launch (default %(default)s)")
    parser.add_argument("--entrain", default=str(ROOT / ".build/release/entrain"), help="the program to measure")
    return parser.parse_args()


def measure(rows, features, units, is_sequence, algorithm, arguments):
    """Milliseconds a step of each pass of the middle layer and of its copies, and all of them."""
    configuration = CONFIGURATION.format(
        shape=[POSITIONS, 16] if is_sequence else [16], layer="positionwiseDense" if is_sequence else "dense",
        rows=rows, features=features, units=units, algorithm=algorithm)
    times = dict.fromkeys([*PASSES, REORDER], 0.0)
    for name, (milliseconds, _) in layer_profile(arguments.entrain, configuration, arguments.steps).items():
        times[name] = milliseconds
    times[WHOLE] = sum(times.values())
    return times


def main():
    arguments = parse_arguments()
    print("| rows | layer | pass | oneDNN, ms | auto, ms | oneDNN / auto | auto, GFLOP/s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    lines = []
    shapes = [(*shape, False) for shape in SHAPES] + [(64, *shape, True) for shape in SEQUENCES]
    for samples, features, units, is_sequence in shapes:
        rows = samples * (POSITIONS if is_sequence else 1)
        pairs = [
            [measure(samples, features, units, is_sequence, algorithm, arguments) for algorithm in ["direct", "auto"]]
            for _ in range(arguments.launches)]
        for name in [*PASSES, WHOLE]:
            direct, auto = (statistics.median(pair[side][name] for pair in pairs) for side in [0, 1])
            ratio = statistics.median(pair[0][name] / pair[1][name] for pair in pairs)
            speed = 2e-6 * rows * features * units * (3 if name == WHOLE else 1) / auto
            print(f"| {rows} | {features} → {units} | {name} | {direct:.3f} | {auto:.3f} | {ratio:.2f} | {speed:.0f} |",
                  flush=True)
            lines.append(f"product {rows} {features} {units} {name.replace(' ', '-')} {ratio:.2f}")
    print("\n" + "\n".join(lines))


main()
