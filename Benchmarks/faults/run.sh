#!/usr/bin/env bash
# Kills ranks of a training at random and starts it again, until it is done: builds what is missing, then runs campaign.py with
# the arguments given.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

launch/setup.sh --test
swift build -c release --product entrain >&2
exec python3 Benchmarks/faults/campaign.py "$@"
