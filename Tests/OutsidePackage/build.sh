#!/usr/bin/env bash
# Builds this package as a user's is: by itself, in a folder of its own, on Entrain's product; then trains, evaluates and predicts with
# it. With the options and the build folder of a build of Entrain before it takes what that one compiled.
#
#   Tests/OutsidePackage/build.sh [OPTION OF SWIFT BUILD…]
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$root/Tests/OutsidePackage/." "$folder"
sed -i "s|path: \"../..\"|path: \"$root\"|" "$folder/Package.swift"
if [[ -e $root/Package.resolved ]]; then cp "$root/Package.resolved" "$folder"; fi

build=(swift build --package-path "$folder" --scratch-path "$root/.build" "$@")
"${build[@]}"
program=$("${build[@]}" --show-bin-path)/mine

cd "$folder"
"$program" check
"$root/launch/mpirun.sh" -n 2 -- "$program" train spirals.yaml run
"$program" evaluate run
"$program" predict run 0.5 0
