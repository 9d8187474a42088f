#!/usr/bin/env bash
# Joins what the jobs of launch/slurm-array-scaling.sbatch have left into a table: the median samples a second of each number of
# ranks, the speed-up over the smallest, and the efficiency, which is the speed-up over how many times as many ranks they are.
#
#   launch/scaling-table.sh FOLDER
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/environment.sh"
# Numbers with a point, read and written.
export LC_ALL=C
(($# == 1)) || fail "usage: launch/scaling-table.sh FOLDER"
compgen -G "$1/ranks-*.json" >/dev/null || fail "no ranks-N.json in '$1'"

printf '| ranks | samples/s | speed-up | efficiency |\n|---|---|---|---|\n'
for file in "$1"/ranks-*.json; do
    ranks=${file##*-}
    median=$({ grep -o '"samplesPerSecond":\[[^]]*\]' "$file" || fail "no samples a second in '$file'"; } |
        grep -o '[0-9][0-9.e+]*' | sort -g | awk '{ rate[NR] = $1 }
            END { printf "%.17g", (rate[int((NR + 1) / 2)] + rate[int(NR / 2) + 1]) / 2 }')
    echo "${ranks%.json} $median"
done | sort -n | awk '
    NR == 1 { ranks = $1; rate = $2 }
    { printf "| %d | %.0f | %.2f | %.1f %% |\n", $1, $2, $2 / rate, 100 * $2 / rate / ($1 / ranks) }'
