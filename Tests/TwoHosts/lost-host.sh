#!/usr/bin/env bash
# A training on two hosts whose line goes down in the middle, and that then goes on: what two-hosts.sh is to run. Prints the
# exit statuses, and the checksums of the weights of a run without the accident and of this one.
#
#   Tests/TwoHosts/two-hosts.sh Tests/TwoHosts/lost-host.sh ENTRAIN CONFIGURATION FOLDER
set -euo pipefail

entrain=$1
configuration=$2
folder=$3
launch=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch
read -r first second <<<"$ENTRAIN_HOSTS"

train() {
    local output=$1
    shift
    "$launch/mpirun.sh" -n 2 --hosts "$first:1,$second:1" -- "$entrain" train "$configuration" --output "$output" "$@"
}

# Without the script, and with the hosts in a file, as many a user calls Open MPI.
status=0
printf '%s slots=1\n' "$first" "$second" >"$folder/hosts"
OMP_NUM_THREADS=1 mpirun.openmpi --quiet -n 2 --hostfile "$folder/hosts" --bind-to none -x OMP_NUM_THREADS --wdir "$PWD" \
    "$entrain" train "$configuration" --output "$folder/whole" </dev/null >/dev/null 2>"$folder/whole.txt" || status=$?
echo "whole: $status"

train "$folder/parts" --resume auto --stall-limit 2 >/dev/null 2>"$folder/lost.txt" &
job=$!
lines() { if [[ -e $folder/parts/steps.csv ]]; then wc -l <"$folder/parts/steps.csv"; else echo 0; fi; }
while kill -0 "$job" 2>/dev/null && (($(lines) < 500)); do sleep 0.05; done
ip link set "$ENTRAIN_INTERFACE" down
status=0
wait "$job" || status=$?
echo "lost: $status"

ip link set "$ENTRAIN_INTERFACE" up
# For a moment the system still remembers that the other host does not answer. One that does refuses a port without a program.
answers() { [[ $(LC_ALL=C timeout 2 bash -c ": >/dev/tcp/$second/9" 2>&1) == *refused* ]]; }
ip neigh flush dev "$ENTRAIN_INTERFACE"
for ((look = 0; look < 300; look++)); do
    if answers; then break; fi
    sleep 0.1
done
status=0
train "$folder/parts" --resume auto >/dev/null 2>"$folder/rest.txt" || status=$?
echo "rest: $status"
sha256sum "$folder/whole/model.safetensors" "$folder/parts/model.safetensors"
