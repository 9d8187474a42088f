# shellcheck shell=bash disable=SC2154,SC2034
# The job of launch/mpirun.sh: starts mpirun, hands signals on, stops with it, and leaves none of its processes behind. To be
# sourced, not run.
#
# The job has a session of its own, so that what the terminal sends comes to the script alone: mpirun ends its ranks at once on
# SIGINT, SIGTERM and SIGHUP, but hands SIGUSR1 on to them, which tells training to keep a checkpoint and end. Its processes on
# this machine are known by a variable that they have from mpirun, also those of other sessions and when mpirun is gone; Linux.

# Seconds from telling mpirun to end its ranks to ending all by SIGKILL; mpirun takes one of its own.
readonly patience=5

# mpirun's process; nothing before the first and between two runs.
job=
# What the job's processes are known by.
readonly mark=ENTRAIN_JOB=$$.$RANDOM$RANDOM
# Whether someone asked the job to end, and how often by a signal that a second time means at once.
asked=false
demands=0
# When the next step towards the end is taken, in seconds of this shell; nothing where none is. And what has been
# said and done.
deadline=
told=false
forced=false
# Signals that this script has had.
signals=0
status=0

# members: the job's processes on this machine that have not ended.
members() {
    local file
    while read -r file; do
        file=${file#/proc/}
        echo "${file%/environ}"
    done < <(grep -lsaF -- "$mark" /proc/[0-9]*/environ)
}

# signal_members SIGNAL
signal_members() {
    local -a processes
    mapfile -t processes < <(members)
    if ((${#processes[@]} > 0)); then kill -s "$1" "${processes[@]}" 2>/dev/null || true; fi
}

signal_job() {
    if [[ -n $job ]]; then kill -s "$1" "$job" 2>/dev/null || true; fi
}

# ask SIGNAL: on the signals that ask this script to end.
ask() {
    signals=$((signals + 1))
    asked=true
    case $1 in
        TERM | INT) demands=$((demands + 1)) ;;
        QUIT) demands=2 ;;
    esac
    if [[ -z $job ]]; then
        # Between two runs.
        exit 75
    elif ((demands >= 2)); then
        force
    elif [[ $1 == USR1 ]]; then
        # From a batch system, which has a time limit of its own.
        signal_job USR1
    elif [[ -z $deadline ]]; then
        deadline=$((SECONDS + grace))
        signal_job USR1
    fi
}

# force: the next step towards the end of what did not heed.
force() {
    deadline=$((SECONDS + patience))
    if ! $forced; then
        forced=true
        # What is stopped would not notice.
        signal_members CONT
        signal_job TERM
    else
        signal_members KILL
        signal_job KILL
    fi
}

# Ctrl-Z, which comes to this script alone.
suspend() {
    signals=$((signals + 1))
    # mpirun hands it on to ranks of other machines.
    if [[ -n $hosts ]]; then signal_job TSTP; fi
    signal_members STOP
    kill -s STOP $$
    # `fg` or `bg`.
    signal_members CONT
    if [[ -n $hosts ]]; then signal_job CONT; fi
}

ask_for_checkpoint() {
    signals=$((signals + 1))
    signal_job USR2
}

heed_signals() {
    local signal
    # Those that are ignored at the start, as SIGHUP under nohup, stay so.
    # shellcheck disable=SC2064 # the signal is that of now
    for signal in TERM INT QUIT HUP USR1; do trap "ask $signal" "$signal"; done
    trap ask_for_checkpoint USR2
    trap suspend TSTP
    trap end_members EXIT
}

# pause: a tenth of a second, without a process that could be left.
exec {never}<> <(:)
pause() { read -r -t 0.1 -u "$never" || true; }

# end_members: ends what is left of the job after mpirun, and mpirun too where this script ends before it.
end_members() {
    local looks=0
    [[ -n $job && -n $(members) ]] || return 0
    signal_members CONT
    signal_members TERM
    while [[ -n $(members) ]] && ((looks < 10 * patience)); do
        looks=$((looks + 1))
        pause
    done
    signal_members KILL
}

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

# run_job NAME COMMAND…: runs the job of a program of that name once and leaves its status in $status.
run_job() {
    local name=$1 before
    local -a apart=()
    shift
    if command -v setsid >/dev/null; then apart=(setsid); else set -m; fi
    # Killed itself, this script cannot end the job; the ranks are told then as by a first signal.
    if setpriv --pdeathsig USR1 true 2>/dev/null; then apart+=(setpriv --pdeathsig USR1); fi
    # Started in the background, the job would ignore the first two; the last would end it as long as mpirun does not hand it on.
    (
        trap - INT QUIT
        trap '' USR2
        exec env "$mark" "${apart[@]}" "$@"
    ) </dev/null &
    job=$!
    if [[ -n $hosts ]]; then end_remains "$job" "$(basename -- "$name")" & fi
    # A signal to this script ends the waiting, not the job.
    while true; do
        before=$signals
        status=0
        if [[ -n $deadline ]]; then
            # Not by the trap, which may run where messages of the shell are kept quiet.
            if ! $told && ! $forced; then
                note "'$name' is asked to keep a checkpoint and end; it is ended by force in $grace s, or at a second Ctrl-C" \
                    "or SIGTERM"
            fi
            told=true
            while kill -0 "$job" 2>/dev/null; do
                if ((SECONDS >= deadline)); then
                    note "'$name' has not ended; ending it by force"
                    force
                fi
                pause
            done
        fi
        # The shell's own line about a job that was killed says nothing new.
        { wait "$job" || status=$?; } 2>/dev/null
        if ((signals == before)); then break; fi
    done
    end_members
    job=
}
