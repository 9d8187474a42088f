#!/usr/bin/env bash
# Makes a tarball of the program that runs on a machine without Swift: only Open MPI, oneDNN, zlib, liblzma and the C library
# are taken from there.
#
#   launch/package.sh [FILE]
#
# FILE is .build/entrain-VERSION-MACHINE.tar.gz unless given. It holds one directory, entrain-VERSION: bin/entrain, launch/,
# configs/, README.md, LICENSE. The machine needs Debian's openmpi-bin, libdnnl2, zlib1g and liblzma5, or what is called so there,
# in the same major versions.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$root"

version=$(sed -n 's/.*version: "\([0-9.]*\)".*/\1/p' Sources/entrain/Entrain.swift | head -n 1)
name=entrain-$version
file=${1:-$root/.build/$name-$(uname -m).tar.gz}

launch/setup.sh
# A build of its own: the statically linked one is not that of the tests.
swift build -c release --static-swift-stdlib --product entrain --scratch-path .build/static >&2
program=$(swift build -c release --static-swift-stdlib --product entrain --scratch-path .build/static --show-bin-path)/entrain

# Of Swift nothing may be left to be found at run time.
needed=$(ldd "$program")
if grep -i -E 'libswift|libFoundation|libdispatch|lib_Foundation|not found' <<<"$needed" >&2; then
    fail "the program needs the libraries above at run time"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/$name/bin"
cp "$program" "$folder/$name/bin/entrain"
strip --strip-debug "$folder/$name/bin/entrain" 2>/dev/null || true
cp -R launch configs README.md LICENSE "$folder/$name/"
# Sorted and dated alike, so that equal programs make equal files.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct 2>/dev/null || echo 0)" \
    -C "$folder" -cf - "$name" | gzip -n -9 >"$file.partial"
mv "$file.partial" "$file"
echo "$file"
