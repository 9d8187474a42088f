#!/usr/bin/env bash
# The referee of changes that are to leave every result as it is: trains what cases.sh lists, each a fraction of a second to some
# seconds, and holds the hashes of weights, metrics and primitives against those that were written down before.
#
#   Tests/Referee/run.sh [--check | --write] [--only PATTERN] [--program FILE]
#
#   --check    (default) names every case whose hashes are not those written down, and what of it differs
#   --write    makes the numbers of this kind of processor anew. Only where results are meant to change, in the commit that
#              changes them; or on another kind of processor, with the program of a commit that is known to be right.
#   --only     checks the cases whose names match the shell's PATTERN, such as 'resnet*'
#   --program  the program, default .build/release/entrain; build it with `swift build -c release --product entrain`
#
# A new case is written down on the kinds of processors at hand; on others it is named and trained, and fails by its laws alone,
# until --write is called there.
#
# Ends with 0 where all is as written down, 1 where something differs, 2 where it cannot be told, 3 where nothing is written down
# for this kind of processor: then check out the commit to compare with, build it, and call this with --write. What must be
# alike on any processor (the same training on other ranks, interrupted, observed) is held against each other in any case.
#
# Numbers are written down by instruction set and version of oneDNN, in Tests/Referee/SET-onednn-VERSION.txt, a line a case:
# name, SHA-256 of weights, of metrics without times, of primitives (see hashes.py). The bits depend on both: oneDNN chooses its
# kernels by the instruction set, and so do Entrain's own, which add in the width of the registers. DNNL_MAX_CPU_ISA (or
# ONEDNN_MAX_CPU_ISA) limits oneDNN and Entrain's kernels alike (Sources/CKernels/processor.c), so that with
# DNNL_MAX_CPU_ISA=AVX2 a processor with AVX-512 takes the file of AVX2. What the variable does not reach: oneDNN cuts loops by the
# size of the caches, the C library's exp and log choose by the processor itself, and MPI_Allreduce adds three or more nodes
# in an order of its own (cases nodes-3, nodes-overlap-3). Where the numbers differ on another machine, the head of
# the file says what they were made on; write them anew there from the commit before.
#
# It takes about a minute on one core.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../../launch/environment.sh"
cd "$root"

readonly usage='usage: Tests/Referee/run.sh [--check | --write] [--only PATTERN] [--program FILE]'
# give_up MESSAGE: nothing can be told.
give_up() {
    note "error: $*"
    exit 2
}

writes=false
only='*'
program=.build/release/entrain
while (($# > 0)); do
    case $1 in
        --check) ;;
        --write) writes=true ;;
        --only | --program)
            (($# > 1)) || give_up "$1 needs a value; $usage"
            if [[ $1 == --only ]]; then only=$2; else program=$2; fi
            shift
            ;;
        *) give_up "unknown option '$1'; $usage" ;;
    esac
    shift
done
if $writes && [[ $only != '*' ]]; then give_up "--write writes all cases; leave out --only"; fi
[[ -x $program ]] || give_up "no program '$program'; swift build -c release --product entrain"
command -v python3 >/dev/null || give_up "no python3 in PATH, which reads the results"

info=$("$program" info) || give_up "'$program info' failed"
instructions=$(sed -n 's/^oneDNN *[0-9.]*, *//p' <<<"$info")
onednn=$(sed -n 's/^oneDNN *\([0-9]*\.[0-9]*\).*/\1/p' <<<"$info")
[[ -n $instructions && -n $onednn ]] || give_up "'$program info' does not tell oneDNN's version and instruction set"
numbers=Tests/Referee/$(tr ' A-Z' '-a-z' <<<"$instructions")-onednn-$onednn.txt
readonly instructions onednn numbers
has_bfloat16=false
if [[ $instructions == *bf16* || $instructions == AMX ]]; then has_bfloat16=true; fi
readonly has_bfloat16

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$work/data"
python3 Tests/Referee/data.py "$work/data"

names=()
alike=()
failures=()

# run_case NAME RANKS CONFIGURATION [KEY=VALUE…] [-- OPTION…]: a training in the folder NAME.
run_case() {
    local name=$1 ranks=$2 status=0
    local -a command=("$program" train "$3" --data "$work/data" --output "$work/$name")
    shift 3
    while (($# > 0)) && [[ $1 != -- ]]; do
        command+=(--set "$1")
        shift
    done
    command+=("${@:2}")
    if ((ranks > 1)); then command=(launch/mpirun.sh -n "$ranks" -- "${command[@]}"); fi
    "${command[@]}" >"$work/log" 2>&1 || status=$?
    if ((status != 0)); then
        note "$name: the training failed with status $status: ${command[*]}"
        cat "$work/log" >&2
        failures+=("$name")
    fi
}

# train NAME RANKS CONFIGURATION [KEY=VALUE…] [-- OPTION…]: one case.
train() {
    # shellcheck disable=SC2053 # a pattern
    [[ $1 == $only ]] || return 0
    [[ ! -e $work/$1 ]] || give_up "two cases are called $1"
    names+=("$1")
    run_case "$@"
}

# resume NAME RANKS CONFIGURATION [KEY=VALUE…]: goes on with a case.
resume() { if [[ -e $work/$1 ]]; then run_case "$@" -- --resume auto; fi; }

# same NAME…: cases whose weights and metrics must be the same. What computed them may have another name on other ranks.
same() { alike+=("$*"); }

# differences OLD NEW: which of the hashes of a case differ.
differences() {
    local -a before now parts=(weights metrics primitives)
    local part text=
    read -ra before <<<"$1"
    read -ra now <<<"$2"
    for part in "${!parts[@]}"; do
        if [[ ${before[part]-} != "${now[part]-}" ]]; then text+=", ${parts[part]}"; fi
    done
    echo "${text#, }"
}

# shellcheck source=cases.sh
source Tests/Referee/cases.sh

((${#names[@]} > 0)) || give_up "no case is called $only"
declare -A hashes
for name in "${failures[@]}"; do hashes[$name]=failed; done
whole=()
for name in "${names[@]}"; do
    if [[ -z ${hashes[$name]-} ]]; then whole+=("$work/$name"); fi
done
while read -r name values; do hashes[$name]=$values; done < <(python3 Tests/Referee/hashes.py "${whole[@]}")
((${#hashes[@]} == ${#names[@]})) || give_up "a run has no hashes; see above"

for law in "${alike[@]}"; do
    read -ra cases <<<"$law"
    first=
    for name in "${cases[@]}"; do
        [[ -n ${hashes[$name]-} ]] || continue
        first=${first:-$name}
        if [[ ${hashes[$name]% *} == "${hashes[$first]% *}" ]]; then continue; fi
        echo "$name: not the same as $first, which it must be on any processor"
        failures+=("$name")
    done
done

report=$(for name in "${names[@]}"; do echo "$name ${hashes[$name]}"; done | LC_ALL=C sort)
readonly report count=${#names[@]}
made_on="$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1 || true), oneDNN $(sed -n 's/^oneDNN *//p' <<<"$info"), $(
    sed -n 's/^MPI *\([^,]*\),.*/\1/p' <<<"$info"), $(getconf GNU_LIBC_VERSION 2>/dev/null || uname)"

if $writes; then
    ((${#failures[@]} == 0)) || give_up "not written: ${failures[*]}"
    printf '# Written by Tests/Referee/run.sh --write; name, weights, metrics, primitives.\n# %s\n%s\n' "$made_on" "$report" >"$numbers"
    echo "$count cases, written to $numbers"
    exit
fi
if [[ ! -e $numbers ]]; then
    echo "$count cases, and nothing to hold them against: there is no $numbers; see --write in the head of Tests/Referee/run.sh"
    ((${#failures[@]} == 0)) || exit 1
    exit 3
fi
different=0
while read -r name old; do
    # shellcheck disable=SC2053 # a pattern
    [[ $name == $only ]] || continue
    found=${hashes[$name]-}
    if [[ $found == "$old" ]]; then continue; fi
    different=$((different + 1))
    case $found in
        failed) ;;
        '') echo "$name: no such case" ;;
        *) echo "$name: other $(differences "$old" "$found")" ;;
    esac
done < <(grep -v '^#' "$numbers")
mapfile -t unwritten < <(
    LC_ALL=C comm -13 <(grep -v '^#' "$numbers" | cut -d ' ' -f 1 | LC_ALL=C sort) <(cut -d ' ' -f 1 <<<"$report"))
if ((${#unwritten[@]} > 0)); then
    echo "not in $numbers yet, so held by what must be alike on any processor alone: ${unwritten[*]}"
fi
if ((different + ${#failures[@]} == 0)); then
    echo "$((count - ${#unwritten[@]})) cases, all as in $numbers"
    exit
fi
if ((different > 0)); then
    echo "$different of $count cases are not as in $numbers"
    echo "  made on: $(sed -n '2s/^# //p' "$numbers")"
    echo "  here:    $made_on"
fi
exit 1
