"""Spack: unpacks the tarball of launch/package.sh, since Spack has no Swift to build it with.

    spack repo add launch/packages/spack
    cp .build/entrain-0.1.0-x86_64-openmpi.tar.gz .
    spack install --no-checksum entrain ^openmpi
"""

import os

from spack.package import *


class Entrain(Package):
    """Trains neural networks on many processes with MPI; no learning rate to tune."""

    manual_download = True

    license("Apache-2.0")

    version("0.1.0")
    variant("interface", default="openmpi", values=("openmpi", "mpich", "abi"), description="Binary interface of MPI")

    depends_on("openmpi@4:5", type=("build", "link", "run"), when="interface=openmpi")
    depends_on("mpi", type=("build", "link", "run"), when="interface=mpich")
    depends_on("mpich@5:", type=("build", "link", "run"), when="interface=abi")
    conflicts("platform=darwin", msg="the tarball is of Linux on x86-64")

    def url_for_version(self, version):
        interface = self.spec.variants["interface"].value
        return f"file://{os.getcwd()}/entrain-{version}-x86_64-{interface}.tar.gz"

    def install(self, spec, prefix):
        install_tree(".", prefix)

    def setup_run_environment(self, env):
        env.set("OMP_NUM_THREADS", "1")
        # The tarball's program was linked elsewhere: it finds this site's library by the path of the environment.
        env.prepend_path("LD_LIBRARY_PATH", self.spec["mpi"].prefix.lib)
