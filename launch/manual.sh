#!/usr/bin/env bash
# Writes the manual pages of the program, one for it and one for each of its commands, from the same texts as --help.
#
#   launch/manual.sh FOLDER [PROGRAM]
#
# `man -M FOLDER entrain train` shows one: they are FOLDER/man1/entrain-train.1 and so on. PROGRAM is the release build unless given.
# The tarball of launch/package.sh has them in share/man.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/environment.sh"

folder=${1-}
[[ -n $folder ]] || fail "no folder to write the pages to; usage: launch/manual.sh FOLDER [PROGRAM]"
program=${2:-$root/.build/release/entrain}
[[ -x $program ]] || fail "no program '$program'; build it first: swift build -c release"

pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
# The tool of swift-argument-parser, which asks the program for its commands and options.
build=(swift build --package-path "$root" --scratch-path "$root/.build/manual" --product generate-manual)
quietly "${build[@]}"
date=$(git -C "$root" log -1 --format=%cs 2>/dev/null || date +%F)
quietly "$("${build[@]}" --show-bin-path)/generate-manual" "$program" --multi-page --date "$date" --output-directory "$pages"

mkdir -p "$folder/man1"
for page in "$pages"/entrain*.1; do
    name=$(basename "$page")
    # `man entrain train` looks for entrain-train.
    sed 's/^\.Xr entrain\.\([a-z-]*\)/.Xr entrain-\1/' "$page" >"$folder/man1/${name/entrain./entrain-}"
done
mv "$folder/man1/entrain-1" "$folder/man1/entrain.1"
note "wrote $(find "$folder/man1" -name 'entrain*.1' | wc -l) pages to $folder/man1"
