# shellcheck shell=bash disable=SC2034 # of the scripts that source this
# What the launch scripts share: where the repository is, a Swift toolchain in PATH, and how to end with a clear line.
# To be sourced, not run.

# Of a standard descriptor that is closed the next file or socket would get the number: mpirun takes one for its own, and what is
# written to the standard output or error then goes into it.
if [[ ! -e /dev/fd/0 ]]; then exec </dev/null; fi
if [[ ! -e /dev/fd/1 ]]; then exec >/dev/null; fi
if [[ ! -e /dev/fd/2 ]]; then exec 2>/dev/null; fi

# With it `cd` may go elsewhere, and prints where it went.
unset CDPATH
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root

# A terminal that is gone is no reason to end.
note() { printf '%s\n' "$*" >&2 2>/dev/null || true; }

fail() {
    note "error: $*"
    exit 1
}

# Runs a command whose output matters only when it fails.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    ((status == 0)) || cat "$log" >&2
    rm -f "$log"
    return "$status"
}

# Toolchains unpacked by hand are rarely in PATH: look in the usual places, SWIFT_HOME first.
if ! command -v swift >/dev/null; then
    for directory in "${SWIFT_HOME:-/usr/local/swift}"/{usr/bin,bin} /usr/local/swift/usr/bin /opt/swift/usr/bin \
        "${SWIFTLY_BIN_DIR:-${HOME-}/.local/share/swiftly/bin}"; do
        if [[ -x $directory/swift ]]; then
            export PATH="$directory:$PATH"
            break
        fi
    done
    unset directory
fi
