import Foundation
import LearningRate
import Logging
import MPI
import Training
import XCTest

/// Back to what is on the disk.
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

    /// One that could not be written costs no more than itself: the one before it stands.
    func testACheckpointThatCouldNotBeWrittenIsPassedOver() throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("file")
        try Data().write(to: URL(fileURLWithPath: file))
        let failure = TrainingError.nonFiniteLoss(samples: 1, step: 9, epoch: 0.2, rate: 0.1)
        for ranks in 1...2 {
            let configuration = try configuration()
            let output = folder.file("run-\(ranks)")
            let scales = try InProcessCommunicator.run(ranks: ranks) { communicator in
                let run = try TrainingRun(
                    configuration, file: "digits.yaml", dataRoot: nil, output: output, logger: Logger(label: "test"),
                    over: communicator)
                let trainer = try run.setup.trainer(bounds: nil)
                let recorder = try run.makeRecorder(continuing: nil)
                func writer(_ directory: String) -> CheckpointWriter? {
                    communicator.rank == 0 ? CheckpointWriter(directory: directory, kept: 2) : nil
                }
                let blocked = writer("\(file)/below")
                try run.takeCheckpoint(of: trainer, recorder, blocked)
                let nothing = try run.rollBack(trainer, recorder, blocked, after: failure)
                XCTAssertFalse(nothing, "there is no checkpoint")

                let good = writer(run.directory.checkpoints)
                try run.takeCheckpoint(of: trainer, recorder, good)
                good?.finish()
                try run.takeCheckpoint(of: trainer, recorder, blocked)
                XCTAssertTrue(try run.rollBack(trainer, recorder, blocked, after: failure))
                return (trainer.stepsDone, trainer.rateScale)
            }
            for (step, scale) in scales {
                XCTAssertEqual(step, 0)
                XCTAssertEqual(scale, 0.5)
            }
        }
    }

    /// What is kept in memory, by the library and under a comparison, is gone back to as what a run keeps on the disk.
    func testATrainingInMemoryGoesBackAsARunDoes() throws {
        let folder = try TemporaryDirectory()
        var configuration = try configuration()
        configuration.learningRate.schedule = Constant(rate: .fixed(1e30))
        configuration.training.rollBackFactor = 1e-4
        configuration.checkpoint.minutes = 0
        let (experiment, output) = (configuration, folder.file("run"))
        let outcomes = try InProcessCommunicator.run(ranks: 2) { communicator in
            func bits(_ setup: Setup) throws -> [[UInt32]] {
                let parameters = try setup.replica.network.exportParameters()
                // The arenas are shared: nobody goes on before all have read.
                try communicator.barrier()
                return parameters.map { $0.values.map(\.bitPattern) }
            }
            let run = try TrainingRun(
                experiment, file: "digits.yaml", dataRoot: nil, output: output,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
            try run.run(showsProgress: false)
            let setup = try Setup(experiment, dataRoot: nil, over: communicator)
            let trainer = try setup.trainer()
            var steps: [Int] = []
            var cycles = 0
            try trainer.train(onRollBack: { steps.append($0.step) }, onCycle: { _ in cycles += 1 })
            return (run: try bits(run.setup), memory: try bits(setup), steps, scale: trainer.rateScale, cycles)
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
