"""Checks a manifest of the MPI Operator: the job against mpijob.schema.yaml, the pods' templates against the schemas of Kubernetes,
and that mpirun starts as many ranks as the workers have room for.

    python3 Tests/Kubernetes/validate.py [--hook] MANIFEST

Prints what is wrong, one line each, and ends with 1 if anything is. With --hook it prints the launcher's preStop command, one
word a line. Needs jsonschema, kubernetes-validate and PyYAML.
"""

import pathlib
import sys

import jsonschema
import kubernetes_validate
import yaml


def schema_errors(job):
    schema = yaml.safe_load((pathlib.Path(__file__).parent / "mpijob.schema.yaml").read_text())
    for error in jsonschema.Draft202012Validator(schema).iter_errors(job):
        yield f"{error.json_path}: {error.message}"


def template_errors(job):
    for role, replica in job["spec"]["mpiReplicaSpecs"].items():
        template = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": role}, "template": replica["template"]}
        try:
            # Strict: a field that Kubernetes does not know is an error, not dropped.
            kubernetes_validate.validate(template, kubernetes_validate.latest_version(), strict=True)
        except kubernetes_validate.ValidationError as error:
            path = ".".join(str(part) for part in error.path)
            yield f"{role}.{path}: {error.message}"


def rank_errors(job):
    specification = job["spec"]
    worker = specification["mpiReplicaSpecs"]["Worker"]
    room = worker.get("replicas", 1) * specification.get("slotsPerWorker", 1)
    arguments = specification["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0]["args"]
    ranks = int(arguments[arguments.index("-n") + 1])
    if ranks != room:
        yield f"mpirun starts {ranks} ranks, the workers have room for {room}"


def main(arguments):
    hook = arguments[:1] == ["--hook"]
    job = yaml.safe_load(pathlib.Path(arguments[-1]).read_text())
    if hook:
        launcher = job["spec"]["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0]
        print("\n".join(launcher["lifecycle"]["preStop"]["exec"]["command"]))
        return 0
    # Each check relies on what those before it have found right.
    for check in (schema_errors, template_errors, rank_errors):
        errors = list(check(job))
        if errors:
            print("\n".join(errors))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
