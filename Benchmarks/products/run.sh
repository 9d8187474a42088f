#!/usr/bin/env bash
# Measures the products of dense layers on this processor, oneDNN's beside what `auto` takes, pass by pass: installs and builds what
# is missing, then runs products.py with the arguments given.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

launch/setup.sh --test
swift build -c release --product entrain
exec python3 Benchmarks/products/products.py "$@"
