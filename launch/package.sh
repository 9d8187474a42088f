#!/usr/bin/env bash
# Makes a tarball of the program that runs on a machine without Swift and without oneDNN: only the MPI library and the libraries of C
# and C++ are taken from there, and zlib, liblzma, libzstd, libjpeg and libpng where this machine has no static ones, as Debian has.
#
#   launch/package.sh [FILE]
#
# FILE is .build/entrain-VERSION-MACHINE-MPI.tar.gz unless given. It holds one directory, entrain-VERSION: bin/entrain, lib/entrain/
# with oneDNN, share/, launch/, configs/, README.md, LICENSE. MPI is the library that the program runs with, by ENTRAIN_MPI:
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
# A build of its own: the statically linked one is not that of the tests, and modules of C are not made anew for another library.
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
    mpich)
        # Debian calls its library libmpich.so.12, all others theirs libmpi.so.12, which is the name in the MPICH ABI. The program is linked
        # with a library of that name that has nothing but the names of the functions; here it runs with Debian's.
        stand_in=$scratch/mpich
        mkdir -p "$stand_in/run"
        found=$(pkg-config --variable=libdir mpich)/libmpich.so
        [[ -e $found ]] || found=${found/%mpich.so/mpi.so}
        nm --dynamic --defined-only "$found" |
            awk '$2 ~ /[TW]/ && $3 ~ /^MPI_/ { print ".globl " $3 "\n.type " $3 ",@function\n" $3 ":" }' |
            clang -shared -nostdlib -Wl,-soname,libmpi.so.12 -x assembler -o "$stand_in/libmpi.so" -
        ln -sf "$(readlink -f "$found")" "$stand_in/run/libmpi.so.12"
        printf '%s: %s\n' Name mpich Description 'the MPICH ABI' Version 12 Cflags "$(pkg-config --cflags mpich)" \
            Libs "-L$stand_in -lmpi" >"$archives/mpich.pc"
        # For the manual pages, which the program is asked for.
        export LD_LIBRARY_PATH=$stand_in/run${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
        ;;
    abi)
        cp "$root/.build-mpi-abi/pkgconfig/mpi-abi.pc" "$archives/"
        # The same.
        export LD_LIBRARY_PATH=$root/.build-mpi-abi/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
        ;;
esac
# The run path of the old kind holds for the libraries of libraries too.
# shellcheck disable=SC2016 # the loader's own word
build=(swift build -c release --static-swift-stdlib --product entrain --scratch-path "$scratch" --pkg-config-path "$archives"
    -Xlinker --disable-new-dtags -Xlinker -rpath -Xlinker '$ORIGIN/../lib/entrain')
"${build[@]}" >&2
program=$("${build[@]}" --show-bin-path)/entrain

# Of Swift nothing may be left to be found at run time.
needed=$(readelf --dynamic "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
if grep -v -E '^(libmpi|libmpi_abi|libdnnl|libc|libm|libstdc\+\+|libgcc_s|libpthread|libdl|librt|libz|liblzma|libzstd|libjpeg|libpng16|ld-linux.*)\.so' <<<"$needed" >&2; then
    fail "the program needs the libraries above at run time"
fi
note "needs at run time: ${needed//$'\n'/, }"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/$name/bin" "$folder/$name/lib/entrain" "$folder/$name/share/doc/licences"
cp "$program" "$folder/$name/bin/entrain"
strip --strip-debug "$folder/$name/bin/entrain" 2>/dev/null || true
# oneDNN, which few systems have in this version, and what it needs beside C and C++; each with its licence. In a folder that no module
# puts into LD_LIBRARY_PATH, where other programs would find them too.
for library in $(ldd "$program" | sed -n 's/^[[:space:]]*\(libdnnl\|libgomp\|libOpenCL\|libtbb\)\(\.so[.0-9]*\) => .*/\1\2/p'); do
    path=$(ldd "$program" | sed -n "s/^[[:space:]]*$library => \([^ ]*\) .*/\1/p")
    cp -L "$path" "$folder/$name/lib/entrain/$library"
    for package in $(dpkg-query -S "$(readlink -f "$path")" 2>/dev/null | cut -d: -f1); do
        cp "/usr/share/doc/$package/copyright" "$folder/$name/share/doc/licences/$package"
    done
done
note "brings $(cd "$folder/$name/lib/entrain" && echo *)"
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
