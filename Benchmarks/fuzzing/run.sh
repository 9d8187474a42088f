#!/usr/bin/env bash
# Gives inputs that libFuzzer mutates, guided by the code that they reach, to every reader under the address sanitizer, and
# prints how many were read. Ends with another status than 0 at the first report; the input is kept in .build-fuzzing.
#
#   Benchmarks/fuzzing/run.sh [MILLIONS]
#
# MILLIONS of inputs in all, 10 if not given; of configurations and states, which take longer, a tenth as many as of others.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../launch/environment.sh"
cd "$root"

millions=${1:-10}
swift=$(readlink -f "$(command -v swift)")
runtime=$(find "${swift%/bin/*}/lib" -name "libclang_rt.fuzzer_no_main-$(uname -m).a" | head -n 1)
[[ -n $runtime ]] || fail "no libclang_rt.fuzzer_no_main beside $swift: install a toolchain that has libFuzzer"
launch/setup.sh
export ENTRAIN_LIBFUZZER=$runtime
coverage=edge,inline-8bit-counters,pc-table,trace-cmp
for product in fuzzing entrain; do
    swift build -c release --sanitize address --scratch-path .build-fuzzing --product $product \
        -Xswiftc "-sanitize-coverage=$coverage" >&2
done
# What libraries keep until the end of the process is no finding.
export ASAN_OPTIONS=detect_leaks=0

work=.build-fuzzing/inputs
rm -rf "$work"
mkdir -p "$work"
.build-fuzzing/release/entrain train configs/digits.yaml --output "$work/run" --set training.epochs=1 --set output.plot=false \
    --set checkpoint.cycle=true >&2
python3 Benchmarks/fuzzing/seeds.py "$work/seeds" "$work"/run/checkpoints/*/state.json

readers=(csv npy npz npy-labels idx idx-labels cifar jpeg png tar safetensors)
slow=(yaml study state)
unit=$((millions * 1000000 / (10 * ${#readers[@]} + ${#slow[@]}) + 1))
echo "| reader | inputs | seconds | places in the code reached |"
echo "| --- | --- | --- | --- |"
all=0
fuzz() {
    local reader=$1 runs=$2 log=$work/$1.log start=$SECONDS count
    .build-fuzzing/release/fuzzing "$reader" "-runs=$runs" -seed=1 -max_len=8192 -timeout=20 -rss_limit_mb=4096 \
        -print_final_stats=1 "-artifact_prefix=$work/$reader-" "$work/seeds/$reader" >"$log" 2>&1 ||
        { tail -n 40 "$log" >&2 && fail "$reader: see $log"; }
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    all=$((all + count))
    echo "| $reader | $count | $((SECONDS - start)) | $(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1) |"
}
for reader in "${slow[@]}"; do fuzz "$reader" "$unit"; done
for reader in "${readers[@]}"; do fuzz "$reader" $((10 * unit)); done
echo "| all | $all | $SECONDS | |"
