import ArgumentParser
import Foundation
import MPI
import Runs
import Studies

struct Scale: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how steps scale on 1, 2, 4 and so on ranks of the job, and predict it for more.",
        discussion: """
            Strong: the batch of the configuration on all of them. Weak: on each rank its share of that batch on all ranks. \
            Weights are not kept.
            """)

    @OptionGroup var options: ExperimentOptions

    @Option(help: ArgumentHelp("Directory of the report. (default: runs/scale-CONFIG)", valueName: "directory"))
    var output: String?

    @Option(help: "How often each number of ranks is measured, by turns.")
    var repetitions = 5

    @Option(help: "Steps of each.")
    var steps = 20

    @Option(help: "Steps before each that are not counted.")
    var warmup = 3

    @Option(help: "Ranks of a node that predictions are for.")
    var ranksPerNode = 32

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Networks that predictions are for, of \(NetworkModel.presets.map(\.name).joined(separator: ", ")).",
            valueName: "names"))
    var network = ["10gbe", "100gbe", "hdr-infiniband"]

    func validate() throws {
        guard repetitions >= 1, steps >= 2, warmup >= 1, ranksPerNode >= 1 else {
            throw ValidationError("--repetitions, --warmup and --ranks-per-node are at least 1, --steps at least 2")
        }
        guard repetitions <= 1 << 20, steps <= 1 << 20, warmup <= 1 << 20, ranksPerNode <= 1 << 20 else {
            throw ValidationError(
                "--repetitions, --steps, --warmup and --ranks-per-node are at most \(1 << 20)")
        }
        for name in network where !NetworkModel.presets.contains(where: { $0.name == name }) {
            throw ValidationError(
                "no network '\(name)'; there are \(NetworkModel.presets.map(\.name).joined(separator: ", "))")
        }
    }

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let world = runtime.world
        let configuration = try options.load(over: world)
        let name = URL(fileURLWithPath: options.config).deletingPathExtension().lastPathComponent
        let directory = output ?? "runs/scale-\(name)"
        // Before the measurements, which would be lost.
        let lock = try world.agree { runtime.isFirst ? try DirectoryLock(making: directory) : nil }
        defer { withExtendedLifetime(lock) {} }
        var study = ScalingStudy(configuration)
        (study.repetitions, study.steps, study.warmUp) = (repetitions, steps, warmup)
        study.emulated = options.numerics.emulate
        let logger = runtime.logger()
        let outcome = try study.measure(
            dataRoot: options.data.root, over: world, warn: { logger.warning("\($0)") },
            report: { logger.notice("\($0)") })
        let reduction = try ReductionMeasurement.measure(
            bytes: outcome.gradientBytes, bucketBytes: configuration.reduction.bucket,
            sharesMemory: configuration.reduction.sharedMemory, over: world)
        let nodeSize = configuration.reduction.sharedMemory ? try world.splitShared().size : 1
        try world.agree {
            guard runtime.isFirst else { return }
            func model(_ network: NetworkModel, _ ranksPerNode: Int) -> ScalingModel {
                ScalingModel(
                    outcome.measurements, gradientBytes: outcome.gradientBytes, network: network,
                    node: reduction.node, ranksPerNode: ranksPerNode,
                    exchange: ScalingModel.Exchange(configuration))
            }
            // Where messages stay within a machine they tell nothing of a network.
            let networks =
                (reduction.machines > 1 ? [reduction.network].compactMap(\.self) : [])
                + NetworkModel.presets.filter { network.contains($0.name) }
            let report = ScalingReport(
                outcome.measurements, reduction: reduction,
                local: model(reduction.network ?? NetworkModel.presets[0], nodeSize),
                models: networks.map { model($0, ranksPerNode) }, batch: configuration.training.batch,
                threads: configuration.training.threads)
            for warning in report.warnings { logger.warning("\(warning)") }
            let circumstances = Circumstances.list(
                arguments: CommandLine.arguments
                    + (configuration.data.source.hasFiles ? options.data.missingArguments : []),
                version: Entrain.configuration.version, runtime: runtime)
            if let complaint = try report.write(to: directory, title: name, circumstances: circumstances) {
                logger.notice("\(complaint)")
            }
        }
        return try runtime.writeResult { "report: \(directory)/report.md" }
    }
}
