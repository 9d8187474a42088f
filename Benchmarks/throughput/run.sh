#!/usr/bin/env bash
# Measures Entrain against PyTorch: installs and builds what is missing, then runs throughput.py with the arguments given.
# Without any it takes the better part of an hour. For figures worth keeping let nothing else run on the machine.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

launch/setup.sh --benchmark
swift build -c release --product entrain
exec .build-python-benchmark/bin/python3 Benchmarks/throughput/throughput.py "$@"
