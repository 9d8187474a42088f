# shellcheck shell=bash disable=SC2034
# Cores of this machine that ranks can have for themselves. To be sourced, not run; Linux.
#
# A core is taken where another job that this script started holds the lock of its file in ENTRAIN_CORES (default
# /tmp/entrain-cores, for all users), or where a process of another kind runs that is bound to fewer processors than this one
# may use. A lock ends with the processes that hold it, however they end.

# expand LIST: the processors in a list of the kernel, such as 0-2,5, into `processors`.
expand() {
    local part
    processors=()
    for part in ${1//,/ }; do
        for ((part_next = ${part%-*}; part_next <= ${part#*-}; part_next++)); do processors+=("$part_next"); done
    done
}

# find_cores: leaves in `cores` the physical cores that this process may use, each as the list of its processors among those of
# the process's mask: hardware threads of one core compete for its arithmetic units.
find_cores() {
    local list='' key value processor siblings
    local -A is_allowed=() is_seen=()
    local -a processors=()
    cores=()
    while read -r key value; do
        if [[ $key == Cpus_allowed_list: ]]; then list=$value; fi
    done </proc/self/status
    expand "$list"
    allowed=("${processors[@]}")
    for processor in "${allowed[@]}"; do is_allowed[$processor]=1; done
    for processor in "${allowed[@]}"; do
        if [[ -n ${is_seen[$processor]-} ]]; then continue; fi
        siblings=$processor
        read -r siblings 2>/dev/null <"/sys/devices/system/cpu/cpu$processor/topology/thread_siblings_list" || true
        expand "$siblings"
        local core=$processor sibling
        for sibling in "${processors[@]}"; do
            is_seen[$sibling]=1
            if ((sibling != processor)) && [[ -n ${is_allowed[$sibling]-} ]]; then core+=,$sibling; fi
        done
        cores+=("$core")
    done
}

# whole_cores QUOTA PERIOD: how many cores a quota is worth, at least 1; nothing where there is none.
whole_cores() {
    if [[ $1 =~ ^[1-9][0-9]*$ && ${2-} =~ ^[1-9][0-9]*$ ]]; then echo $(($1 >= $2 ? $1 / $2 : 1)); fi
}

# quota_cores [ROOT MEMBERSHIP]: the cores that the control groups of this process give it time for, version 1 or 2; nothing
# where they set no limit. That of any group above it counts too. Of another
# tree and list of groups than the system's, if given.
quota_cores() {
    local tree=${1:-/sys/fs/cgroup} membership=${2:-/proc/self/cgroup} least='' hierarchy controllers path folder quota period count
    while IFS=: read -r hierarchy controllers path; do
        case $hierarchy:,$controllers, in
            0:,,) folder=$tree ;;
            *,cpu,*)
                folder=$tree/$controllers
                if [[ ! -d $folder ]]; then folder=$tree/cpu; fi
                ;;
            *) continue ;;
        esac
        # A container sees its own group as the root, whatever the path says.
        while true; do
            quota='' period=''
            if [[ -r $folder$path/cpu.max ]]; then
                read -r quota period <"$folder$path/cpu.max"
            elif [[ -r $folder$path/cpu.cfs_quota_us && -r $folder$path/cpu.cfs_period_us ]]; then
                read -r quota <"$folder$path/cpu.cfs_quota_us"
                read -r period <"$folder$path/cpu.cfs_period_us"
            fi
            count=$(whole_cores "$quota" "$period")
            if [[ -n $count ]] && { [[ -z $least ]] || ((count < least)); }; then least=$count; fi
            if [[ -z $path || $path == / ]]; then break; fi
            path=${path%/*}
        done
    done <"$membership"
    if [[ -n $least ]]; then echo "$least"; fi
}

# find_busy: leaves in `is_busy` the processors on which processes run that are bound to fewer than this process may use.
find_busy() {
    local line state='' is_program=false list processor
    local -a processors=()
    is_busy=()
    while read -r line; do
        case $line in
            *:State:*) state=${line##*State:} is_program=false ;;
            # Threads of the kernel have no memory of their own.
            *:VmSize:*) is_program=true ;;
            *:Cpus_allowed_list:*)
                if ! $is_program || [[ $state != *R\ * ]]; then continue; fi
                list=${line##*:}
                expand "${list//[[:space:]]/}"
                if ((${#processors[@]} >= ${#allowed[@]})); then continue; fi
                for processor in "${processors[@]}"; do is_busy[$processor]=1; done
                ;;
        esac
    done < <(grep -sHE '^(State|VmSize|Cpus_allowed_list):' /proc/[0-9]*/status)
}

# open_lock FILE: makes it unless it is there and opens it as descriptor `lock`. Not for writing, which may be another user's
# alone to do.
open_lock() {
    if [[ ! -e $1 ]]; then (umask 0 && set -o noclobber && : >"$1") 2>/dev/null || true; fi
    [[ -f $1 && ! -L $1 ]] && { exec {lock}<"$1"; } 2>/dev/null
}

# take_cores NUMBER: takes so many of `cores`, and leaves them in `taken` and the locks' descriptors open; otherwise leaves in
# `free` how many there are.
take_cores() {
    local wanted=$1 folder=${ENTRAIN_CORES:-/tmp/entrain-cores} core processor lock choosing='' is_free
    local -A is_busy=()
    local -a locks=()
    taken=()
    if [[ ! -d $folder ]]; then { mkdir -p -- "$folder" && chmod 1777 -- "$folder"; } 2>/dev/null || true; fi
    # One job at a time: two that each take a part would both go without.
    if open_lock "$folder/choosing"; then
        choosing=$lock
        flock "$choosing"
    fi
    find_busy
    for core in "${cores[@]}"; do
        if ((${#taken[@]} == wanted)); then break; fi
        is_free=true
        for processor in ${core//,/ }; do
            if [[ -n ${is_busy[$processor]-} ]]; then is_free=false; fi
        done
        if ! $is_free; then continue; fi
        # Where there can be no locks, what runs is all that is known.
        if open_lock "$folder/core-${core%%,*}"; then
            if ! flock --nonblock "$lock"; then
                exec {lock}<&-
                continue
            fi
            locks+=("$lock")
        fi
        taken+=("$core")
    done
    if [[ -n $choosing ]]; then exec {choosing}<&-; fi
    if ((${#taken[@]} == wanted)); then return 0; fi
    free=${#taken[@]}
    taken=()
    for lock in "${locks[@]}"; do exec {lock}<&-; done
    return 1
}
