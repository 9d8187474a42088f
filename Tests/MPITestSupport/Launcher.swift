import Foundation
import MPI
import Synchronization

/// Starts an executable of the package through the launcher of the MPI library that the package is built against.
public struct Launcher {
    public struct Outcome: Sendable {
        public let status: Int32
        public let standardOutput: String
        public let standardError: String
    }

    private let launcher: URL
    private let options: [String]

    /// Nil if no launcher is installed.
    public init?(of runtime: MPIRuntime) {
        let isOpenMPI = runtime.libraryVersion.contains("Open MPI")
        // Debian keeps both side by side under these names.
        let names = isOpenMPI ? ["mpirun.openmpi", "mpirun"] : ["mpirun.mpich", "mpiexec.hydra", "mpirun"]
        guard let launcher = names.lazy.compactMap(Self.find).first else { return nil }
        self.launcher = launcher
        options = isOpenMPI ? ["--oversubscribe"] : []
    }

    /// A process, not yet started, of `executable`, which lies beside the test bundle, on `ranks` ranks.
    public func process(ranks: Int, _ executable: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = launcher
        process.arguments =
            options + ["-n", "\(ranks)", Self.directory.appendingPathComponent(executable).path] + arguments
        process.environment = Self.environment
        return process
    }

    /// A process, not yet started, of `executable` without the launcher.
    public static func processAlone(_ executable: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = directory.appendingPathComponent(executable)
        process.arguments = arguments
        process.environment = environment
        return process
    }

    /// Runs `executable`, which lies beside the test bundle, on `ranks` ranks, and ends it after `limit` seconds.
    public func run(ranks: Int, _ executable: String, _ arguments: [String], limit: Double = 60) throws -> Outcome {
        try Self.run(process(ranks: ranks, executable, arguments), limit: limit)
    }

    /// Runs `executable` without the launcher.
    public static func runAlone(_ executable: String, _ arguments: [String], limit: Double = 60) throws -> Outcome {
        try run(processAlone(executable, arguments), limit: limit)
    }

    /// Runs a process to its end, or to the limit, when it is ended and so has a status other than 0.
    ///
    /// - Parameter onStart: called with the process's identifier once it runs.
    public static func run(
        _ process: Process, limit: Double, onStart: (Int32) -> Void = { _ in }
    ) throws -> Outcome {
        let (output, error) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        hearSignals()
        try process.run()
        onStart(process.processIdentifier)
        let watchdog = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: watchdog)
        defer { watchdog.cancel() }
        // Both are read at once, since a full pipe would stop the process.
        let errorText = Mutex("")
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            let text = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            errorText.withLock { $0 = text }
        }
        let outputText = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        group.wait()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, standardOutput: outputText, standardError: errorText.withLock { $0 })
    }

    /// Lets programs that are started hear signals that a training in this process has left ignored, as they inherit that.
    private static func hearSignals() {
        for number in [SIGUSR1, SIGUSR2] {
            let before = signal(number, SIG_DFL)
            if unsafeBitCast(before, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) { signal(number, before) }
        }
    }

    /// The environment without what MPI put there for this process: a child would take itself for one of its ranks.
    private static var environment: [String: String] {
        ProcessInfo.processInfo.environment.filter { name, _ in
            name.hasPrefix("OMPI_ALLOW_RUN_AS_ROOT")
                || !["OMPI_", "PMIX_", "PMI_", "ORTE_", "OPAL_", "HYDI_"].contains { name.hasPrefix($0) }
        }.merging(["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]) { own, _ in own }
    }

    /// Where the build put this executable and the others.
    public static var directory: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }

    /// The executable of that name in the search path.
    public static func find(_ name: String) -> URL? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").lazy
            .map { URL(fileURLWithPath: String($0)).appendingPathComponent(name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}
