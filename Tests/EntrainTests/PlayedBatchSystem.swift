import Foundation
import MPITestSupport
import XCTest

/// Commands of a batch system that `Tests/Batch/stub.sh` plays, in a folder of their own, beside which the scripts of `launch/`
/// run as when they are called and as when the batch system starts a copy of them.
final class PlayedBatchSystem {
    let command: EntrainCommand
    /// The repository, as the scripts name it.
    static let root = URL(fileURLWithPath: EntrainCommand.configuration("..")).resolvingSymlinksInPath().path
    static let program = Launcher.processAlone("entrain", []).executableURL!.path

    /// - Parameter names: the commands, found before all others.
    init(_ names: [String]) throws {
        command = try EntrainCommand()
        let stub = "\(Self.root)/Tests/Batch/stub.sh"
        try FileManager.default.createDirectory(atPath: command.path("bin"), withIntermediateDirectories: true)
        for name in names {
            try FileManager.default.createSymbolicLink(atPath: command.path("bin/\(name)"), withDestinationPath: stub)
        }
    }

    /// The calls of commands until now, each as a line of the shell.
    var calls: [String] { lines(of: "calls") }

    /// What the last submission handed on to the job.
    var handedOn: [String: String] {
        Dictionary(
            lines(of: "environment").compactMap { line in
                line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
            }, uniquingKeysWith: { $1 })
    }

    private func lines(of file: String) -> [String] {
        let text = (try? String(contentsOfFile: command.path(file), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Runs a program in the folder, with nothing in its environment of this process's own batch system.
    func run(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:], signal: Int32? = nil
    ) throws -> Launcher.Outcome {
        let process = command.process(ranks: nil, [])
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let foreign = ["SLURM_", "PBS_", "LSB_", "LS_", "FLUX_", "SGE_", "JOB_ID", "ENTRAIN", "OMP_"]
        let inherited = (process.environment ?? [:]).filter { name, _ in !foreign.contains { name.hasPrefix($0) } }
        let own = [
            "PATH": "\(command.path("bin")):\(inherited["PATH"] ?? "")", "ENTRAIN": Self.program,
            "STUB_FOLDER": command.folder,
        ]
        process.environment = inherited.merging(own) { $1 }.merging(environment) { $1 }
        let training = command.path("training")
        return try Launcher.run(process, limit: 60) { identifier in
            guard let signal else { return }
            DispatchQueue.global().async {
                for _ in 0..<6000 where !FileManager.default.fileExists(atPath: training) { usleep(10_000) }
                kill(identifier, signal)
            }
        }
    }

    /// Calls a script of `launch/` as a user does.
    func submit(
        _ script: String, _ arguments: [String], _ environment: [String: String] = [:]
    ) throws -> Launcher.Outcome {
        try run("\(Self.root)/launch/\(script)", arguments, environment)
    }

    /// Runs a copy of a script of `launch/`, elsewhere, as the batch system does; `signal` is sent once there is a training.
    func runJob(
        _ script: String, _ arguments: [String], _ environment: [String: String], signal: Int32? = nil
    ) throws -> Launcher.Outcome {
        let copy = command.path("spool-\(UUID().uuidString)")
        try FileManager.default.copyItem(atPath: "\(Self.root)/launch/\(script)", toPath: copy)
        for file in ["calls", "training", "told"] { try? FileManager.default.removeItem(atPath: command.path(file)) }
        return try run(copy, arguments, environment, signal: signal)
    }
}
