#!/usr/bin/env bash
# launch/slurm-array-scaling.sbatch on 1, 2 and 4 ranks: what slurm-cluster.sh is to run. Prints the samples a second of each.
#
#   Tests/Slurm/slurm-cluster.sh Tests/Slurm/scaling-array.sh ENTRAIN CONFIGURATION FOLDER
set -euo pipefail

export ENTRAIN=$1
configuration=$2
# Restarts: see requeue.sh.
export ENTRAIN_OUTPUT=$3/scaling ENTRAIN_BATCH_PER_RANK=16 ENTRAIN_RESTARTS=5
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.."
# Not as `sbatch --wait`, which looks every so many seconds alone.
job=$(sbatch --parsable --array=0-2 --nodes=2 --ntasks-per-node=2 --output="$3/scaling-%a.txt" \
    launch/slurm-array-scaling.sbatch "$configuration" --warmup 2 --windows 2 --steps 5)
while [[ -n $(squeue --noheader --job "$job" 2>/dev/null) ]]; do sleep 0.2; done
for ranks in 1 2 4; do
    echo "$ranks: $(grep -c '"samplesPerSecond":\[[0-9.]*,[0-9.]*\]' "$ENTRAIN_OUTPUT/ranks-$ranks.json")"
done
