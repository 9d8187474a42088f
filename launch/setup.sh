#!/usr/bin/env bash
# Installs what Entrain needs and this machine lacks.
#
#   launch/setup.sh [--test] [--benchmark] [--slurm] [--package] [--mpi-abi]
#
#   --test       also what the tests need: MPICH, shellcheck, Tcl, the HDF5 library, and Python with safetensors, TensorBoard, ONNX
#                Runtime and the schemas of Kubernetes in .build-python
#   --slurm      also Slurm and munge (Debian and Ubuntu), for the tests that start a cluster on this machine
#   --package    also debootstrap, for the test of the tarball in a system without Swift (Debian and Ubuntu)
#   --mpi-abi    also headers, library and mpirun of the standard ABI of MPI 5 in .build-mpi-abi, for ENTRAIN_MPI=abi: those of
#                MPICH 5, from its package for Python
#   --benchmark  also the benchmarks' peers: Python with PyTorch and mpi4py in .build-python-benchmark
#
# On Debian and Ubuntu missing packages are installed with apt-get, through sudo when not root. Elsewhere it says what is
# missing and what to install. Does nothing, and needs no network, when everything is there.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/environment.sh"

readonly minimum_swift=6.2

for_test=false
for_benchmark=false
for_slurm=false
for_package=false
for_mpi_abi=false
for argument in "$@"; do
    case $argument in
        --test) for_test=true ;;
        --benchmark) for_benchmark=true ;;
        --slurm) for_slurm=true ;;
        --package) for_package=true ;;
        --mpi-abi) for_mpi_abi=true ;;
        *) fail "unknown option '$argument'; usage: launch/setup.sh [--test] [--benchmark] [--slurm] [--package] [--mpi-abi]" ;;
    esac
done

# version_at_least FOUND WANTED: whether dotted version FOUND is WANTED or later.
version_at_least() {
    [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

check_swift() {
    local advice="install Swift $minimum_swift or later from https://www.swift.org/install and put its usr/bin into PATH, or name its folder in SWIFT_HOME"
    command -v swift >/dev/null || fail "no 'swift' in PATH; $advice"
    local found
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*[0-9]\).*/\1/p' | head -n 1)
    [[ -n $found ]] || fail "'$(command -v swift) --version' does not tell a version; $advice"
    version_at_least "$found" "$minimum_swift" || fail "Swift $found is too old; $advice"
}

# python_can "MODULE, …": whether the python3 in PATH is 3.9 or later and can import the modules.
python_can() {
    command -v python3 >/dev/null && python3 -c "import sys; assert sys.version_info >= (3, 9); import $1" 2>/dev/null
}

installed() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# The Debian packages that are wanted and missing, one a line.
missing_debian_packages() {
    local package
    local -a wanted=(libopenmpi-dev openmpi-bin libdnnl-dev liblzma-dev libzstd-dev zlib1g-dev libjpeg-dev libpng-dev)
    # Tools may come from a package of another name, or from none.
    command -v pkg-config >/dev/null || wanted+=(pkg-config)
    command -v gnuplot >/dev/null || wanted+=(gnuplot-nox)
    if $for_test; then
        wanted+=(libmpich-dev mpich)
        command -v shellcheck >/dev/null || wanted+=(shellcheck)
        command -v tclsh >/dev/null || wanted+=(tcl)
        # Found while the program runs; the package is called otherwise in other releases.
        ldconfig -p | grep -q 'libhdf5\(_serial\)\?\.so' || wanted+=(libhdf5-103-1)
    fi
    if $for_slurm; then wanted+=(slurm-wlm munge iproute2); fi
    if $for_package; then wanted+=(debootstrap); fi
    if $for_benchmark && ! command -v cc >/dev/null; then wanted+=(gcc libc6-dev); fi
    if $for_test || $for_benchmark || $for_mpi_abi; then
        python_can "venv, ensurepip" || wanted+=(python3 python3-venv)
    fi
    for package in "${wanted[@]}"; do
        installed "$package" || printf '%s\n' "$package"
    done
}

install_debian_packages() {
    local -a packages
    mapfile -t packages < <(missing_debian_packages)
    ((${#packages[@]} > 0)) || return 0

    local -a as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "missing packages, and neither root nor sudo here; as root: apt-get install ${packages[*]}"
        as_root=(sudo)
    fi
    local -a apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
    local -a install=("${apt_get[@]}" install --yes --no-install-recommends "${packages[@]}")

    note "installing ${packages[*]}"
    # A fresh system has no package lists, an old one may have lists of versions that are gone.
    if ! apt-cache show --no-all-versions "${packages[@]}" >/dev/null 2>&1; then
        quietly "${apt_get[@]}" update || fail "apt-get update failed; see above"
        quietly "${install[@]}" || fail "apt-get install failed; see above"
    elif ! "${install[@]}" >/dev/null 2>&1; then
        quietly "${apt_get[@]}" update || fail "apt-get update failed; see above"
        quietly "${install[@]}" || fail "apt-get install failed; see above"
    fi
}

has_header() {
    printf '#include <%s>\n' "$1" | cc -E - >/dev/null 2>&1
}

has_onednn() {
    printf '#include <dnnl.h>\n#if DNNL_VERSION_MAJOR != 2 && DNNL_VERSION_MAJOR != 3\n#error\n#endif\n' | cc -E - >/dev/null 2>&1
}

# Without apt-get: name what is missing, and the packages that hold it on the systems we know.
check_other_system() {
    local -a missing=()
    command -v pkg-config >/dev/null || missing+=("pkg-config")
    pkg-config --exists ompi-c 2>/dev/null || missing+=("Open MPI 4.1 or later with its headers (pkg-config ompi-c)")
    command -v mpirun >/dev/null || missing+=("mpirun")
    has_onednn || missing+=("oneDNN 2 or 3 with its headers (dnnl.h)")
    has_header lzma.h || missing+=("liblzma with its headers (lzma.h)")
    has_header zstd.h || missing+=("libzstd with its headers (zstd.h)")
    has_header zlib.h || missing+=("zlib with its headers (zlib.h)")
    pkg-config --exists libjpeg 2>/dev/null || missing+=("libjpeg-turbo with its headers (pkg-config libjpeg)")
    pkg-config --exists libpng 2>/dev/null || missing+=("libpng 1.6 with its headers (pkg-config libpng)")
    if $for_test; then
        pkg-config --exists mpich 2>/dev/null || missing+=("MPICH with its headers (pkg-config mpich)")
        command -v shellcheck >/dev/null || missing+=("shellcheck")
    fi
    if $for_test || $for_benchmark || $for_mpi_abi; then
        python_can "venv, ensurepip" || missing+=("Python 3.9 or later with venv")
    fi
    command -v gnuplot >/dev/null || note "gnuplot is not installed: runs will have no plots"
    ((${#missing[@]} > 0)) || return 0

    note "missing:"
    printf '  %s\n' "${missing[@]}" >&2
    note "Fedora:    dnf install openmpi-devel onednn-devel xz-devel libzstd-devel zlib-devel libjpeg-turbo-devel libpng-devel pkgconf gnuplot python3 mpich-devel ShellCheck; module load mpi/openmpi-x86_64"
    note "Arch:      pacman -S openmpi onednn xz zstd zlib libjpeg-turbo libpng pkgconf gnuplot python shellcheck"
    note "macOS:     brew install open-mpi onednn xz zstd jpeg-turbo libpng pkgconf gnuplot python shellcheck"
    note "a cluster: load its modules for Open MPI and oneDNN"
    fail "install what is missing and run this again"
}

# python_environment FOLDER MODULES PURPOSE REQUIREMENT…: a virtual environment that can import the modules. It is made only
# when it cannot yet, and a failure is no reason to stop: what needs it says so when it is skipped.
python_environment() {
    local folder=$root/$1 modules=$2 purpose=$3
    shift 3
    if [[ -x $folder/bin/python3 ]] && "$folder/bin/python3" -c "import $modules" 2>/dev/null; then return 0; fi
    note "installing $modules for Python in ${folder#"$root"/}"
    local log
    log=$(mktemp)
    if ! { python3 -m venv "$folder" &&
        "$folder/bin/python3" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 30 "$@"; } >"$log" 2>&1; then
        note "could not install $modules ($(grep -i -m 1 error "$log" || tail -n 1 "$log")): $purpose will be skipped"
    fi
    rm -f "$log"
}

# Headers and library of the standard ABI, named as a build finds them: mpi.h, and mpi-abi for pkg-config.
install_mpi_abi() {
    local folder=$root/.build-mpi-abi
    if [[ -f $folder/pkgconfig/mpi-abi.pc ]]; then return 0; fi
    note "installing MPICH 5 with the standard ABI of MPI in .build-mpi-abi"
    quietly python3 -m venv "$folder" || fail "no virtual environment in $folder; see above"
    quietly "$folder/bin/python3" -m pip install --quiet --disable-pip-version-check "mpich>=5" ||
        fail "could not install MPICH 5; see above"
    mkdir -p "$folder/headers" "$folder/pkgconfig"
    ln -sf ../include/mpi_abi.h "$folder/headers/mpi.h"
    cat >"$folder/pkgconfig/mpi-abi.pc" <<END
Name: mpi-abi
Description: the standard ABI of MPI 5
Version: 1.0
Cflags: -I$folder/headers
Libs: -L$folder/lib -lmpi_abi
END
}

check_swift
if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    install_debian_packages
else
    check_other_system
fi
if $for_test; then
    python_environment .build-python "safetensors, numpy" "reading weights with Python's safetensors" \
        numpy safetensors
    python_environment .build-python "jsonschema, kubernetes_validate, yaml" "checking the manifest for Kubernetes" \
        jsonschema kubernetes-validate pyyaml
    python_environment .build-python "tensorboard" "reading events with TensorBoard" tensorboard
    python_environment .build-python "onnx, onnxruntime" "running exported models with ONNX Runtime" onnx onnxruntime
fi
if $for_benchmark; then
    python_environment .build-python-benchmark "torch, numpy, mpi4py" "the comparison with PyTorch" \
        --requirement "$root/Benchmarks/throughput/requirements.txt"
fi
if $for_mpi_abi; then install_mpi_abi; fi
