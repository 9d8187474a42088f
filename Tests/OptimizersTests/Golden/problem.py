"""Parameters, gradients and rates of the golden numbers; the tests make the same from what is written beside the numbers."""
import numpy as np

COUNT, STEPS = 48, 20
# Three tensors: two decayed, the last not, where the rule tells them apart.
TENSORS = [(0, 20, True), (20, 32, True), (32, 48, False)]
INITIAL = {"amplitude": 0.8, "frequency": 0.7, "phase": 0.2}
GRADIENT = {"amplitude": 1.0, "frequency": 1.3, "phase": 0.5}
SCALES = [[1.0, 1e-3, 30.0, 0.2, 5.0][step % 5] for step in range(STEPS)]
SHOWN = [1, 2, 10, 20]


def wave(shape, start, count):
    index = np.arange(start, start + count, dtype=np.float64)
    values = shape["amplitude"] * np.sin(shape["frequency"] * index + shape["phase"])
    return values.astype(np.float32).astype(np.float64)


def gradient(step):
    # As the test makes it: rounded to float32 twice.
    return (SCALES[step] * wave(GRADIENT, step * COUNT, COUNT)).astype(np.float32).astype(np.float64)


def falling(rate):
    return [float(np.float32(rate * (1 - 0.03 * step))) for step in range(STEPS)]
