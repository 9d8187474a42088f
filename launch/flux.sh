#!/usr/bin/env bash
# Trains under Flux, as long as it takes: two minutes before the time limit the run keeps a checkpoint and ends, and the job is
# submitted again and goes on from there.
#
#   launch/flux.sh CONFIGURATION [OPTIONS OF entrain train…]    checks program, configuration and data, then submits
#
# Edit: machines, ranks and the time limit. See launch/batch.sh for ENTRAIN, ENTRAIN_DATA and ENTRAIN_OUTPUT.
# flux: --job-name=entrain
# flux: --nodes=2
# flux: --nslots=64
# flux: --time-limit=4h
# flux: --signal=USR1@2m
# flux: --output=entrain-{{id}}.log
set -euo pipefail
readonly usage="launch/flux.sh CONFIGURATION [OPTIONS OF entrain train…]"

if [[ -z ${FLUX_ENCLOSING_ID-} ]]; then cd "$(dirname "${BASH_SOURCE[0]}")/.."; else cd "$ENTRAIN_ROOT"; fi
source launch/environment.sh
source launch/batch.sh
export ENTRAIN=${ENTRAIN:-$root/.build/release/entrain} ENTRAIN_ROOT=$root

if [[ -z ${FLUX_ENCLOSING_ID-} ]]; then
    check_job "$@"
    exec flux batch "$root/launch/flux.sh" "$@"
fi

ENTRAIN_OUTPUT=$(output_of "$1" "$FLUX_ENCLOSING_ID")
export ENTRAIN_OUTPUT
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
flux run --nodes="$(flux resource list --no-header --format='{nnodes}' | head -n 1)" \
    --ntasks="$(flux resource list --no-header --format='{ncores}' | head -n 1)" -o mpi=pmix \
    "$ENTRAIN" train "$@" --output "$ENTRAIN_OUTPUT" --resume auto &
job=$!
end_on_signals "$job"
wait_for "$job"
if ((status == 75)); then
    note "submitted again"
    flux --parent batch "$root/launch/flux.sh" "$@"
fi
exit "$status"
