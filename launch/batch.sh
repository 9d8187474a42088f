# shellcheck shell=bash disable=SC2154,SC2034
# What the scripts for batch systems share. To be sourced, not run.
#
# Of the environment: ENTRAIN, the program (default: that of this repository's release build); ENTRAIN_DATA, the directory
# above the data; ENTRAIN_OUTPUT, the run directory (default: runs/ with the names of configuration and job).

# check_job CONFIGURATION OPTIONS…: ends with one line unless the program, the configuration and its data are here.
check_job() {
    local configuration=${1-}
    [[ -n $configuration ]] || fail "no configuration given; usage: $usage"
    [[ -f $configuration ]] || fail "no configuration '$configuration'"
    [[ -x $ENTRAIN ]] || fail "no program '$ENTRAIN'; build it with swift build -c release, or name it in ENTRAIN"
    local options=()
    while (($# > 1)); do
        case $2 in
            --set | --data) options+=("$2" "${3-}") ;;
        esac
        shift
    done
    # One process of this machine, not a rank of a job.
    "$ENTRAIN" check "$configuration" "${options[@]}" >/dev/null || fail "the job would not run; see above"
}

# output_of CONFIGURATION JOB: where the run goes, the same when the job comes again.
output_of() {
    local name
    name=$(basename -- "$1")
    echo "${ENTRAIN_OUTPUT:-runs/${name%.*}-$2}"
}

# Signals that this script has had.
signals=0

# wait_for PROCESS: leaves its exit status in $status; a signal to this script ends the waiting, not the process.
wait_for() {
    local before
    while true; do
        before=$signals
        status=0
        wait "$1" || status=$?
        if ((signals == before)); then break; fi
    done
}

# end_on_signals PROCESS: a signal to this script tells the process to keep a checkpoint and end. mpirun ends its ranks at once
# on SIGTERM, but hands SIGUSR1 on to them.
end_on_signals() {
    # shellcheck disable=SC2064 # the process is that of now
    trap "signals=\$((signals + 1)); kill -USR1 $1 2>/dev/null || true" TERM INT USR1 USR2
}

# run_until SECONDS RANKS CONFIGURATION OPTIONS…: trains with mpirun on the job's machines and leaves the exit status in $status.
# After so many seconds, unless 0, or where this script is told to end, the run is told to keep a checkpoint and end.
run_until() {
    local seconds=$1 ranks=$2 timer='' job
    shift 2
    export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
    mpirun -n "$ranks" --bind-to core -x OMP_NUM_THREADS "$ENTRAIN" train "$@" --resume auto &
    job=$!
    end_on_signals "$job"
    if ((seconds > 0)); then
        # The pause ends with this subshell.
        { sleep "$seconds" & trap 'kill $!' TERM; wait && kill -USR1 "$job"; } 2>/dev/null &
        timer=$!
    fi
    wait_for "$job"
    if [[ -n $timer ]]; then kill "$timer" 2>/dev/null || true; fi
}
