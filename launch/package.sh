#!/usr/bin/env bash
# Makes a tarball of the program that runs on a machine without Swift: only Open MPI, oneDNN and the libraries of C and C++ are
# taken from there, and zlib, liblzma, libjpeg and libpng where this machine has no static ones, as Debian has.
#
#   launch/package.sh [FILE]
#
# FILE is .build/entrain-VERSION-MACHINE.tar.gz unless given. It holds one directory, entrain-VERSION: bin/entrain, share/man,
# launch/, configs/, README.md, LICENSE. The machine needs Debian's openmpi-bin and libdnnl2, or what is called so there, in the same
# major versions. Tests/Package/chroot.sh shows that it trains on such a machine.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/environment.sh"
here=$PWD
cd "$root"

version=$(sed -n 's/.*version: "\([0-9.]*\)".*/\1/p' Sources/entrain/Entrain.swift | head -n 1)
name=entrain-$version
file=${1:-$root/.build/$name-$(uname -m).tar.gz}
if [[ $file != /* ]]; then file=$here/$file; fi
mkdir -p "$(dirname "$file")"

launch/setup.sh
# The linker takes a library from the first folder that has it, and a static one where that folder has no other. This has those
# that are small, and that a machine need not have; pkg-config is made to name it first.
archives=$root/.build/static/archives
mkdir -p "$archives"
for library in zlib:libz.a liblzma:liblzma.a libjpeg:libjpeg.a libpng:libpng16.a; do
    package=${library%:*}
    archive=$(pkg-config --variable=libdir "$package")/${library#*:}
    [[ -f $archive ]] || continue
    ln -sf "$archive" "$archives/"
    sed "s|^libdir=.*|libdir=$archives|" "$(pkg-config --variable=pcfiledir "$package")/$package.pc" >"$archives/$package.pc"
done
# A build of its own: the statically linked one is not that of the tests.
build=(swift build -c release --static-swift-stdlib --product entrain --scratch-path .build/static --pkg-config-path "$archives")
"${build[@]}" >&2
program=$("${build[@]}" --show-bin-path)/entrain

# Of Swift nothing may be left to be found at run time.
needed=$(readelf --dynamic "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
if grep -v -E '^(libmpi|libdnnl|libc|libm|libstdc\+\+|libgcc_s|libpthread|libdl|librt|libz|liblzma|libjpeg|libpng16|ld-linux.*)\.so' <<<"$needed" >&2; then
    fail "the program needs the libraries above at run time"
fi
note "needs at run time: ${needed//$'\n'/, }"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/$name/bin"
cp "$program" "$folder/$name/bin/entrain"
strip --strip-debug "$folder/$name/bin/entrain" 2>/dev/null || true
launch/manual.sh "$folder/$name/share/man" "$program"
cp -R launch configs README.md LICENSE "$folder/$name/"
# This cluster's own.
rm -f "$folder/$name/launch/site.sh"
# Sorted and dated alike, so that equal programs make equal files.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct 2>/dev/null || echo 0)" \
    -C "$folder" -cf - "$name" | gzip -n -9 >"$file.partial"
mv "$file.partial" "$file"
echo "$file"
