# shellcheck shell=bash disable=SC2154,SC2034
# What the scripts for batch systems share. To be sourced, not run.
#
# Of the environment: ENTRAIN, the program (default: that of this repository's release build, or of the tarball that
# launch/package.sh makes); ENTRAIN_DATA, the directory above the data; ENTRAIN_OUTPUT, the run directory (default: runs/ in
# this repository, with the names of configuration and job); ENTRAIN_RESTARTS, how often a job under Slurm starts ranks again
# that failed (default 0). Paths in them and in the options may be relative to where a script is called.
#
# Options of the batch system go before the configuration, and to it: `launch/slurm.sbatch -p short configs/digits.yaml`.
#
# What a cluster wants first, such as `module load openmpi`, goes into a file that is sourced before anything else, where the job
# is submitted and in the job: that which ENTRAIN_SITE names, else launch/site.sh, else ~/.config/entrain/site.sh.

# source_site: the cluster's own file. Not every module stands `set -eu`.
source_site() {
    local file
    for file in "${ENTRAIN_SITE:-$root/launch/site.sh}" "${HOME-}/.config/entrain/site.sh"; do
        if [[ -f $file ]]; then
            set +eu
            # shellcheck disable=SC1090 # the cluster's own
            source "$file"
            set -eu
            return
        fi
        [[ -z ${ENTRAIN_SITE-} ]] || fail "no file '$ENTRAIN_SITE', which ENTRAIN_SITE names"
    done
}
if [[ -n ${ENTRAIN_SITE-} && $ENTRAIN_SITE != /* ]]; then export ENTRAIN_SITE=${here:-$PWD}/$ENTRAIN_SITE; fi
source_site

# absolute FOLDER PATH: a path that may be relative to the folder.
absolute() {
    if [[ $2 == /* ]]; then echo "$2"; else echo "$1/$2"; fi
}

# take_options FOLDER ARGUMENTS…: leaves in `options` what goes before the configuration, and in `rest` the others. After an
# option the configuration is the first that is a file in the folder or is called .yaml or .yml, since only the batch system
# knows which of its options have values; or what is behind `--`.
take_options() {
    local folder=$1 argument
    shift
    options=()
    rest=("$@")
    [[ ${1-} == -* ]] || return 0
    while ((${#rest[@]} > 0)); do
        argument=${rest[0]}
        if [[ $argument == -- ]]; then
            rest=("${rest[@]:1}")
            return
        fi
        if [[ $argument != -* ]] &&
            [[ $argument == *.yaml || $argument == *.yml || -f $(absolute "$folder" "$argument") ]]; then return; fi
        options+=("$argument")
        rest=("${rest[@]:1}")
    done
    fail "no configuration behind '${options[*]}', which goes to the batch system; usage: $usage"
}

# resolve_from FOLDER [OPTIONS OF THE BATCH SYSTEM] CONFIGURATION OPTIONS…: leaves the options in `options` and the arguments of
# entrain in `arguments`, with absolute paths, as the job runs in another folder than the one in which it is submitted; in the
# environment too.
resolve_from() {
    local folder=$1 variable
    local -a rest=()
    shift
    if [[ ${1-} == --help ]]; then
        echo "usage: $usage"
        exit 0
    fi
    take_options "$folder" "$@"
    set -- "${rest[@]}"
    arguments=()
    if (($# > 0)); then
        arguments+=("$(absolute "$folder" "$1")")
        shift
    fi
    while (($# > 0)); do
        case $1 in
            --data | --output | --trace)
                arguments+=("$1")
                if (($# > 1)); then
                    shift
                    arguments+=("$(absolute "$folder" "$1")")
                fi
                ;;
            --data=* | --output=* | --trace=*) arguments+=("${1%%=*}=$(absolute "$folder" "${1#*=}")") ;;
            *) arguments+=("$1") ;;
        esac
        shift
    done
    for variable in ENTRAIN ENTRAIN_DATA ENTRAIN_OUTPUT; do
        if [[ -n ${!variable-} ]]; then export "$variable=$(absolute "$folder" "${!variable}")"; fi
    done
    if [[ -z ${ENTRAIN-} ]]; then
        export ENTRAIN=$root/.build/release/entrain
        # Where the tarball is unpacked.
        if [[ ! -x $ENTRAIN && -x $root/bin/entrain ]]; then ENTRAIN=$root/bin/entrain; fi
    fi
}

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
            --set=* | --data=* | --emulate) options+=("$2") ;;
        esac
        shift
    done
    # One process of this machine, not a rank of a job.
    "$ENTRAIN" check "$configuration" "${options[@]}" >/dev/null || fail "the job would not run; see above"
}

# need COMMAND: ends with one line where the command that submits is not here.
need() {
    command -v "$1" >/dev/null ||
        fail "no '$1' here, which submits the job: call this script where the batch system is, or load its module in launch/site.sh"
}

# output_of JOB CONFIGURATION OPTIONS…: where the run goes, the same when the job comes again.
output_of() {
    local job=$1 name
    name=$(basename -- "$2")
    shift 2
    local output=${ENTRAIN_OUTPUT:-$root/runs/${name%.*}-$job}
    while (($# > 0)); do
        case $1 in
            --output) output=${2-} ;;
            --output=*) output=${1#*=} ;;
        esac
        shift
    done
    echo "$output"
}

# pack_arguments ARGUMENTS…, unpack_arguments: arguments into ENTRAIN_ARGUMENTS, as a value that needs no quotes, for batch
# systems that give a script none, and back into `arguments`; `options`, where there are any, into ENTRAIN_OPTIONS and back.
pack_arguments() {
    ENTRAIN_ARGUMENTS=$(printf '%s\0' "$@" | base64 | tr -d '\n')
    export ENTRAIN_ARGUMENTS
    if ((${#options[@]} > 0)); then
        ENTRAIN_OPTIONS=$(printf '%s\0' "${options[@]}" | base64 | tr -d '\n')
        export ENTRAIN_OPTIONS
    fi
}
unpack_options() {
    options=()
    if [[ -n ${ENTRAIN_OPTIONS-} ]]; then mapfile -d '' -t options < <(base64 --decode <<<"$ENTRAIN_OPTIONS"); fi
}
unpack_arguments() {
    [[ -n ${ENTRAIN_ARGUMENTS-} ]] || fail "not submitted by this script, which is to be called outside of a job; usage: $usage"
    mapfile -d '' -t arguments < <(base64 --decode <<<"$ENTRAIN_ARGUMENTS")
    unpack_options
}

# restarting COMMAND…: runs it, again where it fails, up to ENTRAIN_RESTARTS times, and leaves its exit status in $status. 75 is an
# end that was asked for, 64 a command line that is no better the next time.
restarting() {
    local restarted=0
    while true; do
        status=0
        "$@" || status=$?
        if ((status == 0 || status == 75 || status == 64 || restarted >= ${ENTRAIN_RESTARTS:-0})); then return 0; fi
        restarted=$((restarted + 1))
        note "ended with $status; starting it again, $restarted of $ENTRAIN_RESTARTS"
    done
}

# Signals that this script has had, whether one of them was that of run_until's limit, and whether one was to end it.
signals=0
limit_reached=false
told_to_end=false

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

# end_on_signals COMMAND…: a signal to this script runs a command that tells the run to keep a checkpoint and end.
end_on_signals() {
    local command
    command=$(printf '%q ' "$@")
    # shellcheck disable=SC2064 # the command is that of now
    trap "signals=\$((signals + 1)); $command 2>/dev/null || true" USR1 USR2
    # shellcheck disable=SC2064 # the command is that of now
    trap "signals=\$((signals + 1)); told_to_end=true; $command 2>/dev/null || true" TERM INT
    # shellcheck disable=SC2064 # the command is that of now
    trap "signals=\$((signals + 1)); limit_reached=true; $command 2>/dev/null || true" ALRM
}

# run_until SECONDS RANKS CONFIGURATION OPTIONS…: trains with mpirun on the job's machines and leaves the exit status in $status.
# After so many seconds, unless 0, or where this script is told to end, the run is told to keep a checkpoint and end.
run_until() {
    local seconds=$1 ranks=$2 timer='' job
    shift 2
    export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
    # mpirun takes no variable to the other machines by itself.
    local variables=(-x OMP_NUM_THREADS)
    if [[ -n ${ENTRAIN_DATA-} ]]; then variables+=(-x ENTRAIN_DATA); fi
    mpirun -n "$ranks" --bind-to core "${variables[@]}" "$ENTRAIN" train "$@" --resume auto &
    job=$!
    # mpirun ends its ranks at once on SIGTERM, but hands SIGUSR1 on to them.
    end_on_signals kill -USR1 "$job"
    if ((seconds > 0)); then
        # The pause ends with this subshell, and holds none of the job's output.
        {
            pause=
            trap 'kill $pause; exit' TERM
            sleep "$seconds" >/dev/null &
            pause=$!
            wait "$pause" && kill -ALRM $$
        } 2>/dev/null &
        timer=$!
    fi
    wait_for "$job"
    if [[ -n $timer ]]; then kill "$timer" 2>/dev/null || true; fi
}
