#!/usr/bin/env bash
# Trains a network on five classes of CIFAR-10, and on the other five from scratch and from those weights, with nothing tuned; prints the
# epochs that each takes to the final test accuracy from scratch. DIR has the binary files, plain or compressed by xz.
#
#   Benchmarks/fine-tuning/run.sh DIR [SEEDS [EPOCHS [PRESET]]]
#
# SEEDS are "1 2 3", EPOCHS 15, PRESET lenet5 unless given. The runs stay in .build/fine-tuning.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

directory=${1:?a directory with the binary files of CIFAR-10}
seeds=${2:-1 2 3}
epochs=${3:-15}
preset=${4:-lenet5}
swift build -c release --product entrain

work=$root/.build/fine-tuning
rm -rf "$work"
python3 Benchmarks/fine-tuning/halves.py "$directory" "$work/data"
names() {
    # By other names the last layer is taken to be of other classes, and begins anew.
    if [[ $1 == a ]]; then echo "airplane, automobile, bird, cat, deer"; else echo "dog, frog, horse, ship, truck"; fi
}
for half in a b; do
    cat >"$work/$half.yaml" <<END
data:
  format: npy
  train: {features: $half-train-x.npy, labels: $half-train-y.npy}
  test: {features: $half-test-x.npy, labels: $half-test-y.npy}
  classNames: [$(names $half)]
model: {preset: $preset}
training: {batch: 128, epochs: $epochs}
output: {plot: false}
END
done

# contender NAME HALF SEED [--set …]
contender() {
    local name=$1 half=$2 seed=$3
    shift 3
    .build/release/entrain train "$work/$half.yaml" --data "$work/data" --output "$work/runs/$name-$seed" --set "seed=$seed" "$@" \
        >"$work/$name-$seed.log" 2>&1 || {
        tail -n 3 "$work/$name-$seed.log" >&2
        exit 1
    }
}

for seed in $seeds; do
    contender pretrained a "$seed"
    contender scratch b "$seed"
    contender tuned b "$seed" --set "model.weights=$work/runs/pretrained-$seed"
    contender decayed b "$seed" --set "model.weights=$work/runs/pretrained-$seed" --set learningRate.layerDecay=0.8
done
python3 Benchmarks/fine-tuning/epochs.py "$work/runs"
