import Foundation
import MPI
import MPITestSupport
import XCTest

/// The command `entrain` in a folder of its own, run as a user does: from outside, with and without a launcher.
final class EntrainCommand {
    /// Where the command runs; removed with this value.
    let folder: String
    let host: String
    private let launcher: Launcher

    /// - Throws: `XCTSkip` under a launcher, whose ranks cannot start jobs, and where none is installed.
    init() throws {
        let runtime = try MPITestRuntime.shared()
        try XCTSkipIf(runtime.isLaunched, "runs only outside a launcher, which it starts itself")
        guard let launcher = Launcher(of: runtime) else { throw XCTSkip("no mpirun is installed") }
        self.launcher = launcher
        host = runtime.hostName
        folder = NSTemporaryDirectory() + "entrain-command-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A process that is not started; without the launcher if `ranks` is nil. It does not see `ENTRAIN_DATA`.
    func process(ranks: Int?, _ arguments: [String]) -> Process {
        let process =
            ranks.map { launcher.process(ranks: $0, "entrain", arguments) }
            ?? Launcher.processAlone("entrain", arguments)
        process.environment?["ENTRAIN_DATA"] = nil
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        return process
    }

    /// Runs the command to its end, or for `limit` seconds.
    func run(ranks: Int?, _ arguments: [String], limit: Double = 60) throws -> Launcher.Outcome {
        try Launcher.run(process(ranks: ranks, arguments), limit: limit)
    }

    /// Runs the command where `/dev/shm` has 64 MiB, as in many containers.
    ///
    /// - Throws: `XCTSkip` where no file system may be mounted.
    func runWithLittleSharedMemory(ranks: Int, _ arguments: [String], limit: Double = 60) throws -> Launcher.Outcome {
        let process = process(ranks: ranks, arguments)
        func withLittle(_ command: [String]) -> Process {
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/sh")
            shell.currentDirectoryURL = process.currentDirectoryURL
            shell.environment = process.environment
            let mount = "mount -t tmpfs -o size=64m none /dev/shm"
            shell.arguments = ["-c", "exec unshare --mount sh -c '\(mount) && exec \"$@\"' sh \"$@\"", "sh"] + command
            return shell
        }
        try XCTSkipIf(try Launcher.run(withLittle(["true"]), limit: 10).status != 0, "may not mount a file system")
        return try Launcher.run(withLittle([process.executableURL!.path] + process.arguments!), limit: limit)
    }

    /// Runs the command and expects status 0.
    @discardableResult
    func succeed(ranks: Int?, _ arguments: [String], limit: Double = 60, line: UInt = #line) throws -> Launcher.Outcome
    {
        let outcome = try run(ranks: ranks, arguments, limit: limit)
        XCTAssertEqual(outcome.status, 0, "\(arguments): \(outcome.standardError)", line: line)
        return outcome
    }

    /// A file of the folder, by its full path.
    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    }

    func write(_ name: String, _ text: String) throws {
        try write(name, Array(text.utf8))
    }

    /// All files and directories in a directory of the folder, and in those below it, sorted.
    func files(in directory: String = "") -> [String] {
        (try? FileManager.default.subpathsOfDirectory(atPath: path(directory)).sorted()) ?? []
    }

    /// A configuration that comes with the package.
    static func configuration(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../configs/\(name)")
            .standardizedFileURL.path
    }

    static let digits = configuration("digits.yaml")
}
