#!/usr/bin/env bash
# Runs a command on the first of two hosts that exist for as long as it runs: network namespaces of this machine, each with a
# host name and an address, joined by a pair of virtual Ethernet interfaces. Needs the rights of root.
#
#   Tests/TwoHosts/two-hosts.sh [--rate 1gbit] COMMAND ARGUMENTS…
#
# With --rate the line carries no more. The command finds the names of the hosts in ENTRAIN_HOSTS (two words), the two
# namespaces' names in ENTRAIN_NAMESPACES, the interface in ENTRAIN_INTERFACE; Open MPI starts processes on the other host
# through it. ENTRAIN_TWO_HOSTS is the number that sets apart several that run at once.
set -euo pipefail

rate=
if [[ ${1-} == --rate ]]; then
    rate=$2
    shift 2
fi
(($# > 0)) || { echo "usage: two-hosts.sh [--rate 1gbit] COMMAND ARGUMENTS…" >&2; exit 64; }

number=${ENTRAIN_TWO_HOSTS:-$$}
namespaces=("entrain-$number-a" "entrain-$number-b")
hosts=(host-a host-b)
addresses=(10.77.0.1 10.77.0.2)
folder=$(mktemp -d)

clean() {
    local namespace process
    for namespace in "${namespaces[@]}"; do
        for process in $(ip netns pids "$namespace" 2>/dev/null || true); do kill -KILL "$process" 2>/dev/null || true; done
        ip netns del "$namespace" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

ip netns add "${namespaces[0]}"
ip netns add "${namespaces[1]}"
ip link add "ea$number" netns "${namespaces[0]}" type veth peer name "eb$number" netns "${namespaces[1]}"
interfaces=("ea$number" "eb$number")
for index in 0 1; do
    ip -n "${namespaces[index]}" link set lo up
    # The same name on both, as Open MPI is told one.
    ip -n "${namespaces[index]}" link set "${interfaces[index]}" name entrain0
    ip -n "${namespaces[index]}" address add "${addresses[index]}/24" dev entrain0
    ip -n "${namespaces[index]}" link set entrain0 up
    if [[ -n $rate ]]; then
        tc -n "${namespaces[index]}" qdisc add dev entrain0 root tbf rate "$rate" burst 256kb latency 50ms
    fi
    echo "${addresses[index]} ${hosts[index]}" >>"$folder/hosts"
done
echo "127.0.0.1 localhost" >>"$folder/hosts"

# Enters a host: its network, a name and a table of names of its own.
cat >"$folder/enter" <<END
#!/usr/bin/env bash
# enter HOST COMMAND…, as a remote shell is called.
host=\$1
shift
case \$host in
    ${hosts[0]}) namespace=${namespaces[0]} ;;
    ${hosts[1]}) namespace=${namespaces[1]} ;;
    *) echo "no host \$host" >&2; exit 1 ;;
esac
exec ip netns exec "\$namespace" unshare --uts --mount bash -c '
    hostname "\$1" && mount --bind "$folder/hosts" /etc/hosts || exit 1
    shift
    exec bash -c "\$*"' bash "\$host" "\$@"
END
chmod +x "$folder/enter"

export ENTRAIN_HOSTS="${hosts[*]}" ENTRAIN_NAMESPACES="${namespaces[*]}" ENTRAIN_INTERFACE=entrain0
export OMPI_MCA_plm_rsh_agent=$folder/enter OMPI_MCA_btl_tcp_if_include=entrain0 OMPI_MCA_oob_tcp_if_include=entrain0
# Ranks of both hosts see one machine's memory, which real hosts do not.
export OMPI_MCA_btl=self,tcp OMPI_MCA_pml=ob1
if ((EUID == 0)); then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
command=$(printf '%q ' "$@")
# Waited for, so that a signal is heeded meanwhile.
"$folder/enter" "${hosts[0]}" "cd $(printf '%q' "$PWD") && $command" &
wait $!
