#!/usr/bin/env bash
# All of the judgement, with the defaults as they are committed:
#   Benchmarks/no-tuning/run.sh VENV SETS DIR
# VENV has requirements.txt installed, SETS is a directory for the sets, DIR holds mnist/, fashion-mnist/, cifar-10/ and uci/.
# Writes report.md and runs.csv to configs/compare/results/judgement and judgement-networks, and tables to runs/no-tuning. Goes on
# where it was: `compare` and the scripts keep what is done.
set -euo pipefail
cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.."

if (($# != 3)); then
    echo 'usage: Benchmarks/no-tuning/run.sh VENV SETS DIR' >&2
    exit 2
fi
readonly python=$1/bin/python sets=$2 data=$3 program=.build/release/entrain out=runs/no-tuning
if [[ -n $(git status --porcelain --untracked-files=no -- Sources) ]]; then
    echo 'error: Sources differ from the commit; a judgement is of what is committed' >&2
    exit 1
fi
mkdir -p "$out"
git rev-parse --short HEAD >"$out/commit"

"$python" Benchmarks/no-tuning/sets.py "$sets" --data "$data"
for study in judgement judgement-networks; do
    "$program" compare "configs/compare/$study.yaml" --data "$sets" --output "runs/$study"
    mkdir -p "configs/compare/results/$study"
    cp "runs/$study/report.md" "runs/$study/runs.csv" "configs/compare/results/$study/"
done
"$python" Benchmarks/no-tuning/regret.py configs/compare/results/judgement configs/compare/results/judgement-networks \
    >"$out/regret.md"
"$python" Benchmarks/no-tuning/small_sets.py "$sets" "$out/small-sets.jsonl" --data "$data" >"$out/small-sets.md"
"$python" Benchmarks/no-tuning/no_horizon.py "$sets" "$out/no-horizon.jsonl" --data "$data" >"$out/no-horizon.md"
"$python" Benchmarks/no-tuning/cost.py "$sets" --data "$data" >"$out/cost.md"
