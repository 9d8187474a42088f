import Foundation
import LearningRate
import Logging
import MPI
import Runs
import TrainingTestSupport
import XCTest

/// Back from numbers that are not finite.
final class RollBackTests: XCTestCase {
    private func configuration() throws -> Configuration {
        try Configuration(
            yaml: """
                data: {format: digits}
                model: {preset: mlp, hidden: [8]}
                training: {batch: 32, epochs: 1, nonFinite: roll-back}
                learningRate: {schedule: constant, rate: 0.1}
                """, name: "digits")
    }

    /// With files and without.
    func testATrainingInMemoryGoesBackAsARunDoes() throws {
        let folder = try TemporaryDirectory()
        var configuration = try configuration()
        configuration.learningRate.schedule = Constant(rate: .fixed(1e30))
        configuration.training.rollBackFactor = 1e-4
        configuration.checkpoint.minutes = 0
        let (settings, output) = (configuration, folder.file("run"))
        let outcomes = try InProcessCommunicator.run(ranks: 2) { communicator in
            func bits(_ experiment: Experiment) throws -> [[UInt32]] {
                let parameters = try experiment.replica.network.exportParameters()
                // The arenas are shared: nobody goes on before all have read.
                try communicator.barrier()
                return parameters.map { $0.values.map(\.bitPattern) }
            }
            let run = try TrainingRun(
                settings, file: "digits.yaml", dataRoot: nil, output: output,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
            try run.run(showsProgress: false)
            let experiment = try Experiment(settings, dataRoot: nil, over: communicator)
            let trainer = try experiment.trainer()
            var steps: [Int] = []
            var cycles = 0
            try trainer.train(onRollBack: { steps.append($0.step) }, onCycle: { _ in cycles += 1 })
            return (
                run: try bits(run.experiment), memory: try bits(experiment), steps, scale: trainer.rateScale, cycles
            )
        }
        for outcome in outcomes {
            XCTAssertFalse(outcome.2.isEmpty)
            XCTAssertEqual(outcome.2, Array(repeating: 0, count: outcome.2.count))
            XCTAssertEqual(outcome.scale, outcome.2.reduce(1.0) { scale, _ in scale * 1e-4 })
            XCTAssertEqual(outcome.4, 1)
            XCTAssertEqual(outcome.run, outcome.memory)
        }
    }
}
