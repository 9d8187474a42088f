#!/usr/bin/env bash
# Shows that the tarball of launch/package.sh trains where there is no Swift: makes a Debian system from scratch that has Open MPI
# and oneDNN alone, unpacks the tarball there, and trains on the digits on two ranks. Needs the rights of root, and debootstrap,
# which launch/setup.sh --package installs. The system is removed at the end.
#
#   Tests/Package/chroot.sh [TARBALL]
#
# Without a tarball it makes one. Prints the last lines of the training, and "the tarball trains" where it does. Packages come from
# the mirror in ENTRAIN_DEBIAN_MIRROR, or that of this machine, checked by the machine's keys.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"

readonly release=bookworm
((EUID == 0)) || fail "a system of its own needs the rights of root"
command -v debootstrap >/dev/null || fail "no debootstrap; launch/setup.sh --package installs it"
tarball=${1:-$("$root/launch/package.sh")}
[[ -f $tarball ]] || fail "no tarball '$tarball'"

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

note "making a system of Debian $release"
quietly debootstrap --variant=minbase --include=openmpi-bin,libdnnl2 "$release" "$folder/system" ${mirror:+"$mirror"} ||
    fail "debootstrap failed; see above"
system=$folder/system
for file_system in proc:proc tmpfs:dev/shm; do
    mkdir -p "$system/${file_system#*:}"
    mount -t "${file_system%:*}" none "$system/${file_system#*:}"
    mounted+=("$system/${file_system#*:}")
done
tar -C "$system/opt" -xzf "$tarball"
if inside=$(chroot "$system" /bin/sh -c 'command -v swift || find / -xdev -name "libswift*" | grep .'); then
    fail "the system has Swift: $inside"
fi

# By the tarball's own script, as a user would.
output=$(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$system" /bin/bash -c \
    'cd /opt/entrain-* && launch/mpirun.sh -n 2 -- bin/entrain train configs/digits.yaml --output /tmp/run &&
    launch/mpirun.sh -n 2 -- bin/entrain evaluate /tmp/run' 2>&1) || fail "the training failed: $output"
tail -n 6 <<<"$output"
[[ -f $system/tmp/run/model.safetensors ]] || fail "the training left no weights: $output"
echo "the tarball trains"
