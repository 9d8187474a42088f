#!/usr/bin/env bash
# Makes a tarball of the program that runs on a machine without Swift and without oneDNN: only the MPI library and the libraries of C
# and C++ are taken from there, and zlib, liblzma, libzstd, libjpeg and libpng where this machine has no static ones, as Debian has.
#
#   launch/package.sh [FILE]
#
# FILE is .build/entrain-VERSION-MACHINE-MPI.tar.gz unless given. It holds one directory, entrain-VERSION: bin/entrain, lib/ with
# oneDNN, share/, launch/, configs/, README.md, LICENSE. MPI is the library that the program runs with, by ENTRAIN_MPI:
#
#   openmpi   Open MPI 4 or 5 (unless set)
#   mpich     the MPICH ABI: MPICH, Intel MPI, Cray MPICH, MVAPICH
#   abi       any library with the standard ABI of MPI 5: MPICH 5, Open MPI 6
#
# Tests/Package/chroot.sh shows that it trains in systems of Debian 12 and 13.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/environment.sh"
here=$PWD
cd "$root"

version=$(sed -n 's/.*let number = "\([0-9.]*\)".*/\1/p' Sources/entrain/Entrain.swift | head -n 1)
name=entrain-$version
mpi=${ENTRAIN_MPI:-openmpi}
file=${1:-$root/.build/$name-$(uname -m)-$mpi.tar.gz}
if [[ $file != /* ]]; then file=$here/$file; fi
mkdir -p "$(dirname "$file")"

case $mpi in
    openmpi) launch/setup.sh ;;
    mpich) launch/setup.sh --test ;;
    abi) launch/setup.sh --mpi-abi ;;
    *) fail "ENTRAIN_MPI is '$mpi', expected 'openmpi', 'mpich' or 'abi'" ;;
esac
scratch=$root/.build/static-$mpi
# The linker takes a library from the first folder that has it, and a static one where that folder has no other. This has those
# that are small, and that a machine need not have; pkg-config is made to name it first.
archives=$scratch/archives
mkdir -p "$archives"
for library in zlib:libz.a liblzma:liblzma.a libzstd:libzstd.a libjpeg:libjpeg.a libpng:libpng16.a; do
    package=${library%:*}
    archive=$(pkg-config --variable=libdir "$package")/${library#*:}
    # Debian's libzstd.pc names another folder than the one that it is in.
    [[ -f $archive ]] || archive=$(clang -print-file-name="${library#*:}")
    [[ -f $archive ]] || continue
    ln -sf "$archive" "$archives/"
    sed "s|^libdir=.*|libdir=$archives|" "$(pkg-config --variable=pcfiledir "$package")/$package.pc" >"$archives/$package.pc"
done
case $mpi in
    # Debian's mpich.pc has a linker flag that SwiftPM refuses with a warning, and that linking does not need.
    mpich) sed 's/-Wl,-z,relro//' "$(pkg-config --variable=pcfiledir mpich)/mpich.pc" >"$archives/mpich.pc" ;;
    abi)
        cp "$root/.build-mpi-abi/pkgconfig/mpi-abi.pc" "$archives/"
        # For the manual pages, which the program is asked for.
        export LD_LIBRARY_PATH=$root/.build-mpi-abi/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
        ;;
esac
# A build of its own: the statically linked one is not that of the tests. The run path of the old kind holds for the libraries of
# libraries too.
# shellcheck disable=SC2016 # the loader's own word
build=(swift build -c release --static-swift-stdlib --product entrain --scratch-path "$scratch" --pkg-config-path "$archives"
    -Xlinker --disable-new-dtags -Xlinker -rpath -Xlinker '$ORIGIN/../lib')
"${build[@]}" >&2
program=$("${build[@]}" --show-bin-path)/entrain

# Of Swift nothing may be left to be found at run time.
needed=$(readelf --dynamic "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
if grep -v -E '^(libmpi|libmpich|libmpi_abi|libdnnl|libc|libm|libstdc\+\+|libgcc_s|libpthread|libdl|librt|libz|liblzma|libzstd|libjpeg|libpng16|ld-linux.*)\.so' <<<"$needed" >&2; then
    fail "the program needs the libraries above at run time"
fi
note "needs at run time: ${needed//$'\n'/, }"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/$name/bin" "$folder/$name/lib" "$folder/$name/share/doc/licences"
cp "$program" "$folder/$name/bin/entrain"
strip --strip-debug "$folder/$name/bin/entrain" 2>/dev/null || true
# oneDNN, which few systems have in this version, and what it needs beside C and C++; each with its licence.
for library in $(ldd "$program" | sed -n 's/^[[:space:]]*\(libdnnl\|libgomp\|libOpenCL\|libtbb\)\(\.so[.0-9]*\) => .*/\1\2/p'); do
    path=$(ldd "$program" | sed -n "s/^[[:space:]]*$library => \([^ ]*\) .*/\1/p")
    cp -L "$path" "$folder/$name/lib/$library"
    for package in $(dpkg-query -S "$(readlink -f "$path")" 2>/dev/null | cut -d: -f1); do
        cp "/usr/share/doc/$package/copyright" "$folder/$name/share/doc/licences/$package"
    done
done
note "brings $(cd "$folder/$name/lib" && echo *)"
# Those of the libraries that are part of the program.
for archive in "$archives"/*.a; do
    [[ -e $archive ]] || continue
    for package in $(dpkg-query -S "$(readlink -f "$archive")" 2>/dev/null | cut -d: -f1); do
        cp "/usr/share/doc/$package/copyright" "$folder/$name/share/doc/licences/$package"
    done
done
launch/manual.sh "$folder/$name/share/man" "$program"
mkdir -p "$folder/$name/share/modulefiles/entrain"
cp launch/packages/modulefile "$folder/$name/share/modulefiles/entrain/$version"
cp -R launch configs README.md LICENSE "$folder/$name/"
# This cluster's own.
rm -f "$folder/$name/launch/site.sh"
# Sorted and dated alike, so that equal programs make equal files.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct 2>/dev/null || echo 0)" \
    -C "$folder" -cf - "$name" | gzip -n -9 >"$file.partial"
mv "$file.partial" "$file"
echo "$file"
