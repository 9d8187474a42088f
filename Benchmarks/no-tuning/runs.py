"""Runs of `entrain train` for the studies of this directory: each is done once and its outcome kept, a line of JSON a run."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile


class Runs:
    """Runs by configuration, settings and seed; what the file already holds is not run again."""

    def __init__(self, program, data, file):
        self.program, self.data, self.file = program, data, pathlib.Path(file)
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        self.outcomes = {self.key(**line["run"]): line for line in map(json.loads, lines)}

    @staticmethod
    def key(name, settings, seed):
        return json.dumps([name, settings, seed])

    def outcome(self, configuration, settings, seed, name=None):
        """Test accuracy and epochs at the end, seconds of training and the status; accuracy None without a cycle.

        `name` is what the run is known by; default the path of its configuration.
        """
        run = {"name": name or str(configuration), "settings": settings, "seed": seed}
        known = self.outcomes.get(self.key(**run))
        if known:
            return known
        directory = tempfile.mkdtemp()
        command = [self.program, "train", str(configuration), "--data", self.data, "--output", f"{directory}/run",
                   "--set", f"seed={seed}", "--set", "output.plot=false", "--set", "checkpoint.end=false"]
        for setting in settings:
            command += ["--set", setting]
        process = subprocess.run(command, capture_output=True, text=True, env=os.environ)
        metrics = pathlib.Path(directory, "run/metrics.jsonl")
        lines = metrics.read_text().splitlines() if metrics.exists() else []
        last = json.loads(lines[-1]) if lines else None
        outcome = {
            "run": run, "status": process.returncode,
            "accuracy": last and last["test"]["accuracy"], "epoch": last and last["epoch"],
            "seconds": last and last["seconds"], "rate": last and last["rate"],
            "rollBacks": process.stdout.count("rolled back") + process.stderr.count("rolled back"),
            "message": process.stderr.strip().splitlines()[-1:] if process.returncode else [],
        }
        shutil.rmtree(directory)
        self.outcomes[self.key(**run)] = outcome
        with self.file.open("a") as file:
            file.write(json.dumps(outcome) + "\n")
        return outcome
