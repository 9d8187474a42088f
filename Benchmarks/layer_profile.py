"""Times of the passes of a layer, from a few steps of `entrain benchmark --profile` on one core."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

PASSES = ["forward", "backward data", "backward weights"]
REORDER, WHOLE = "reorder", "all passes and copies"


def layer_profile(entrain, configuration, steps, layer="1"):
    """Milliseconds a step and the name of what computes it, of each pass of a layer and of its copies, by the pass's name."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "layer.yaml"
        path.write_text(configuration)
        run = subprocess.run(
            [entrain, "benchmark", path, "--profile", "--warmup", "2", "--windows", "1", "--steps", str(steps)],
            env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"error: entrain ended with status {run.returncode}:\n{run.stderr}")
    times = {}
    for line in run.stderr.splitlines():
        # Columns of fixed width: layer, pass, implementation, milliseconds a step.
        name = line[24:42].strip()
        if line[:24].strip() == layer and name in PASSES + [REORDER]:
            implementation, milliseconds = re.split(r"\s{2,}", line[42:].strip())[:2]
            before = times[name][0] if name in times else 0.0
            times[name] = (before + float(milliseconds), implementation)
    return times
