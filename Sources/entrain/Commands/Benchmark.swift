import ArgumentParser
import Foundation
import MPI
import Runs

struct Benchmark: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure training steps: samples per second, time to the first step, memory. Prints a line of JSON.")

    @OptionGroup var options: ExperimentOptions

    @Option(help: "Steps before the measurement, at least 1.")
    var warmup = 300

    @Option(help: "Windows that are timed.")
    var windows = 10

    @Option(help: "Steps in a window.")
    var steps = 100

    @Option(help: "Learning rate.")
    var rate = 0.05

    @Flag(help: "Print where the time goes, by layer and pass, on standard error.")
    var profile = false

    func validate() throws {
        guard warmup >= 1, windows >= 1, steps >= 1, rate > 0, Float(rate).isNormal else {
            throw ValidationError(
                "--warmup, --windows and --steps are at least 1, --rate is above 0 in single precision")
        }
        let (_, overflow) = windows.multipliedReportingOverflow(by: steps)
        guard !overflow, windows * steps <= 1 << 40, warmup <= 1 << 40 else {
            throw ValidationError("--warmup, and --windows times --steps, are at most \(1 << 40)")
        }
    }

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let configuration = try options.load(over: runtime.world)
        let experiment = try Experiment(
            configuration, dataRoot: options.data.root, emulated: options.numerics.emulate, over: runtime.world)
        // As a training does.
        let logger = runtime.logger()
        logger.info("\(experiment.summary)")
        try experiment.review(show: { logger.info("\($0)") }, warn: { logger.warning("\($0)") })
        try experiment.settleOverlap()
        let throughput = try Throughput.measure(
            experiment.replica, warmUp: warmup, windows: windows, steps: steps, rate: rate,
            layers: configuration.layerMeasurement)
        if profile {
            let report = try ProfileReport.measure(
                experiment.replica, fromStep: warmup + windows * steps, steps: steps, rate: rate)
            logger.notice("\(report)")
        }
        return try runtime.writeResult {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return String(decoding: try encoder.encode(throughput), as: UTF8.self)
        }
    }
}
