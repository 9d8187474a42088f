#!/bin/bash
# Plays a command of a batch system, or mpirun, for tests of the scripts in launch/: the command whose name is that of a link to
# this, and that of its process too, which it would not be through env. Its name and arguments become a line of
# STUB_FOLDER/calls, quoted for the shell.
#
# srun, mpirun and `flux job attach` play a training that goes on until it is told to keep a checkpoint and end, with status 75,
# or that ends at once with STUB_STATUS. sleep pauses until there is a training, and no longer. qstat knows a time limit of
# STUB_TIME_LIMIT. mpirun calls itself the STUB_VERSION, by default an Open MPI 4; other launchers tell none. What qsub and bsub hand on to the job of the environment becomes lines of STUB_FOLDER/environment.
set -euo pipefail

name=$(basename "$0")

# What stands in for a command that this stub plays itself.
pause() { command -p sleep 0.02; }

record() {
    {
        printf '%s' "$name"
        if (($# > 0)); then printf ' %q' "$@"; fi
        printf '\n'
    } >>"$STUB_FOLDER/calls"
}

tell() { touch "$STUB_FOLDER/told"; }

train() {
    if [[ -n ${STUB_STATUS-} ]]; then exit "$STUB_STATUS"; fi
    touch "$STUB_FOLDER/training"
    # A minute, for a training that nobody tells.
    for _ in $(seq 3000); do
        if [[ -e $STUB_FOLDER/told ]]; then
            # A checkpoint takes its time.
            for _ in $(seq 10); do pause; done
            exit 75
        fi
        pause
    done
    echo "the training was not told to end" >&2
    exit 1
}

# hand_on NAME…: variables of the environment that the job will have.
hand_on() {
    local variable
    for variable in "$@"; do
        [[ -v $variable ]] || { echo "$name: no variable $variable" >&2; exit 1; }
        printf '%s=%s\n' "$variable" "${!variable}"
    done >"$STUB_FOLDER/environment"
}

case $name in
    mpirun*)
        if [[ ${1-} == --version ]]; then
            echo "${STUB_VERSION-$name (Open MPI) 4.1.4}"
            exit
        fi
        trap tell USR1
        record "$@"
        train
        ;;
    srun)
        record "$@"
        train
        ;;
    sleep)
        record "$@"
        # No longer than a training that is not told.
        for _ in $(seq 3000); do
            if [[ -e $STUB_FOLDER/training ]]; then exit; fi
            pause
        done
        ;;
    qstat)
        record "$@"
        if [[ -z ${STUB_TIME_LIMIT-} ]]; then
            echo "qstat: cannot connect to server" >&2
            exit 255
        fi
        printf 'Job Id: %s\n    Resource_List.ncpus = 64\n    Resource_List.walltime = %s\n' "${!#}" "$STUB_TIME_LIMIT"
        ;;
    qsub)
        record "$@"
        if [[ ${1-} == -v ]]; then
            IFS=, read -ra variables <<<"$2"
            hand_on "${variables[@]}"
        fi
        echo 8.server
        ;;
    bsub)
        record "$@"
        cat >"$STUB_FOLDER/submitted"
        mapfile -t variables < <(compgen -e | grep ^ENTRAIN)
        hand_on "${variables[@]}"
        ;;
    flux)
        record "$@"
        case "$1 ${2-}" in
            "resource list") echo "2 64" ;;
            "job attach") train ;;
            "job kill") tell ;;
            *) echo f9 ;;
        esac
        ;;
    *) record "$@" ;;
esac
