#!/usr/bin/env bash
# From a fresh checkout to a trained network: installs what is missing, builds, trains on the embedded digits on two ranks
# and shows the result. The run is in runs/quickstart; an earlier one there is replaced.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
(($# == 0)) || fail "usage: launch/quickstart.sh"
cd "$root"

launch/setup.sh
swift build -c release --product entrain

run=runs/quickstart
rm -rf "$run"
launch/mpirun.sh -n 2 -- .build/release/entrain train configs/digits.yaml --output "$run"

# One key a line from a JSON object, what is nested indented, what is listed left in its line.
readable() {
    awk '{
        depth = 0; listed = 0; quoted = 0; line = ""
        for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)
            if (c == "\"") { quoted = !quoted; continue }
            if (c == "[") listed++
            if (c == "]") listed--
            if (!quoted && !listed && (c == "{" || c == "}" || c == ",")) {
                if (line != "") printf "%*s%s\n", 2 * depth, "", line
                line = ""
                if (c == "{") depth++
                if (c == "}") depth--
            } else if (!quoted && c == ":") {
                line = line ": "
            } else if (line != "" || c != " ") {
                line = line c
            }
        }
    }'
}

[[ -s $run/metrics.jsonl ]] || fail "the run left no $run/metrics.jsonl"
echo
echo "The last cycle:"
tail -n 1 "$run/metrics.jsonl" | readable
echo
plots=$(find "$run" -name '*.png' -o -name '*.svg' -o -name '*.pdf' | sort)
echo "The run:  $run"
echo "The plot: ${plots:-none, gnuplot is not installed}"
