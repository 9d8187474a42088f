#!/usr/bin/env bash
# From a fresh checkout to a trained network: installs what is missing, builds, trains on the embedded digits on two ranks
# and shows the result. The run is in runs/quickstart; an earlier one there is replaced.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/environment.sh"
(($# == 0)) || fail "usage: launch/quickstart.sh"
cd "$root"

launch/setup.sh
swift build -c release --product entrain

readonly run=runs/quickstart
rm -rf "$run"
launch/mpirun.sh -n 2 -- .build/release/entrain train configs/digits.yaml --output "$run"
echo
launch/mpirun.sh -n 2 -- .build/release/entrain evaluate "$run"
