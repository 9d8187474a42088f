#!/usr/bin/env bash
# A training by launch/slurm.sbatch that gets the signal that comes before a time limit, is queued again and goes on: what
# slurm-cluster.sh is to run. Prints what came of it, and the checksums of the weights of a run without the signal and of this
# one.
#
#   Tests/Slurm/slurm-cluster.sh Tests/Slurm/requeue.sh ENTRAIN CONFIGURATION FOLDER
set -euo pipefail

export ENTRAIN=$1
configuration=$2
folder=$3
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.."
nodes=(--nodes=2 --ntasks-per-node=2 --output="$folder/job.txt")

# Open MPI's start over TCP crashes now and then where srun starts it (github.com/open-mpi/ompi, issue 12495), here once in 20
# to 30 times: a message comes before its receiver is ready. Ranks that fail are started again.
export ENTRAIN_RESTARTS=5
source launch/environment.sh
source launch/batch.sh
export OMP_NUM_THREADS=1
restarting srun --mpi=pmix --nodes=2 --ntasks-per-node=2 "$ENTRAIN" train "$configuration" --output "$folder/whole" \
    --resume auto >"$folder/whole.txt" 2>&1
echo "whole: $status"

export ENTRAIN_OUTPUT=$folder/parts
job=$(sbatch --parsable "${nodes[@]}" launch/slurm.sbatch "$configuration")
lines() { if [[ -e $folder/parts/steps.csv ]]; then wc -l <"$folder/parts/steps.csv"; else echo 0; fi; }
state() { scontrol show job "$job" | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p'; }
running() { [[ $(state) =~ ^(PENDING|CONFIGURING|RUNNING|COMPLETING|REQUEUED)$ ]]; }
while running && (($(lines) < 500)); do sleep 0.1; done
scancel --signal=USR1 "$job"
while running; do sleep 0.2; done
echo "job: $(state)"
echo "restarts: $(scontrol show job "$job" | sed -n 's/.*Restarts=\([0-9]*\).*/\1/p')"
sha256sum "$folder/whole/model.safetensors" "$folder/parts/model.safetensors"
