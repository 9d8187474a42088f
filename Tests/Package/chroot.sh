#!/usr/bin/env bash
# Shows that a tarball of launch/package.sh trains where there is neither Swift nor oneDNN: makes Debian systems from scratch that have
# an MPI library alone, unpacks the tarball there, and trains on the digits on two ranks. Needs the rights of root, and debootstrap,
# which launch/setup.sh --package installs. The systems are removed at the end.
#
#   Tests/Package/chroot.sh [TARBALL] [RELEASE…]
#
# Without a tarball it makes one, and without releases it takes bookworm and trixie, Debian 12 and 13. A tarball of the standard ABI of
# MPI 5 gets the MPICH 5 that launch/setup.sh --mpi-abi brings, others Debian's own library. Prints the last lines of each training, and
# "the tarball trains" where all do. Packages come from the mirror in ENTRAIN_DEBIAN_MIRROR, or that of this machine, checked by the
# machine's keys.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"

((EUID == 0)) || fail "a system of its own needs the rights of root"
command -v debootstrap >/dev/null || fail "no debootstrap; launch/setup.sh --package installs it"
tarball=${1:-$("$root/launch/package.sh")}
[[ -f $tarball ]] || fail "no tarball '$tarball'"
releases=("${@:2}")
((${#releases[@]} > 0)) || releases=(bookworm trixie)

# The mirror of this machine where it is of Debian: the first address of its lists.
mirror=${ENTRAIN_DEBIAN_MIRROR:-$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null || true; } |
    sed -n -E 's/^(URIs:|deb( \[[^]]*\])?) +(http[^ ]*).*/\3/p' | head -n 1)}

folder=$(mktemp -d)
mounted=()
# shellcheck disable=SC2317 # called by the trap
clean() {
    local path
    for path in "${mounted[@]}"; do umount "$path" || umount --lazy "$path"; done
    # What is mounted there after all is not to be removed with it.
    rm -rf --one-file-system "$folder"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tar -C "$folder" -xzf "$tarball" --wildcards --strip-components=2 '*/bin/entrain'
needs=$(readelf --dynamic "$folder/entrain" | sed -n 's/.*(NEEDED).*\[\(libmpi[^]]*\)\]/\1/p')
case $needs in
    libmpi.so.40) mpi=openmpi package=openmpi-bin ;;
    libmpi.so.12) mpi=mpich package=mpich ;;
    libmpi_abi.so.*) mpi=abi package=libstdc++6 ;;
    *) fail "the program of $tarball needs '$needs', which is no MPI library known here" ;;
esac

# try RELEASE: trains in a system of its own.
try() {
    local release=$1 system=$folder/$1 file_system inside output
    note "making a system of Debian $release with $package"
    quietly debootstrap --variant=minbase --include="$package" "$release" "$system" ${mirror:+"$mirror"} ||
        fail "debootstrap failed; see above"
    for file_system in proc:proc sysfs:sys tmpfs:dev/shm; do
        mkdir -p "$system/${file_system#*:}"
        mount -t "${file_system%:*}" none "$system/${file_system#*:}"
        mounted+=("$system/${file_system#*:}")
    done
    tar -C "$system/opt" -xzf "$tarball"
    if inside=$(chroot "$system" /bin/sh -c 'command -v swift || find / -xdev -name "libswift*" | grep .'); then
        fail "the system has Swift: $inside"
    fi
    local path=/usr/sbin:/usr/bin:/sbin:/bin libraries=
    if [[ $mpi == mpich ]]; then
        # Debian's MPICH has another name than that of the MPICH ABI.
        ln -s "$(chroot "$system" /bin/sh -c 'echo /usr/lib/*/libmpich.so.12')" \
            "$(echo "$system"/opt/entrain-*/lib/entrain)/libmpi.so.12"
    fi
    if [[ $mpi == abi ]]; then
        mkdir -p "$system/opt/mpi"
        cp -R "$root"/.build-mpi-abi/{bin,lib} "$system/opt/mpi/"
        path=/opt/mpi/bin:$path libraries=/opt/mpi/lib
    fi
    # By the tarball's own script, as a user would.
    output=$(env -i PATH="$path" HOME=/root LD_LIBRARY_PATH="$libraries" ENTRAIN_MPI=$mpi chroot "$system" /bin/bash -c \
        'cd /opt/entrain-* && bin/entrain --version && launch/mpirun.sh -n 2 -- bin/entrain info &&
        launch/mpirun.sh -n 2 -- bin/entrain train configs/digits.yaml --output /tmp/run &&
        launch/mpirun.sh -n 2 -- bin/entrain evaluate /tmp/run' 2>&1) || fail "the training failed on $release: $output"
    head -n 6 <<<"$output"
    tail -n 6 <<<"$output"
    [[ -f $system/tmp/run/model.safetensors ]] || fail "the training left no weights: $output"
    [[ -f $(echo "$system"/opt/entrain-*/share/man/man1/entrain-train.1) ]] || fail "the tarball has no manual pages"
}

for release in "${releases[@]}"; do try "$release"; done
echo "the tarball trains"
