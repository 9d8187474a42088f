import ArgumentParser
import Foundation
import MPI
import NeuralNetwork
import Runs

struct Info: RankCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Tell what this machine and this job offer: MPI, oneDNN, ranks, hosts, cores; or what a network becomes.")

    @Option(help: "Threads a rank that the job is to use.")
    var threads = 1

    @Option(
        help: ArgumentHelp(
            "Tell what a network becomes here, layer by layer: a preset, or the file of a configuration.",
            valueName: "name"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Shape of a sample or its features, as C,H,W, C,L or one number, for --model; needed for files of idx, csv and npy.",
            valueName: "C,H,W"))
    var shape: String?

    @Option(help: "Samples in a rank's batch, for --model. (default: of the configuration; 64 for a preset)")
    var batch: Int?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Set a key of the configuration, for --model; repeatable.", valueName: "key.path=value"))
    var settings: [String] = []

    @OptionGroup var numerics: NumericOptions

    func validate() throws {
        guard batch ?? 1 >= 1, threads >= 1 else { throw ValidationError("--batch and --threads are at least 1") }
    }

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        if let model {
            let summary = try runtime.world.agree {
                try NetworkSummary(
                    model: model, shape: shape, settings: settings, batch: batch, ranks: runtime.world.size,
                    emulated: numerics.emulate)
            }
            return try runtime.writeResult { summary.report }
        }
        let world = runtime.world
        let node = try world.splitShared()
        let hosts = try world.allGather(Array(runtime.hostName.utf8)).map { String(decoding: $0, as: UTF8.self) }
        let allowed = try world.allGather(ProcessMeasures.allowedCores().map { Int32($0) })
        let quotas = try world.allGather(ControlGroup.quota() ?? .infinity)
        let onlineCores = try world.allGather(ProcessInfo.processInfo.processorCount)
        let ranksOfNode = try world.allGather(node.size)
        var lines: [String] = []
        lines.append("entrain         \(Entrain.configuration.version)")
        lines.append(
            "MPI             \(runtime.libraryVersion), standard \(runtime.standardVersion.major)."
                + "\(runtime.standardVersion.minor)")
        lines.append("thread level    \(runtime.threadLevel) (asked for: \(runtime.requestedThreadLevel))")
        lines.append("oneDNN          \(Processor.libraryVersion), \(Processor.instructionSet)")
        lines.append("ranks           \(world.size)\(runtime.isLaunched ? "" : " (not started by mpirun)")")
        var seen: Set<String> = []
        for rank in 0..<world.size where seen.insert(hosts[rank]).inserted {
            let host = HostCores(
                name: hosts[rank], ranks: ranksOfNode[rank], online: onlineCores[rank],
                allowedARank: allowed[rank].count,
                allowed: Set(zip(hosts, allowed).filter { $0.0 == hosts[rank] }.flatMap(\.1)).count,
                quota: quotas[rank].isFinite ? quotas[rank] : nil)
            lines.append("host            \(host)")
            if let warning = host.warning(threads: threads) { lines.append("warning         \(warning)") }
        }
        return try runtime.writeResult { lines.joined(separator: "\n") }
    }
}
