#!/usr/bin/env bash
# Installs what is missing, checks the format and the shell scripts, builds and passes every test: all of them as one rank, the MPI ones on every
# number of ranks, and those of the MPI library built against MPICH too.
#
#   launch/test.sh [--ranks "1 2 3 4"] [--timeout SECONDS] [--sanitize address|thread] [--instruction-set AVX2|SSE41]
#
# The timeout is that of each run of the tests. The last line is the sum of all runs, one count a test and run.
#
# With --sanitize the tests are built with that sanitizer and run as one rank instead: with the address sanitizer all of them,
# with the thread sanitizer those of the threads that communicate, keep checkpoints, wait for signals and record timelines. A
# report of the sanitizer is a failure.
#
# With --instruction-set everything passes as on a processor that has no more than that.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/environment.sh"
cd "$root"

readonly usage='usage: launch/test.sh [--ranks "1 2 3 4"] [--timeout SECONDS] [--sanitize address|thread] [--instruction-set AVX2|SSE41]'
# The test targets whose tests run the same on every rank of a job.
readonly mpi_targets=(MPITests DataParallelTests)

# What the thread sanitizer looks at: tests in which threads share memory.
readonly thread_tests='^(MPITests\.(InProcess|Abort)|DataParallelTests\.|TrainingTests\.TrainerLaw|RunsTests\.(Checkpoint|SignalWatch|Consistency|RunDirectory))'

rank_counts=(1 2 3 4)
sanitizer=
timeout_seconds=1200
while (($# > 0)); do
    case $1 in
        --ranks)
            read -ra rank_counts <<<"${2-}"
            ((${#rank_counts[@]} > 0)) || fail "--ranks needs numbers of ranks; $usage"
            ;;
        --timeout)
            timeout_seconds=${2-}
            [[ $timeout_seconds =~ ^[1-9][0-9]*$ ]] || fail "--timeout needs a number of seconds; $usage"
            ;;
        --sanitize)
            sanitizer=${2-}
            [[ $sanitizer == address || $sanitizer == thread ]] || fail "--sanitize needs address or thread; $usage"
            ;;
        --instruction-set)
            [[ ${2-} == AVX2 || ${2-} == SSE41 ]] || fail "--instruction-set needs AVX2 or SSE41; $usage"
            # Limits oneDNN and Entrain's own kernels alike.
            export DNNL_MAX_CPU_ISA=$2
            ;;
        *) fail "unknown option '$1'; $usage" ;;
    esac
    shift 2
done

logs=$(mktemp -d)
# The runs of tests that are not over yet, by the process that each is.
declare -A title_of=() folder_of=() start_of=()
# Ended early, take the running ranks along: `timeout` hands the signal on to all of them.
stop() {
    if ((${#title_of[@]} > 0)); then kill "${!title_of[@]}" 2>/dev/null || true; fi
    rm -rf "$logs"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

total_passed=0
total_failed=0
total_skipped=0
failures=()

announce() { printf '\n== %s\n' "$*"; }

# start_tests TITLE FOLDER COMMAND…: starts the tests that leave a log a rank in FOLDER.
start_tests() {
    local title=$1 folder=$2
    shift 2
    mkdir -p "$folder"
    timeout --kill-after=10 "$timeout_seconds" "$@" &
    title_of[$!]=$title
    folder_of[$!]=$folder
    start_of[$!]=$SECONDS
}

# finish_tests: waits for one of the runs that were started and adds up its counts.
finish_tests() {
    local ended title folder seconds status=0 passed failed skipped log
    wait -n -p ended "${!title_of[@]}" || status=$?
    title=${title_of[$ended]}
    folder=${folder_of[$ended]}
    seconds=$((SECONDS - start_of[$ended]))
    unset "title_of[$ended]" "folder_of[$ended]" "start_of[$ended]"
    announce "$title"

    if ! compgen -G "$folder/*.log" >/dev/null; then
        note "no rank came to run tests (status $status)"
        failures+=("$title")
        total_failed=$((total_failed + 1))
        return
    fi
    if ((status == 124 || status == 137)); then note "stopped after $timeout_seconds s"; fi
    read -r passed failed skipped < <(awk -f launch/count-tests.awk "$folder"/*.log)
    # Whatever the logs say, a run that ends with an error has failed.
    if ((failed == 0 && status != 0)); then
        note "all tests ended well but the run ended with status $status"
        failed=1
    fi
    if ((passed + failed == 0)); then
        note "no test has run"
        failed=1
    fi
    if ((failed > 0)); then
        failures+=("$title")
        # Again at the end, where the next reader looks first.
        while IFS= read -r log; do
            failures+=("$log")
        done < <(sed -n 's/^.* error: \([^ ]* : .*\)$/  \1/p' "$folder"/*.log | cut -c 1-400 | sort -u)
        for log in "$folder"/*.log; do
            sed "s/^/[$(basename "$log" .log)] /" "$log"
        done
    else
        # The runner's own closing line, of rank 0.
        grep 'Executed' "$(printf '%s\n' "$folder"/*.log | sort -V | head -n 1)" | tail -n 1 | sed 's/^[[:space:]]*//'
    fi
    echo "$title: $passed passed, $failed failed, $skipped skipped, $seconds s"
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skipped))
}

# run_tests TITLE FOLDER COMMAND…: starts the tests and waits for them, with nothing else running.
run_tests() {
    start_tests "$@"
    finish_tests
}

# Runs the bundle as one rank of several with a log of its own. Failed tests, XCTest's status 1, are in the log; passed on
# at once that status would make mpirun end the other ranks before they have written theirs.
# shellcheck disable=SC2016 # expanded by the shell that each rank starts
readonly one_rank='
    "$1" "$2" >"$3/rank-${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}}.log" 2>&1 || status=$?
    test "${status:-0}" -eq 1 || exit "${status:-0}"'

# classes_of BUNDLE TARGET: what to give the bundle, which takes classes, not targets, and would pass with none.
classes_of() {
    local classes
    classes=$("$1" --list-tests | sed -n "s|^\($2\.[^/]*\)/.*|\1|p" | sort -u | paste -s -d , -)
    [[ -n $classes ]] || fail "$1 has no tests of $2"
    echo "$classes"
}

# run_mpi_tests BUNDLE TARGET LIBRARY: the tests of one target on every number of ranks.
run_mpi_tests() {
    local bundle=$1 target=$2 library=$3 classes ranks folder
    classes=$(classes_of "$bundle" "$target")
    for ranks in "${rank_counts[@]}"; do
        folder=$logs/$library-$target-$ranks
        run_tests "$target, $library, ranks: $ranks" "$folder" \
            launch/mpirun.sh -n "$ranks" -- bash -c "$one_rank" bash "$bundle" "$classes" "$folder"
    done
}

# summarize: the end of all that has run.
summarize() {
    echo
    if ((${#failures[@]} > 0)); then printf 'failed: %s\n' "${failures[@]}"; fi
    echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
    ((total_failed == 0))
}

# run_sanitized SANITIZER: builds with it and runs the tests that are for it.
run_sanitized() {
    local configuration=release bundle reports=$logs/reports classes report
    # Not optimised, every access is looked at, and named with its line.
    if [[ $1 == thread ]]; then configuration=debug; fi
    bundle=.build-$1/$configuration/entrainPackageTests.xctest
    announce "build with the $1 sanitizer"
    swift build -c "$configuration" --sanitize "$1" --scratch-path ".build-$1" --build-tests
    mkdir -p "$reports"
    # Open MPI, hwloc and oneDNN keep memory until the end of the process: that is no finding.
    export ASAN_OPTIONS="detect_leaks=0 log_path=$reports/report"
    # Open MPI's, oneDNN's and Swift's own libraries are not built with the sanitizer, which does not see how they lock.
    export TSAN_OPTIONS="ignore_noninstrumented_modules=1 suppressions=$root/launch/thread-sanitizer.txt log_path=$reports/report"
    classes=
    if [[ $1 == thread ]]; then
        classes=$("$bundle" --list-tests | sed -n 's|^\([^/]*\)/.*|\1|p' | grep -E "$thread_tests" | sort -u | paste -s -d , -)
    fi
    # shellcheck disable=SC2016 # expanded by the shell that is started
    run_tests "$1 sanitizer, one rank" "$logs/$1" bash -c 'exec "$1" ${3:+"$3"} >"$2/rank-0.log" 2>&1' bash "$bundle" \
        "$logs/$1" "$classes"
    for report in "$reports"/report*; do
        [[ -e $report ]] || continue
        cat "$report"
        failures+=("$(grep -m 1 'SUMMARY:' "$report" || echo "$report")")
        total_failed=$((total_failed + 1))
    done
}

launch/setup.sh --test
export ENTRAIN_PYTHON=${ENTRAIN_PYTHON:-$root/.build-python/bin/python3}

if [[ -n $sanitizer ]]; then
    run_sanitized "$sanitizer"
    summarize
    exit
fi

announce "format"
if swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks; then
    echo "clean"
else
    failures+=("format")
    total_failed=$((total_failed + 1))
fi

announce "shell scripts"
# Those for batch systems have other endings than .sh, .ci/run none.
mapfile -t scripts < <(grep -rlE '^#(!/usr/bin/env bash|!/bin/(ba)?sh| shellcheck shell=)' launch Tests Benchmarks .ci)
if shellcheck "${scripts[@]}"; then
    echo "${#scripts[@]} clean"
else
    failures+=("shell scripts")
    total_failed=$((total_failed + 1))
fi

announce "build"
ENTRAIN_BENCHMARKS=1 swift build -c release --build-tests

readonly all_tests=.build/release/entrainPackageTests.xctest

# start_one_rank TITLE FOLDER CLASSES [VARIABLE=VALUE…]: starts classes of the bundle as one rank, when a core is free for them.
# The bundle is started directly: the tests of `swift test` outlive it when it is stopped.
start_one_rank() {
    local title=$1 folder=$2 classes=$3
    shift 3
    if ((${#title_of[@]} >= lanes)); then finish_tests; fi
    # shellcheck disable=SC2016 # expanded by the shell that is started
    start_tests "$title" "$folder" env "$@" \
        bash -c 'exec "$1" "$2" >"$3/rank-0.log" 2>&1' bash "$all_tests" "$classes" "$folder"
}

# Most tests leave all but one core idle: they run side by side, some classes a run, those of the targets that take longest first.
lanes=$(nproc 2>/dev/null || echo 1)
if ((lanes > 4)); then lanes=4; fi
readonly lanes classes_at_once=12
mapfile -t targets < <(
    {
        printf '%s\n' EntrainTests RunsTests NeuralNetworkTests TrainingTests StudiesTests
        "$all_tests" --list-tests | sed -n 's|^\([^./ ]*\)\.[^/ ]*/.*|\1|p' | sort -u
    } | awk '!seen[$0]++')
for target in "${targets[@]}"; do
    IFS=, read -ra classes <<<"$(classes_of "$all_tests" "$target")"
    for ((first = 0; first < ${#classes[@]}; first += classes_at_once)); do
        start_one_rank "$target $((first / classes_at_once + 1)), one rank" "$logs/$target-$first" \
            "$(IFS=, && echo "${classes[*]:first:classes_at_once}")"
    done
    [[ $target == NeuralNetworkTests && -z ${DNNL_MAX_CPU_ISA-} ]] || continue
    # Layers choose other primitives and layouts on processors with less, as which this one can pass.
    lower_sets=(SSE41)
    if grep --quiet --word-regexp avx512f /proc/cpuinfo; then lower_sets+=(AVX2); fi
    for instruction_set in "${lower_sets[@]}"; do
        start_one_rank "$target, $instruction_set" "$logs/$instruction_set" "$(IFS=, && echo "${classes[*]}")" \
            DNNL_MAX_CPU_ISA="$instruction_set"
    done
done
while ((${#title_of[@]} > 0)); do finish_tests; done
for target in "${mpi_targets[@]}"; do
    run_mpi_tests "$all_tests" "$target" "Open MPI"
done

# Against MPICH the package is its MPI library alone, so that this build takes seconds.
announce "build against MPICH"
export ENTRAIN_MPI=mpich ENTRAIN_ONLY=MPI
# Debian's mpich.pc has a linker flag that SwiftPM refuses with a warning, and that linking does not need.
mkdir -p .build-mpich/pkgconfig
sed 's/-Wl,-z,relro//' "$(pkg-config --variable=pcfiledir mpich)/mpich.pc" >.build-mpich/pkgconfig/mpich.pc
swift build --scratch-path .build-mpich --pkg-config-path "$root/.build-mpich/pkgconfig" --build-tests
run_mpi_tests .build-mpich/debug/entrainPackageTests.xctest MPITests MPICH

summarize
