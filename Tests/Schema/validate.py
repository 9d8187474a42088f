"""Checks configurations against a JSON Schema, as an editor with the YAML language server does.

    python3 Tests/Schema/validate.py SCHEMA FILE…

Of a comparison, whose root is another one, the configuration under `base` is checked; where that is the name of a file there is
nothing to check. Prints what is wrong, one line each, and ends with 1 if anything is. Needs jsonschema and PyYAML.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml


class CoreLoader(yaml.SafeLoader):
    """Scalars by YAML 1.2's core schema: `yes` is a text and 1e-3 a number."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
]:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


def construct_float(loader, node):
    return float(loader.construct_scalar(node))


CoreLoader.add_constructor("tag:yaml.org,2002:float", construct_float)


def errors(validator, path):
    root = yaml.load(pathlib.Path(path).read_text(encoding="utf-8"), CoreLoader)
    if "variations" in root:
        root = root.get("base")
        if not isinstance(root, dict):
            return
    for error in validator.iter_errors(root):
        yield f"{path}: {error.json_path}: {error.message}"


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    found = [error for path in sys.argv[2:] for error in errors(validator, path)]
    print("\n".join(found))
    return 1 if found else 0


sys.exit(main())
