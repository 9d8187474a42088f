#!/usr/bin/env bash
# Trains on an LSF cluster, as long as it takes: two minutes before the time limit the run keeps a checkpoint and ends, and the job
# is queued again and goes on from there.
#
#   launch/lsf.sh CONFIGURATION [OPTIONS OF entrain train…]    checks program, configuration and data, then submits
#
# Edit: ranks, ranks a machine, the time limit, and a queue where the cluster wants one. Open MPI must have been built for LSF,
# which finds the job's machines. See launch/batch.sh for ENTRAIN, ENTRAIN_DATA and ENTRAIN_OUTPUT.
#BSUB -J entrain
#BSUB -n 64
#BSUB -R "span[ptile=32]"
#BSUB -W 04:00
#BSUB -wa USR1
#BSUB -wt 2
#BSUB -r
#BSUB -Q "75"
#BSUB -o entrain-%J.log
set -euo pipefail
readonly usage="launch/lsf.sh CONFIGURATION [OPTIONS OF entrain train…]"

if [[ -z ${LSB_JOBID-} ]]; then cd "$(dirname "${BASH_SOURCE[0]}")/.."; else cd "$LS_SUBCWD"; fi
source launch/environment.sh
source launch/batch.sh
export ENTRAIN=${ENTRAIN:-$root/.build/release/entrain}

if [[ -z ${LSB_JOBID-} ]]; then
    check_job "$@"
    ENTRAIN_ARGUMENTS=$(printf '%q ' "$@")
    export ENTRAIN_ARGUMENTS
    # bsub reads the options of a script that it is given as its input.
    exec bsub <"$root/launch/lsf.sh"
fi

eval "set -- $ENTRAIN_ARGUMENTS"
# LSF sends the signal two minutes ahead (-wa, -wt), and queues again what ends with 75 (-Q).
run_until 0 "$LSB_DJOB_NUMPROC" "$@" --output "$(output_of "$1" "$LSB_JOBID")"
exit "$status"
