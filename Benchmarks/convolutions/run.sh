#!/usr/bin/env bash
# Measures oneDNN's direct and Winograd convolutions on this processor, pass by pass: installs and builds what is missing, then
# runs convolutions.py with the arguments given. What `model.convolution: auto` chooses is calibrated with it.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

launch/setup.sh --test
swift build -c release --product entrain
exec python3 Benchmarks/convolutions/convolutions.py "$@"
