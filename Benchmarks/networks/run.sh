#!/usr/bin/env bash
# Measures the presets against PyTorch: installs and builds what is missing, then runs networks.py with the arguments given.
# For figures worth keeping let nothing else run on the machine.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

launch/setup.sh --benchmark
.build-python-benchmark/bin/python3 -m pip install --quiet -r Benchmarks/networks/requirements.txt
swift build -c release --product entrain
exec .build-python-benchmark/bin/python3 Benchmarks/networks/networks.py "$@"
