#!/usr/bin/env bash
# Runs a command beside a Slurm cluster that exists for as long as it runs: a controller and two nodes n1 and n2 of two
# processors each, all on this machine. Needs the rights of root, slurm-wlm and munge.
#
#   Tests/Slurm/slurm-cluster.sh COMMAND ARGUMENTS…
#
# The command's sbatch, srun, squeue and scancel work on that cluster, and on no other.
set -euo pipefail
(($# > 0)) || { echo "usage: slurm-cluster.sh COMMAND ARGUMENTS…" >&2; exit 64; }
for program in slurmctld slurmd munged sbatch; do
    command -v "$program" >/dev/null || PATH=$PATH:/usr/sbin command -v "$program" >/dev/null ||
        { echo "no $program; on Debian it comes with slurm-wlm and munge" >&2; exit 69; }
done
PATH=$PATH:/usr/sbin

folder=$(mktemp -d)
chmod 755 "$folder"
processes=()
# shellcheck disable=SC2317 # called by the trap
clean() {
    local process
    for process in "${processes[@]}"; do kill -TERM "$process" 2>/dev/null || true; done
    for process in "${processes[@]}"; do
        for _ in $(seq 50); do
            kill -0 "$process" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$process" 2>/dev/null || true
    done
    # Steps that outlived their node's daemon: all work for this cluster's configuration.
    for process in $(pgrep -f "slurmstepd" || true); do
        if { tr '\0' '\n' <"/proc/$process/environ" | grep -q -x "SLURM_CONF=$folder/slurm.conf"; } 2>/dev/null; then
            kill -KILL "$process" 2>/dev/null || true
        fi
    done
    rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# free_port: one that nobody listens on now.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

name=$(hostname -s)
mkdir "$folder/state" "$folder/munge"
dd if=/dev/urandom of="$folder/munge/key" bs=128 count=1 status=none
chmod 700 "$folder/munge"
chmod 400 "$folder/munge/key"
munged --foreground --force --socket="$folder/munge.socket" --key-file="$folder/munge/key" --pid-file="$folder/munge/pid" \
    --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" >"$folder/munged.txt" 2>&1 &
processes+=($!)

cat >"$folder/slurm.conf" <<END
ClusterName=test
SlurmctldHost=$name(127.0.0.1)
SlurmUser=root
SlurmctldPort=$(free_port)
AuthType=auth/munge
# A job that is requeued begins when its old credential has expired.
AuthInfo=socket=$folder/munge.socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
TmpFS=$folder/tmp.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_min_interval=0
MpiDefault=none
ReturnToService=2
KillWait=5
# A job is queued again only where it says that it may be.
JobRequeue=0
NodeName=n1 NodeHostname=$name NodeAddr=127.0.0.1 Port=$(free_port) CPUs=2 State=UNKNOWN
NodeName=n2 NodeHostname=$name NodeAddr=127.0.0.1 Port=$(free_port) CPUs=2 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$folder/slurm.conf
mkdir "$folder/spool.n1" "$folder/spool.n2" "$folder/tmp.n1" "$folder/tmp.n2"
# Ranks on the two nodes share this machine's memory, which those of two machines do not.
# More ranks than cores here, which Open MPI cannot see from its side of srun.
export OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo OMPI_MCA_pml=ob1

for _ in $(seq 100); do
    if [[ -S $folder/munge.socket ]]; then break; fi
    sleep 0.1
done
slurmctld -D >"$folder/slurmctld.txt" 2>&1 &
processes+=($!)
for node in n1 n2; do
    slurmd -D -N "$node" >"$folder/slurmd.$node.txt" 2>&1 &
    processes+=($!)
done
ready=false
for _ in $(seq 300); do
    if [[ $(sinfo --noheader --format=%T 2>/dev/null | sort -u) == idle && $(sinfo --noheader --format=%D 2>/dev/null) == 2 ]]; then
        ready=true
        break
    fi
    sleep 0.1
done
if ! $ready; then
    echo "the cluster did not come up" >&2
    tail -n 20 "$folder"/*.txt "$folder"/*.log >&2
    exit 69
fi
status=0
"$@" &
wait $! || status=$?
exit "$status"
