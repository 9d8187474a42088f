#!/usr/bin/env bash
# Measures mutual information of many classes on 1 and 2 ranks: builds what is missing, prints a table.
#
#   Benchmarks/mutual-information/run.sh [CLASSES SAMPLES SHARE]
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

if (($# == 0)); then set -- 20000 1000000 0.9; fi
launch/setup.sh
ENTRAIN_BENCHMARKS=1 swift build -c release --product mutual-information >&2
echo "| ranks | I known, nats | estimate | I, nats | counting, s | merging, s | estimating, s | all, s | memory a rank, MiB |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
for ranks in 1 2; do
    launch/mpirun.sh -n "$ranks" .build/release/mutual-information "$@"
done
