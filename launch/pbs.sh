#!/usr/bin/env bash
# Trains on a PBS cluster (OpenPBS, PBS Professional), as long as it takes: two minutes before the time limit the run keeps a
# checkpoint and ends, and the job is queued again and goes on from there.
#
#   launch/pbs.sh CONFIGURATION [OPTIONS OF entrain train…]    checks program, configuration and data, then submits
#
# Edit: chunks, processors and ranks of a chunk (one rank a processor), the time limit, and a queue where the cluster wants
# one. Open MPI must have been built for PBS (tm), which finds the job's machines. See launch/batch.sh for ENTRAIN,
# ENTRAIN_DATA and ENTRAIN_OUTPUT.
#PBS -N entrain
#PBS -l select=2:ncpus=32:mpiprocs=32
#PBS -l walltime=04:00:00
#PBS -r y
#PBS -j oe
set -euo pipefail
readonly usage="launch/pbs.sh CONFIGURATION [OPTIONS OF entrain train…]"
# Seconds before the time limit at which the run is told to end.
readonly notice=120

if [[ -z ${PBS_JOBID-} ]]; then cd "$(dirname "${BASH_SOURCE[0]}")/.."; else cd "$PBS_O_WORKDIR"; fi
source launch/environment.sh
source launch/batch.sh
export ENTRAIN=${ENTRAIN:-$root/.build/release/entrain}

if [[ -z ${PBS_JOBID-} ]]; then
    check_job "$@"
    arguments=$(printf '%q ' "$@")
    # qsub gives a script no arguments.
    exec qsub -v "ENTRAIN_ARGUMENTS=$arguments,ENTRAIN=$ENTRAIN,ENTRAIN_DATA=${ENTRAIN_DATA-},ENTRAIN_OUTPUT=${ENTRAIN_OUTPUT-}" \
        "$root/launch/pbs.sh"
fi

eval "set -- $ENTRAIN_ARGUMENTS"
ranks=$(wc -l <"$PBS_NODEFILE")
remaining=$(qstat -f "$PBS_JOBID" | sed -n 's/.*Resource_List.walltime = //p' |
    awk -F : '{ print $1 * 3600 + $2 * 60 + $3 }')
run_until "$((remaining - notice))" "$ranks" "$@" --output "$(output_of "$1" "${PBS_JOBID%%.*}")"
if ((status == 75)); then
    note "queued again"
    qrerun "$PBS_JOBID"
fi
exit "$status"
