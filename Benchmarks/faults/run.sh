#!/usr/bin/env bash
# Sends signals to ranks of trainings at random and goes on with them: builds what is missing, then runs campaign.py with
# the arguments given.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

launch/setup.sh --test
swift build -c release --product entrain >&2
exec python3 Benchmarks/faults/campaign.py "$@"
