#!/usr/bin/env bash
# Starts a program on P ranks, each rank on cores of its own when there are enough: on this machine, or on those named.
#
#   launch/mpirun.sh -n P [--hosts A:16,B:16] [--restarts N] [--grace SECONDS] [--] PROGRAM ARGUMENTS…
#
# --hosts takes the machines and how many ranks each has room for; they are reached by ssh without a password, have the
# program, the data and this directory at the same places, and the first is this machine or one that it reaches.
#
# With --restarts a program that fails is started again, up to N times: `entrain train … --resume auto` then goes on from its
# last checkpoint. Ctrl-C, SIGTERM to this script, or the end of its terminal unless it runs under nohup, lets training keep a
# checkpoint and end with status 75. What has not ended after --grace seconds (default 30, or ENTRAIN_GRACE), or at a second
# Ctrl-C or SIGTERM, is ended by force. SIGUSR1 asks for the same without force, SIGUSR2 for a checkpoint alone. Ctrl-Z stops
# the ranks too, and `fg` lets them go on.
#
# On this machine ranks have cores that no other job has, of those that this script may use (taskset, control groups), as many
# as OMP_NUM_THREADS; where these are too few, or with ENTRAIN_BIND=none, ranks are not bound. See launch/cores.sh.
#
# ENTRAIN_MPI=mpich takes MPICH's mpirun, for a program built against it, in place of Open MPI's; ENTRAIN_MPI=abi the mpirun in PATH,
# for one built for the standard ABI of MPI 5 (`entrain --version` tells). A rank has one thread
# unless OMP_NUM_THREADS says otherwise. The exit status is the program's. For a batch system use its own launcher.
set -euo pipefail
launch=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
source "$launch/environment.sh"
source "$launch/cores.sh"
source "$launch/job.sh"

readonly usage="usage: launch/mpirun.sh -n P [--hosts A:16,B:16] [--restarts N] [--grace SECONDS] [--] PROGRAM ARGUMENTS…"

ranks=
hosts=
restarts=0
grace=${ENTRAIN_GRACE:-30}
[[ $grace =~ ^[0-9]+$ ]] || fail "ENTRAIN_GRACE is '$grace', expected a number of seconds"
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
        --grace)
            grace=${2-}
            [[ $grace =~ ^[0-9]+$ ]] || fail "--grace needs a number of seconds, not '$grace'; $usage"
            shift 2
            ;;
        -h | --help)
            # What stands above.
            sed -n '2,/^[^#]/{/^#/!d; s/^# \{0,1\}//; p}' "$launch/mpirun.sh"
            exit 0
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

export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

# What each rank starts with: binds itself to its cores, which mpirun, for which other jobs do not exist, would not choose.
# shellcheck disable=SC2016 # expanded by the shell that each rank starts
readonly bound_rank='
    IFS=" " read -ra cores <<<"$1"
    taskset --pid --cpu-list "${cores[${OMPI_COMM_WORLD_LOCAL_RANK:-${MPI_LOCALRANKID:-0}}]}" $$ >/dev/null 2>&1 || true
    shift
    exec "$@"'

# bind_ranks RANKS: takes cores for all ranks of this machine and leaves in `binding` what their command begins with; nothing where
# they are not to be bound. Leaves in `is_crowded` whether ranks share cores among themselves or with other jobs.
bind_ranks() {
    local wanted quota available threads=${OMP_NUM_THREADS%%,*} free=0 rank
    local -a cores=() allowed=() taken=() sets=()
    binding=()
    is_crowded=false
    if [[ $(uname) != Linux ]]; then
        # No binding there.
        if (($1 > $(getconf _NPROCESSORS_ONLN))); then is_crowded=true; fi
        return
    fi
    find_cores
    # shellcheck disable=SC2119 # its arguments are others
    quota=$(quota_cores)
    available=$((${quota:-0} > 0 && ${quota:-0} < ${#cores[@]} ? quota : ${#cores[@]}))
    if (($1 > available)); then is_crowded=true; fi
    [[ $threads =~ ^[1-9][0-9]*$ ]] || threads=1
    wanted=$(($1 * threads))
    if ((wanted > available)) || [[ ${ENTRAIN_BIND-} == none ]]; then return; fi
    if ! first_of taskset >/dev/null || ! first_of flock >/dev/null; then return; fi
    if ! take_cores "$wanted"; then
        note "warning: other jobs leave $free of ${#cores[@]} cores to $1 ranks of $threads threads, which are not bound to" \
            "cores; expect each job to be slower"
        is_crowded=true
        return
    fi
    for ((rank = 0; rank < $1; rank++)); do
        sets+=("$(IFS=,; echo "${taken[*]:rank * threads:threads}")")
    done
    binding=(bash -c "$bound_rank" bound "${sets[*]}")
}

binding=()
is_crowded=false
if [[ -z $hosts ]]; then bind_ranks "$ranks"; fi
# What the launcher's options are those of.
family=${ENTRAIN_MPI:-openmpi}
case $family in
    openmpi) launcher=$(first_of mpirun.openmpi mpirun) || fail "no Open MPI mpirun in PATH; launch/setup.sh installs it" ;;
    mpich)
        launcher=$(first_of mpirun.mpich mpiexec.hydra mpirun) || fail "no MPICH mpirun in PATH; launch/setup.sh --test installs it"
        ;;
    abi)
        launcher=$(first_of mpirun mpiexec) || fail "no mpirun in PATH; load an MPI library that has the standard ABI of MPI 5"
        if "$launcher" --version 2>/dev/null </dev/null | grep -q 'Open MPI'; then family=openmpi; else family=mpich; fi
        ;;
    *) fail "ENTRAIN_MPI is '$family', expected 'openmpi', 'mpich' or 'abi'" ;;
esac
case $family in
    openmpi)
        options=(-n "$ranks")
        crowded=(--map-by :OVERSUBSCRIBE)
        # PRRTE, which starts the ranks since version 5, has other options.
        version=$("$launcher" --version 2>/dev/null </dev/null | sed -n '1s/.*) \([0-9]*\)\..*/\1/p')
        if ((${version:-4} < 5)); then
            options=(--quiet "${options[@]}")
            crowded=(--oversubscribe)
        fi
        if [[ -n $hosts ]]; then
            # Variables are not passed on by themselves; cores are counted on each host.
            options+=(--host "$hosts" --bind-to core:overload-allowed -x OMP_NUM_THREADS --wdir "$PWD")
            if [[ -n ${ENTRAIN_DATA-} ]]; then options+=(-x ENTRAIN_DATA); fi
        else
            # Ranks that wait then leave the core to others.
            if $is_crowded; then options+=("${crowded[@]}" --mca mpi_yield_when_idle 1); fi
            options+=(--bind-to none)
        fi
        if ((EUID == 0)); then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
        ;;
    mpich)
        options=(-n "$ranks")
        if [[ -n $hosts ]]; then
            options+=(-hosts "$hosts" -genv OMP_NUM_THREADS "$OMP_NUM_THREADS")
            if [[ -n ${ENTRAIN_DATA-} ]]; then options+=(-genv ENTRAIN_DATA "$ENTRAIN_DATA"); fi
        fi
        ;;
esac

heed_signals
restarted=0
while true; do
    run_job "$1" "$launcher" "${options[@]}" "${binding[@]}" "$@"
    if ((status > 128)); then
        signal=$((status - 128))
        note "error: a rank of '$1' was ended by signal $signal ($(kill -l "$signal" 2>/dev/null || echo unknown))"
    fi
    # 75: interrupted, as asked; 64: a command line that is no better the next time.
    if ((status == 0 || status == 75 || status == 64 || restarted >= restarts)) || $asked; then exit "$status"; fi
    restarted=$((restarted + 1))
    note "starting '$1' again, $restarted of $restarts"
done
