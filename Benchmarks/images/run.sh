#!/usr/bin/env bash
# Trains ResNet-20 on CIFAR-10 from its binary files and from PNG files, in memory and streamed, on two ranks in turns; prints samples/s of
# the windows, seconds to the first step and peak memory as JSON. DIR has the decompressed binary files, and in png/ what cifar_png.py
# writes of them.
#
#   Benchmarks/images/run.sh DIR [ROUNDS]
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

directory=${1:?a directory with data_batch_1.bin and png/train.csv}
rounds=${2:-4}
swift build -c release --product entrain

tail='augmentation: {crop: 4, flip: true}}
model: {preset: resnet20}
training: {batch: 128, epochs: 1}
optimizer: {name: sgd, momentum: 0.9, weightDecay: 5.0e-4}
learningRate: {schedule: constant, rate: 0.05}'
files='data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin'
configurations=$(mktemp -d)
trap 'rm -rf "$configurations"' EXIT
echo "data: {format: cifar10, train: {files: [$files]}, test: {files: [test_batch.bin]}, $tail" >"$configurations/binary.yaml"
images='format: images, images: {size: 32, memory: read}'
echo "data: {$images, train: {list: png/train.csv}, test: {list: png/test.csv}, $tail" >"$configurations/png.yaml"
shards=$(printf 'png/train%d.tar, ' 0 1 2 3 4)
echo "data: {$images, train: {shards: [${shards%, }]}, test: {shards: [png/test0.tar]}, $tail" >"$configurations/tar.yaml"

for ((round = 1; round <= rounds; round++)); do
    for contender in "binary" "png read" "png stream" "tar stream"; do
        read -r name memory <<<"$contender"
        options=()
        if [[ -n $memory ]]; then options=(--set "data.images.memory=$memory"); fi
        printf '%s: ' "$contender"
        launch/mpirun.sh -n 2 .build/release/entrain benchmark "$configurations/$name.yaml" --data "$directory" "${options[@]}" \
            --warmup 4 --windows 5 --steps 8 --rate 0.01
    done
done
