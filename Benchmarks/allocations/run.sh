#!/usr/bin/env bash
# Counts the heap allocations of a training step, by the library that makes them, on one and two ranks.
#
#   Benchmarks/allocations/run.sh
#
# `entrain benchmark` trains the network of the throughput benchmark twice, the second time for a thousand steps more. What
# both runs allocate, setting up and ending, cancels in the difference: a thousandth of it is a step's. The set is so large
# that no run sees the end of an epoch, where a batch of another size is prepared once. A few thousandths for
# MPI's libraries, of either sign, are no step's: how often its start polls and retries differs from run to run.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"
(($# == 0)) || fail "usage: Benchmarks/allocations/run.sh"

readonly program=${ENTRAIN_PROGRAM:-.build/release/entrain}
readonly configuration=Benchmarks/throughput/mlp.yaml
readonly few=100 many=1100

launch/setup.sh
if [[ -z ${ENTRAIN_PROGRAM-} ]]; then swift build -c release --product entrain; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -std=c11 -O2 -Wall -Wextra -shared -fPIC -pthread -o "$work/count_allocations.so" \
    Benchmarks/allocations/count_allocations.c -ldl

# count_run RANKS STEPS: one run, its counts by rank in files of the working folder.
count_run() {
    local ranks=$1 steps=$2
    # Only the ranks are counted: mpirun and the shells around them do not see the library.
    quietly launch/mpirun.sh -n "$ranks" -- \
        env LD_PRELOAD="$work/count_allocations.so" ALLOCATION_COUNTS="$work/$ranks-$steps-%r" \
        "$program" benchmark "$configuration" --warmup 10 --windows 1 --steps "$steps" \
        --set "training.batch=$((64 * ranks))" --set data.synthetic.samples=1000000 || fail "the run of $steps steps on $ranks ranks failed; see above"
}

for ranks in 1 2; do
    count_run "$ranks" "$few"
    count_run "$ranks" "$many"
    for ((rank = 0; rank < ranks; rank++)); do
        [[ -s $work/$ranks-$few-$rank && -s $work/$ranks-$many-$rank ]] || fail "rank $rank of $ranks left no counts"
        echo "allocations a step, rank $rank of $ranks:"
        awk -v steps="$((many - few))" '
            { name = $0; sub(/^[0-9]+ /, "", name) }
            FNR == NR { few[name] += $1; next }
            { many[name] += $1 }
            END {
                for (name in few) many[name] += 0
                for (name in many) {
                    difference = many[name] - few[name]
                    sum += difference
                    if (difference != 0) printf "  %9.3f  %s\n", difference / steps, name | "sort -k 1,1nr"
                }
                close("sort -k 1,1nr")
                printf "  %9.3f  in all\n", sum / steps
            }' "$work/$ranks-$few-$rank" "$work/$ranks-$many-$rank"
    done
done
