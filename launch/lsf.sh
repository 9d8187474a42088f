#!/usr/bin/env bash
# Trains on an LSF cluster, as long as it takes: two minutes before the time limit the run keeps a checkpoint and ends, and the job
# is queued again and goes on from there.
#
#   launch/lsf.sh [OPTIONS OF bsub] CONFIGURATION [OPTIONS OF entrain train…]    checks, then submits
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
readonly usage="launch/lsf.sh [OPTIONS OF bsub] CONFIGURATION [OPTIONS OF entrain train…]"

here=$PWD
if [[ -z ${LSB_JOBID-} ]]; then cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."; else cd "$LS_SUBCWD"; fi
source launch/environment.sh
source launch/batch.sh

if [[ -z ${LSB_JOBID-} ]]; then
    resolve_from "$here" "$@"
    check_job "${arguments[@]}"
    need bsub
    # LSF takes the environment along.
    pack_arguments "${arguments[@]}"
    # bsub reads the options of a script that it is given as its input.
    exec bsub "${options[@]}" <"$root/launch/lsf.sh"
fi

unpack_arguments
# LSF sends the signal two minutes ahead (-wa, -wt), and queues again what ends with 75 (-Q).
run_until 0 "$LSB_DJOB_NUMPROC" "${arguments[@]}" --output "$(output_of "$LSB_JOBID" "${arguments[@]}")"
exit "$status"
