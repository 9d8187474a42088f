import LearningRate
import Logging
import MPI
import Runs
import Training
import TrainingTestSupport
import XCTest

/// Trainings whose information is watched.
final class WatchTests: XCTestCase {
    private static func configuration(_ overrides: [String] = []) throws -> Configuration {
        try Configuration(
            yaml: """
                seed: 1
                data: {format: digits}
                model: {preset: mlp, hidden: [64, 32]}
                training: {batch: 32, epochs: 8, watch: on}
                learningRate: {schedule: constant, rate: 0.7}
                output: {plot: false}
                """, name: "digits", overrides: overrides)
    }

    /// At a rate that is 10 times too high the network learns, and loses what it knew: it goes back with half of the rate until
    /// it no longer does, and knows most digits in the end, alike on all ranks.
    func testATrainingThatLosesWhatItKnewGoesBack() throws {
        for ranks in [1, 3] {
            let outcomes = try InProcessCommunicator.run(ranks: ranks) { communicator in
                let experiment = try Experiment(Self.configuration(), dataRoot: nil, over: communicator)
                let trainer = try experiment.trainer(bounds: nil)
                var (records, accuracy) = ([RollBackRecord](), 0.0)
                var steps: [Int] = []
                try trainer.train(
                    onRollBack: { records.append($0) }, onStep: { steps.append($0.step) },
                    onCycle: { accuracy = $0.test!.accuracy })
                return (trainer.keptStep ?? 0, records.map(\.description), accuracy, trainer.rateScale, steps)
            }
            for outcome in outcomes {
                XCTAssertGreaterThan(outcome.0, 0, "it goes back to the beginning alone")
                XCTAssertFalse(outcome.1.isEmpty)
                XCTAssertGreaterThan(outcome.2, 0.75)
                XCTAssertLessThan(outcome.3, 1)
                XCTAssertEqual(outcome.4.last, 360)
                XCTAssertEqual(outcome.1, outcomes[0].1)
            }
            let unwatched = try InProcessCommunicator.run(ranks: ranks) { communicator in
                let experiment = try Experiment(
                    Self.configuration(["training.watch=off", "training.nonFinite=skip"]), dataRoot: nil,
                    over: communicator)
                var accuracy = 0.0
                try experiment.trainer(bounds: nil).train(onCycle: { accuracy = $0.test!.accuracy })
                return accuracy
            }
            for accuracy in unwatched { XCTAssertLessThan(accuracy, 0.5, "the rate is not too high for this test") }
        }
    }

    /// Watching changes no bit of a training that never goes back.
    func testWatchingLeavesNoTrace() throws {
        let ends = try ["on", "off"].map { watch in
            try InProcessCommunicator.run(ranks: 2) { communicator in
                let experiment = try Experiment(
                    Self.configuration(["training.watch=\(watch)", "learningRate.rate=0.02"]), dataRoot: nil,
                    over: communicator)
                var lines: [String] = []
                try experiment.trainer(bounds: nil).train(
                    onRollBack: { XCTFail("\($0)") },
                    onCycle: { lines.append("\($0.train) \($0.test!)") })
                let bits = experiment.replica.update.arenas.parameters.map(\.bitPattern)
                try communicator.barrier()
                return (bits, lines)
            }
        }
        for (watched, plain) in zip(ends[0], ends[1]) {
            XCTAssertEqual(watched.0, plain.0)
            XCTAssertEqual(watched.1, plain.1)
        }
    }

    /// A training that learns too slowly for its first windows to show it: half of the rate has no lower loss, so the rate is taken
    /// up again, and all bits are those of a training that was not watched.
    func testASlowStartKeepsItsRate() throws {
        let slow = ["training.batch=8", "training.steps=64", "learningRate.rate=0.002"]
        for ranks in [1, 2] {
            let ends = try ["on", "off"].map { watch in
                try InProcessCommunicator.run(ranks: ranks) { communicator in
                    let experiment = try Experiment(
                        Self.configuration(slow + ["training.watch=\(watch)"]), dataRoot: nil, over: communicator)
                    var records: [RollBackRecord] = []
                    try experiment.trainer(bounds: nil).train(onRollBack: { records.append($0) })
                    let bits = experiment.replica.update.arenas.parameters.map(\.bitPattern)
                    try communicator.barrier()
                    return (bits, records.map(\.description), records.map(\.rateScale))
                }
            }
            for (watched, plain) in zip(ends[0], ends[1]) {
                XCTAssertEqual(watched.2.prefix(2), [0.5, 1])
                XCTAssertEqual(watched.2.last, 1, "\(watched.1)")
                XCTAssertEqual(
                    watched.1.last?.hasSuffix(
                        "the loss is no lower than at the rate before, which was not why: rolled back to step 0, with all "
                            + "rates times 1.0"), true, "\(watched.1)")
                XCTAssertEqual(watched.0, plain.0)
            }
        }
    }

    /// A run's files tell of the training that it came to, and it goes on from checkpoints to the same bits.
    func testARunGoesBackAsATrainingInMemory() throws {
        let folder = try TemporaryDirectory()
        let configuration = try Self.configuration([
            "output.stepsLog=true", "checkpoint.steps=20", "checkpoint.keep=50",
        ])
        let output = folder.file("run")
        let outcomes = try InProcessCommunicator.run(ranks: 2) { communicator in
            func bits(_ experiment: Experiment) throws -> [UInt32] {
                let bits = experiment.replica.update.arenas.parameters.map(\.bitPattern)
                try communicator.barrier()
                return bits
            }
            let run = try TrainingRun(
                configuration, file: "digits.yaml", dataRoot: nil, output: output,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
            let (cycles, _) = try run.run(showsProgress: false)
            let experiment = try Experiment(configuration, dataRoot: nil, over: communicator)
            var steps: [Int] = []
            try experiment.trainer(bounds: nil).train(onRollBack: { steps.append($0.step) })
            return (run: try bits(run.experiment), memory: try bits(experiment), steps, cycles.map(\.step))
        }
        for outcome in outcomes {
            XCTAssertEqual(outcome.run, outcome.memory)
            XCTAssertFalse(outcome.2.isEmpty)
            XCTAssertEqual(outcome.3, (1...8).map { $0 * 45 })
        }
        let rows = try String(contentsOfFile: "\(output)/steps.csv", encoding: .utf8).split(separator: "\n").dropFirst()
        XCTAssertEqual(rows.map { Int($0.prefix { $0 != "," }) }, (1...360).map { $0 })
    }
}
