#!/usr/bin/env bash
# Trains under Flux, as long as it takes: two minutes before the time limit the run keeps a checkpoint and ends, and another job
# is submitted that goes on from there.
#
#   launch/flux.sh [OPTIONS OF flux batch] CONFIGURATION [OPTIONS OF entrain train…]    checks, then submits
#
# Edit: machines, ranks and the time limit. See launch/batch.sh for ENTRAIN, ENTRAIN_DATA and ENTRAIN_OUTPUT.
# flux: --job-name=entrain
# flux: --nodes=2
# flux: --nslots=64
# flux: --time-limit=4h
# flux: --signal=USR1@2m
# flux: --output=entrain-{{id}}.log
set -euo pipefail
readonly usage="launch/flux.sh [OPTIONS OF flux batch] CONFIGURATION [OPTIONS OF entrain train…]"

# Flux runs a copy of this script. In an instance that someone else has made, as by flux alloc, it submits to that.
here=$PWD
in_job=false
if [[ -n ${FLUX_ENCLOSING_ID-} && -n ${ENTRAIN_ROOT-} ]]; then in_job=true; fi
if $in_job; then cd "$ENTRAIN_ROOT"; else cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."; fi
source launch/environment.sh
source launch/batch.sh
resolve_from "$here" "$@"

if ! $in_job; then
    check_job "${arguments[@]}"
    need flux
    export ENTRAIN_ROOT=$root
    pack_arguments "${arguments[@]}"
    exec flux batch "${options[@]}" "$root/launch/flux.sh" "${arguments[@]}"
fi

ENTRAIN_OUTPUT=$(output_of "$FLUX_ENCLOSING_ID" "${arguments[@]}")
export ENTRAIN_OUTPUT
unpack_options
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
resources=$(flux resource list --no-header --states=free --format='{nnodes} {ncores}' | head -n 1)
run=$(flux submit --nodes="${resources% *}" --ntasks="${resources#* }" -o mpi=pmix \
    "$ENTRAIN" train "${arguments[@]}" --output "$ENTRAIN_OUTPUT" --resume auto)
# Old versions of Flux send the signal to the runs of this job alone, new ones to this script too, whose client it would end.
(trap '' USR1 && exec flux job attach "$run") &
end_on_signals flux job kill --signal=USR1 "$run"
wait_for $!
# The signal ahead of the time limit, not one that ends the job, as flux cancel sends it.
if ((status == 75)) && ! $told_to_end; then
    note "submitted again"
    flux --parent batch "${options[@]}" "$root/launch/flux.sh" "${arguments[@]}"
fi
exit "$status"
