#!/usr/bin/env bash
# Trains on a PBS cluster (OpenPBS, PBS Professional), as long as it takes: two minutes before the time limit the run keeps a
# checkpoint and ends, and another job is submitted that goes on from there.
#
#   launch/pbs.sh [OPTIONS OF qsub] CONFIGURATION [OPTIONS OF entrain train…]    checks program, configuration and data, then submits
#
# Edit: chunks, processors and ranks of a chunk (one rank a processor), the time limit, and a queue where the cluster wants
# one. Open MPI must have been built for PBS (tm), which finds the job's machines, and jobs must be allowed to submit jobs; where
# they are not, submit again with ENTRAIN_OUTPUT naming the run. See launch/batch.sh for ENTRAIN, ENTRAIN_DATA and ENTRAIN_OUTPUT.
#PBS -N entrain
#PBS -l select=2:ncpus=32:mpiprocs=32
#PBS -l walltime=04:00:00
#PBS -r y
#PBS -j oe
set -euo pipefail
readonly usage="launch/pbs.sh [OPTIONS OF qsub] CONFIGURATION [OPTIONS OF entrain train…]"
# Seconds before the time limit at which the run is told to end.
readonly notice=120

here=$PWD
if [[ -z ${PBS_JOBID-} ]]; then cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."; else cd "$PBS_O_WORKDIR"; fi
source launch/environment.sh
source launch/batch.sh

submit() {
    # qsub gives a script no arguments, and refuses the names of variables that are not set.
    local names=ENTRAIN,ENTRAIN_ARGUMENTS variable
    for variable in ENTRAIN_DATA ENTRAIN_OUTPUT ENTRAIN_OPTIONS ENTRAIN_SITE; do
        if [[ -n ${!variable-} ]]; then names+=,$variable; fi
    done
    qsub -v "$names" "${options[@]}" "$root/launch/pbs.sh"
}

if [[ -z ${PBS_JOBID-} ]]; then
    resolve_from "$here" "$@"
    check_job "${arguments[@]}"
    need qsub
    pack_arguments "${arguments[@]}"
    submit
    exit
fi

unpack_arguments
ENTRAIN_OUTPUT=$(output_of "${PBS_JOBID%%.*}" "${arguments[@]}")
export ENTRAIN_OUTPUT
ranks=$(wc -l <"$PBS_NODEFILE")
limit=$({ qstat -f "$PBS_JOBID" || true; } | sed -n 's/.*Resource_List.walltime = //p' |
    awk -F : '{ for (i = 1; i <= NF; i++) seconds = seconds * 60 + $i; print seconds }')
if [[ -z $limit ]]; then
    note "qstat tells no time limit of $PBS_JOBID: the run is not told to end before it, and goes on from its last checkpoint only"
    limit=$notice
elif ((limit <= notice)); then
    fail "a time limit of $limit s leaves no time to train before the notice of $notice s"
fi
run_until "$((limit - notice))" "$ranks" "${arguments[@]}" --output "$ENTRAIN_OUTPUT"
# qrerun is for operators alone. Told to end by others, as by qdel, the run is not to come again.
if ((status == 75)) && $limit_reached; then
    if again=$(submit); then
        note "submitted again: $again"
    else
        note "not submitted again; submit it again with ENTRAIN_OUTPUT=$ENTRAIN_OUTPUT"
    fi
fi
exit "$status"
