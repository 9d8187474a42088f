"""Runs of `entrain train` for the studies of this directory: each is done once and its outcome kept, a line of JSON a run."""

import json
import pathlib
import shutil
import subprocess
import tempfile


class Runs:
    """Outcomes by name, settings and seed; what the file already holds is not done again."""

    def __init__(self, program, data, file):
        self.program, self.data, self.file = program, data, pathlib.Path(file)
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        self.outcomes = {json.dumps(line["run"]): line for line in map(json.loads, lines)}

    def once(self, name, settings, seed, work):
        """What `work` returns, a dictionary, or has returned before."""
        run = {"name": name, "settings": settings, "seed": seed}
        key = json.dumps(run)
        if key not in self.outcomes:
            self.outcomes[key] = {"run": run, **work()}
            with self.file.open("a") as file:
                file.write(json.dumps(self.outcomes[key]) + "\n")
        return self.outcomes[key]

    def outcome(self, configuration, settings, seed, name=None):
        """Test accuracy and epochs at the end, seconds of training and the status; accuracy None without a cycle.

        `name` is what the run is known by; default the path of its configuration.
        """
        return self.once(
            name or str(configuration), settings, seed, lambda: self.train(str(configuration), settings, seed))

    def train(self, configuration, settings, seed):
        directory = tempfile.mkdtemp()
        command = [self.program, "train", configuration, "--data", self.data, "--output", f"{directory}/run",
                   "--set", f"seed={seed}", "--set", "output.plot=false", "--set", "checkpoint.end=false"]
        for setting in settings:
            command += ["--set", setting]
        process = subprocess.run(command, capture_output=True, text=True)
        metrics = pathlib.Path(directory, "run/metrics.jsonl")
        lines = metrics.read_text().splitlines() if metrics.exists() else []
        shutil.rmtree(directory)
        last = json.loads(lines[-1]) if lines else None
        return {
            "status": process.returncode,
            "accuracy": last and last["test"]["accuracy"], "epoch": last and last["epoch"],
            "seconds": last and last["seconds"], "rate": last and last["rate"],
            "rollBacks": (process.stdout + process.stderr).count("rolled back"),
            "message": process.stderr.strip().splitlines()[-1:] if process.returncode else [],
        }
