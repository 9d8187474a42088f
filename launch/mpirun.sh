#!/usr/bin/env bash
# Starts a program on P ranks of this machine, each rank on a core of its own when there are enough.
#
#   launch/mpirun.sh -n P [--] PROGRAM ARGUMENTS…
#
# ENTRAIN_MPI=mpich takes MPICH's mpirun, for a program built against it, in place of Open MPI's. A rank has one thread
# unless OMP_NUM_THREADS says otherwise. The exit status is the program's. For a batch system use its own launcher.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

readonly usage="usage: launch/mpirun.sh -n P [--] PROGRAM ARGUMENTS…"

ranks=
while (($# > 0)); do
    case $1 in
        -n | -np)
            ranks=${2-}
            shift $(($# > 1 ? 2 : 1))
            ;;
        --)
            shift
            break
            ;;
        -*) fail "unknown option '$1'; $usage" ;;
        *) break ;;
    esac
done
[[ $ranks =~ ^[1-9][0-9]*$ ]] || fail "-n needs a number of ranks of 1 or more, not '$ranks'; $usage"
(($# > 0)) || fail "no program given; $usage"
# Told to be quiet, as below, mpirun would not even say this.
command -v -- "$1" >/dev/null || fail "no program '$1' to run"

# first_of COMMAND…: the first of them that exists.
first_of() {
    local candidate
    for candidate in "$@"; do
        if command -v "$candidate"; then return 0; fi
    done
    return 1
}

# Physical cores this process may use: hardware threads of one core compete for its arithmetic units.
available_cores() {
    local threads cores
    # nproc takes OMP_NUM_THREADS, meant for each rank, for the number of processors.
    threads=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
    cores=$({ lscpu --parse=CORE,SOCKET 2>/dev/null || true; } | sed '/^#/d' | sort -u | wc -l)
    echo $((cores > 0 && cores < threads ? cores : threads))
}

export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

cores=$(available_cores)
case ${ENTRAIN_MPI:-openmpi} in
    openmpi)
        launcher=$(first_of mpirun.openmpi mpirun) || fail "no Open MPI mpirun in PATH; launch/setup.sh installs it"
        options=(--quiet -n "$ranks")
        if ((ranks <= cores)); then
            # macOS has no binding.
            if [[ $(uname) == Linux ]]; then options+=(--map-by core --bind-to core); fi
        else
            options+=(--oversubscribe --bind-to none)
        fi
        if ((EUID == 0)); then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
        ;;
    mpich)
        launcher=$(first_of mpirun.mpich mpiexec.hydra mpirun) || fail "no MPICH mpirun in PATH; launch/setup.sh --test installs it"
        options=(-n "$ranks")
        if ((ranks <= cores)); then options+=(-bind-to core); fi
        ;;
    *) fail "ENTRAIN_MPI is '$ENTRAIN_MPI', expected 'openmpi' or 'mpich'" ;;
esac

status=0
"$launcher" "${options[@]}" "$@" || status=$?
if ((status > 128)); then
    signal=$((status - 128))
    note "error: a rank of '$1' was ended by signal $signal ($(kill -l "$signal" 2>/dev/null || echo unknown))"
fi
exit "$status"
