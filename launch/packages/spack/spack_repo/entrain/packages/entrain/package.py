"""Spack 1.0 or later: unpacks the tarball of launch/package.sh, since Spack has no Swift to build it with.

    spack repo add launch/packages/spack/spack_repo/entrain
    cd .build && spack install --no-checksum entrain

The tarball is taken from the current directory. The sum of yours, which `sha256sum` prints, may stand beside the version, as
sha256="…"; `--no-checksum` is not needed then. The variant `interface` tells the tarballs apart: `entrain interface=mpich ^mpich`.
"""

import os

from spack.package import *


class Entrain(Package):
    """Trains neural networks on many processes with MPI; no learning rate to tune."""

    url = f"file://{os.getcwd()}/entrain-0.1.0-x86_64-openmpi.tar.gz"
    manual_download = True
    download_instr = "launch/package.sh makes the tarball; install from the directory that has it"

    license("Apache-2.0")

    version("0.1.0")
    variant(
        "interface",
        default="openmpi",
        values=("openmpi", "mpich", "abi"),
        multi=False,
        description="Binary interface of MPI: Open MPI 4 and 5, the MPICH ABI, the standard ABI of MPI 5",
    )

    requires("platform=linux target=x86_64:", msg="the tarball is of Linux on x86-64")
    depends_on("mpi", type=("link", "run"))
    requires("^[virtuals=mpi] openmpi@4:5", when="interface=openmpi", msg="interface=openmpi takes Open MPI 4 or 5")
    conflicts("^[virtuals=mpi] openmpi", when="interface=mpich", msg="interface=mpich takes MPICH or one compatible with it")
    requires("^[virtuals=mpi] mpich@5:", when="interface=abi", msg="interface=abi takes MPICH 5 or later")

    def url_for_version(self, version):
        interface = self.spec.variants["interface"].value
        return f"file://{os.getcwd()}/entrain-{version}-x86_64-{interface}.tar.gz"

    def install(self, spec, prefix):
        install_tree(".", prefix)
        # The program's run path is this folder, so that it finds the library in whatever environment it starts.
        name = {"openmpi": "libmpi.so.40", "mpich": "libmpi.so.12", "abi": "libmpi_abi.so.1"}[
            spec.variants["interface"].value
        ]
        library = find_first(spec["mpi"].prefix, name)
        if library is None:
            raise InstallError(f"expected {name} in {spec['mpi'].prefix}, found none: choose another interface or MPI")
        symlink(library, join_path(prefix.lib.entrain, name))

    def setup_run_environment(self, env):
        env.set("OMP_NUM_THREADS", "1")
