internal import CMPI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The MPI library of this process, from its initialization to its end. A process can do that once.
///
/// A program uses ``main(requesting:_:)``, which also deals with errors; `initialize` and
/// `finalize` are for those with a main function of another kind.
public final class MPIRuntime: Sendable {
    /// All ranks of the job; one, if the process was started without a launcher.
    public let world: MPICommunicator

    public let requestedThreadLevel: ThreadLevel

    /// The level that the library granted, which may be lower than requested or higher.
    public let threadLevel: ThreadLevel

    /// The binary interface that the program was built for, `Open MPI`, `MPICH ABI` or `standard ABI of MPI 5`: it runs with any
    /// library that has it.
    public static var binaryInterface: String { String(cString: cmpi_interface()) }

    /// The library's name and version in its own words, on one line.
    public var libraryVersion: String { world.library }

    /// The version of the MPI standard that the library implements.
    public let standardVersion: (major: Int, minor: Int)

    /// The name of the machine this rank runs on.
    public var hostName: String { world.hostName }

    /// Whether a launcher (`mpirun`, `mpiexec`, `srun`) started this process.
    public let isLaunched: Bool

    /// Collective over all processes of the job.
    ///
    /// - Throws: ``MPIError`` if MPI has been initialized before, or cannot be.
    public static func initialize(requesting level: ThreadLevel = .funneled) throws(MPIError) -> MPIRuntime {
        var flag: Int32 = 0
        try MPIError.check(cmpi_initialized(&flag), "MPI_Initialized")
        guard flag == 0 else {
            throw MPIError(
                operation: "MPI_Init_thread", errorClass: .notAvailable,
                text: "MPI was initialized before in this process, which it can be only once")
        }
        let isLaunched = launcherVariables.contains { getenv($0) != nil }
        cmpi_prepare(isLaunched ? 1 : 0)
        var granted: Int32 = 0
        try MPIError.check(
            cmpi_init(cmpi_thread_level(Int32(level.rawValue)), &granted, isLaunched ? 1 : 0), "MPI_Init_thread")
        return try MPIRuntime(requested: level, granted: granted, isLaunched: isLaunched)
    }

    /// Variables that launchers set for each rank: Open MPI's own, PMIx, and PMI 1 and 2 (MPICH, Slurm).
    private static let launcherVariables = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_FD"]

    private init(requested: ThreadLevel, granted: Int32, isLaunched: Bool) throws(MPIError) {
        // MPI_COMM_SELF is not offered, but errors that belong to no communicator are raised on it or on the world.
        try MPIError.check(cmpi_comm_return_errors(cmpi_self()), "MPI_Comm_set_errhandler")
        world = try MPICommunicator(handle: cmpi_world(), isOwned: false)
        requestedThreadLevel = requested
        threadLevel = ThreadLevel.allCases.last { cmpi_thread_level(Int32($0.rawValue)) <= granted } ?? .single
        self.isLaunched = isLaunched
        var major: Int32 = 0
        var minor: Int32 = 0
        try MPIError.check(cmpi_version(&major, &minor), "MPI_Get_version")
        standardVersion = (Int(major), Int(minor))
    }

    /// Collective over all processes of the job, after which MPI cannot be used. Waits for the others.
    public func finalize() throws(MPIError) {
        try MPIError.check(cmpi_finalize(), "MPI_Finalize")
    }
}
