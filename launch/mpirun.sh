#!/usr/bin/env bash
# Starts a program on P ranks, each rank on a core of its own when there are enough: on this machine, or on those named.
#
#   launch/mpirun.sh -n P [--hosts A:16,B:16] [--restarts N] [--] PROGRAM ARGUMENTS…
#
# --hosts takes the machines and how many ranks each has room for; they are reached by ssh without a password, have the
# program, the data and this directory at the same places, and the first is this machine or one that it reaches.
#
# With --restarts a program that fails is started again, up to N times: `entrain train … --resume auto` then goes on from its
# last checkpoint. Ctrl-C, or SIGTERM to this script, lets training keep a checkpoint and end with status 75; a second one ends
# it at once.
#
# ENTRAIN_MPI=mpich takes MPICH's mpirun, for a program built against it, in place of Open MPI's. A rank has one thread
# unless OMP_NUM_THREADS says otherwise. The exit status is the program's. For a batch system use its own launcher.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

readonly usage="usage: launch/mpirun.sh -n P [--hosts A:16,B:16] [--restarts N] [--] PROGRAM ARGUMENTS…"

ranks=
hosts=
restarts=0
while (($# > 0)); do
    case $1 in
        -n | -np)
            ranks=${2-}
            shift $(($# > 1 ? 2 : 1))
            ;;
        --hosts)
            hosts=${2-}
            [[ $hosts =~ ^[A-Za-z0-9._-]+(:[1-9][0-9]*)?(,[A-Za-z0-9._-]+(:[1-9][0-9]*)?)*$ ]] ||
                fail "--hosts needs names such as a:16,b:16, not '$hosts'; $usage"
            shift 2
            ;;
        --restarts)
            restarts=${2-}
            [[ $restarts =~ ^[0-9]+$ ]] || fail "--restarts needs a number, not '$restarts'; $usage"
            shift 2
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
        if [[ -n $hosts ]]; then
            # Variables are not passed on by themselves; cores are counted on each host.
            options+=(--host "$hosts" --bind-to core:overload-allowed -x OMP_NUM_THREADS --wdir "$PWD")
            if [[ -n ${ENTRAIN_DATA-} ]]; then options+=(-x ENTRAIN_DATA); fi
        elif ((ranks <= cores)); then
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
        if [[ -n $hosts ]]; then
            options+=(-hosts "$hosts" -genv OMP_NUM_THREADS "$OMP_NUM_THREADS")
            if [[ -n ${ENTRAIN_DATA-} ]]; then options+=(-genv ENTRAIN_DATA "$ENTRAIN_DATA"); fi
        elif ((ranks <= cores)); then options+=(-bind-to core); fi
        ;;
    *) fail "ENTRAIN_MPI is '$ENTRAIN_MPI', expected 'openmpi' or 'mpich'" ;;
esac

# A job of its own, so that what the terminal sends comes to this script alone: mpirun ends its ranks at once on SIGINT and
# SIGTERM, but hands SIGUSR1 on to them, which tells training to keep a checkpoint and end.
set -m
job=
asked=false
signals=0
ask_to_end() {
    local signal=USR1
    signals=$((signals + 1))
    if $asked; then signal=TERM; fi
    asked=true
    if [[ -n $job ]]; then kill -s "$signal" "$job" 2>/dev/null || true; fi
}
trap ask_to_end INT TERM USR1
ask_for_checkpoint() {
    signals=$((signals + 1))
    if [[ -n $job ]]; then kill -s USR2 "$job" 2>/dev/null || true; fi
}
trap ask_for_checkpoint USR2

# end_remains LAUNCHER NAME: ends a launcher that stays behind when the ranks of this machine, processes of that name, have
# ended: it waits for machines that it cannot reach.
end_remains() {
    local had_ranks=false looks=0
    while kill -0 "$1" 2>/dev/null; do
        if pgrep -P "$1" -x -- "${2:0:15}" >/dev/null; then
            had_ranks=true
            looks=0
        elif $had_ranks; then
            looks=$((looks + 1))
            if ((looks >= 10)); then
                note "error: $launcher does not end after its ranks have, as it cannot reach a host; ending it"
                kill -KILL "$1" 2>/dev/null
            fi
        fi
        sleep 1
    done
}

# Runs the job once and leaves its status in $status.
run() {
    "$launcher" "${options[@]}" "$@" </dev/null &
    job=$!
    if [[ -n $hosts ]]; then end_remains "$job" "$(basename -- "$1")" & fi
    local before
    # A signal to this script ends the waiting, not the job.
    while true; do
        before=$signals
        status=0
        # The shell's own line about a job that was killed says nothing new.
        { wait "$job" || status=$?; } 2>/dev/null
        if ((signals == before)); then break; fi
    done
}

restarted=0
while true; do
    run "$@"
    if ((status > 128)); then
        signal=$((status - 128))
        note "error: a rank of '$1' was ended by signal $signal ($(kill -l "$signal" 2>/dev/null || echo unknown))"
    fi
    # 75: interrupted, as asked; 64: a command line that is no better the next time.
    if ((status == 0 || status == 75 || status == 64 || restarted >= restarts)) || $asked; then exit "$status"; fi
    restarted=$((restarted + 1))
    note "starting '$1' again, $restarted of $restarts"
done
