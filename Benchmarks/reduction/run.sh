#!/usr/bin/env bash
# Measures the reduction of gradients on 2 ranks, each on a core: builds what is missing, prints tables.
#
#   Benchmarks/reduction/run.sh [UNITS LAYERS MILLISECONDS]
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

if (($# == 0)); then set -- 512 8 20; fi
launch/setup.sh
ENTRAIN_BENCHMARKS=1 swift build -c release --product reduction >&2
launch/mpirun.sh -n 2 -- .build/release/reduction "$@"
