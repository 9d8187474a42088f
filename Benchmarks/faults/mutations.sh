#!/usr/bin/env bash
# Reads a million damaged IDX, CIFAR, CSV, NPY and YAML inputs, plain and compressed, with the address sanitizer, and prints how
# many of each were refused; the others were read as something valid. Ends with another status than 0 where one crashed.
#
#   Benchmarks/faults/mutations.sh [FACTOR]
#
# FACTOR, 60 if not given, is how many times as many data files are damaged as in launch/test.sh; of configurations, which take
# longer, a fifth of that.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

factor=${1:-60}
launch/setup.sh --test
swift build -c release --sanitize address --scratch-path .build-address --build-tests >&2
bundle=.build-address/release/entrainPackageTests.xctest
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# What libraries keep until the end of the process is no finding.
export ASAN_OPTIONS=detect_leaks=0
run() { ENTRAIN_MUTATIONS=$1 "$bundle" "$2" >>"$log" 2>&1 || { cat "$log" >&2; exit 1; }; }
run "$factor" DatasetsTests.MutationTests
run $(((factor + 4) / 5)) RunsTests.ConfigurationMutationTests/testDamagedConfigurationsNeverCrash
echo "| inputs damaged | read | refused |"
echo "| --- | --- | --- |"
sed -n 's/^mutations: \(.*\): \([0-9]*\) inputs, \([0-9]*\) refused$/\1|\2|\3/p' "$log" | sort |
    awk -F '|' '{ printf "| %s | %d | %d |\n", $1, $2, $3; read += $2; refused += $3 }
        END { printf "| all | %d | %d |\n", read, refused; exit read == 0 }'
