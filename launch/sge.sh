#!/usr/bin/env bash
# Trains on a Grid Engine cluster, as long as it takes: two minutes before the hard time limit, at the soft one, the run keeps a
# checkpoint and ends, and the job is queued again and goes on from there.
#
#   launch/sge.sh [OPTIONS OF qsub] CONFIGURATION [OPTIONS OF entrain train…]    checks program, configuration and data, then submits
#
# Edit: the parallel environment ("mpi" is a common name) and its ranks, and both time limits. Open MPI must have been built
# for Grid Engine, which finds the job's machines. See launch/batch.sh for ENTRAIN, ENTRAIN_DATA and ENTRAIN_OUTPUT.
#$ -N entrain
#$ -pe mpi 64
#$ -l s_rt=03:58:00
#$ -l h_rt=04:00:00
#$ -notify
#$ -r y
#$ -cwd
#$ -V
#$ -j y
#$ -S /bin/bash
set -euo pipefail
readonly usage="launch/sge.sh [OPTIONS OF qsub] CONFIGURATION [OPTIONS OF entrain train…]"

here=$PWD
if [[ -z ${JOB_ID-} ]]; then cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."; else cd "$SGE_O_WORKDIR"; fi
source launch/environment.sh
source launch/batch.sh
resolve_from "$here" "$@"
set -- "${arguments[@]}"

if [[ -z ${JOB_ID-} ]]; then
    check_job "$@"
    need qsub
    exec qsub "${options[@]}" "$root/launch/sge.sh" "$@"
fi

# At the soft limit Grid Engine sends SIGUSR1 to this script, which run_until hands on.
run_until 0 "$NSLOTS" "$@" --output "$(output_of "$JOB_ID" "$@")"
if ((status == 75)); then
    note "queued again"
    # Grid Engine queues a job again whose script ends with 99.
    exit 99
fi
exit "$status"
