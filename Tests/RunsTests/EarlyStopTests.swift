import DataParallel
import Datasets
import Foundation
import LearningRate
import LearningRateTestSupport
import Logging
import MPI
import NeuralNetwork
import Optimizers
import Runs
import Training
import TrainingTestSupport
import XCTest

/// The end of a training whose metric no longer improves, with the weights of its best cycle.
final class EarlyStopTests: XCTestCase {
    /// A small network that overfits; with running statistics, and where asked for an average of the parameters.
    private struct Overfit: Sendable {
        var stop: EarlyStop?
        var averaging: WeightAveraging?
        var epochs = 40

        /// Collective.
        func trainer(_ communicator: any Communicator) throws -> Trainer {
            Processor.setThreadCount(1)
            let (train, test) = try SmallExperiment().data()
            var settings = Replica.Settings(seed: 9, globalBatch: 16)
            settings.averaging = averaging
            let specification = NetworkSpecification(
                inputShape: [11],
                layers: [Dense(units: 32, bias: false), BatchNormalization(), ReLU(), Dense(units: 4)])
            let replica = try Replica(
                specification, training: train, optimizer: SGD(momentum: 0.9), settings: settings, over: communicator)
            var plan = Trainer.Plan(epochs: epochs)
            plan.earlyStop = stop
            plan.rollBackFactor = 1e-6
            plan.keeping.steps = 28
            return Trainer(replica, schedule: .constant(0.05), plan: plan, validation: nil, test: test)
        }
    }

    /// FNV-1a of all bits.
    private static func digest(_ tensors: [Tensor]) -> UInt64 {
        tensors.flatMap(\.values).reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
    }

    /// Collective. Digest of parameters and running statistics that are evaluated.
    private static func evaluatedBits(_ replica: Replica) throws -> UInt64 {
        try replica.withEvaluatedParameters {
            let tensors = try replica.network.exportParameters() + replica.network.exportStatistics()
            // The arenas are shared: nobody goes on before all have read.
            try replica.communicator.barrier()
            return Self.digest(tensors)
        }
    }

    func testTheWeightsOfTheBestCycleAreThoseOfTheTraining() throws {
        for (ranks, metric, averaging) in [
            (1, "test.loss", nil), (2, "test.accuracy", .exponential(decay: 0.9)), (3, "test.mutualInformation", nil),
            (2, "train.loss", .polynomial),
        ] as [(Int, String, WeightAveraging?)] {
            let metric = try XCTUnwrap(CycleMetric(rawValue: metric))
            let patience = 4
            let experiment = Overfit(stop: EarlyStop(metric, patience: patience), averaging: averaging)
            let outcomes = try InProcessCommunicator.run(ranks: ranks) { communicator in
                let trainer = try experiment.trainer(communicator)
                var cycles: [(line: CycleMetrics, bits: UInt64)] = []
                try trainer.train(onCycle: {
                    cycles.append(($0.metrics, try Self.evaluatedBits(trainer.replica)))
                })
                return (cycles, end: try Self.evaluatedBits(trainer.replica), trainer.hasStopped)
            }
            for (cycles, end, hasStopped) in outcomes {
                let what = "\(metric.rawValue) on \(ranks) ranks"
                let values = cycles.map { cycle in
                    let metrics = metric.samples == .train ? cycle.line.train : cycle.line.test
                    switch metric.measure {
                    // Negative, so that higher is better.
                    case .loss: return -metrics!.loss
                    case .accuracy: return metrics!.accuracy
                    case .mutualInformation: return metrics!.mutualInformation
                    case .r2: return metrics!.targets!.r2
                    }
                }
                let best = try XCTUnwrap(values.firstIndex(of: values.max()!))
                XCTAssertEqual(cycles.count, min(best + patience + 1, experiment.epochs), what)
                XCTAssertEqual(hasStopped, best + patience < experiment.epochs, what)
                if metric.samples == .test { XCTAssertLessThan(cycles.count, experiment.epochs, what) }
                XCTAssertEqual(end, cycles[best].bits, what)
                if best < cycles.count - 1 { XCTAssertNotEqual(end, cycles.last?.bits, what) }
                XCTAssertEqual(cycles.lastIndex { $0.line.best == true }, best, what)
                XCTAssertTrue(cycles.allSatisfy { $0.line.best != nil })
                XCTAssertEqual(cycles.map(\.line.best), outcomes[0].0.map(\.line.best))
                XCTAssertEqual(end, outcomes[0].end)
            }
        }
    }

    /// The best cycle of what was given up is none. The network forgets all when it goes back, and learns next to nothing then.
    func testATrainingThatGoesBackForgetsWhatWasBestSince() throws {
        let experiment = Overfit(stop: EarlyStop(CycleMetric(.train, .loss), patience: 50), epochs: 10)
        let outcomes = try InProcessCommunicator.run(ranks: 2) { communicator in
            let trainer = try experiment.trainer(communicator)
            var cycles: [(line: CycleMetrics, bits: UInt64)] = []
            var abandoned: [Double] = []
            try trainer.train(
                onRollBack: { record in
                    abandoned += cycles.filter { $0.line.step > record.lastCycleEnd }.map { $0.line.train!.loss }
                    cycles.removeAll { $0.line.step > record.lastCycleEnd }
                    let parameters = trainer.replica.update.arenas.parameters
                    if trainer.replica.isFirstOfNode { parameters.update(repeating: 0) }
                    try communicator.barrier()
                },
                onStep: { step in
                    guard abandoned.isEmpty, step.step == 50 else { return }
                    if trainer.replica.isFirstOfNode { trainer.replica.update.arenas.parameters[0] = .nan }
                    try communicator.barrier()
                },
                onCycle: { cycles.append(($0.metrics, try Self.evaluatedBits(trainer.replica))) })
            return (cycles, abandoned, end: try Self.evaluatedBits(trainer.replica))
        }
        for (cycles, abandoned, end) in outcomes {
            XCTAssertEqual(abandoned.count, 3)
            XCTAssertEqual(cycles.count, 10)
            let best = try XCTUnwrap(cycles.min { $0.line.train!.loss < $1.line.train!.loss })
            XCTAssertLessThan(try XCTUnwrap(abandoned.min()), best.line.train!.loss)
            XCTAssertEqual(best.line.step, 28)
            XCTAssertEqual(cycles.last { $0.line.best == true }?.line.step, 28)
            XCTAssertEqual(end, best.bits)
        }
    }

    /// With another patience, and without, from the checkpoint of the end.
    func testARunThatIsInterruptedComesToTheSameWeights() throws {
        let folder = try TemporaryDirectory()
        let experiment = try Configuration(
            yaml: """
                data: {format: synthetic, synthetic: {shape: [11], classes: 4, samples: 103, testSamples: 45, noise: 0.8}}
                model: {layers: [{dense: 32}, batchNormalization, relu, {dense: 4}]}
                training: {batch: 16, epochs: 60, stop: {metric: test.loss, patience: 4}}
                learningRate: {schedule: constant, rate: 0.05}
                output: {plot: false}
                """, name: "test")
        func run(_ name: String, patience: Int? = 4, epochs: Int = 60, ends: [Int] = []) throws {
            var configuration = experiment
            configuration.training.epochs = epochs
            configuration.training.stop = patience.map { .metric(EarlyStop(CycleMetric(.test, .loss), patience: $0)) }
            let (output, changed) = (folder.file(name), configuration)
            for end in ends.map(Optional.init) + [nil] {
                try InProcessCommunicator.run(ranks: 2) { communicator in
                    let run = try TrainingRun(
                        changed, file: "test.yaml", dataRoot: nil, output: output, resumes: true,
                        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
                    do {
                        try run.run(
                            showsProgress: false,
                            observedBy: [
                                ClosureObserver(requests: { $0?.step == end && end != nil ? .interruption : [] })
                            ])
                        XCTAssertNil(end)
                    } catch let error as AgreedError {
                        guard end != nil else { throw error }
                        XCTAssertEqual(error.exitStatus, 75)
                    }
                }
            }
        }
        func weights(_ name: String) throws -> UInt64 {
            let model = try TrainedModel(readingFrom: folder.file("\(name)/model.safetensors"))
            return Self.digest(model.parameters + model.statistics)
        }
        func lines(_ name: String) throws -> [CycleMetrics] {
            try MetricsLog.read(path: folder.file("\(name)/metrics.jsonl"))
        }
        try run("whole")
        let whole = try lines("whole")
        let best = try XCTUnwrap(whole.lastIndex { $0.best == true })
        XCTAssertEqual(whole.count, best + 5)
        XCTAssertLessThan(whole.count, 60)
        // Before the best cycle, at its end, and after it.
        let step = whole[best].step
        try run("parts", ends: [step - 3, step, step + 8])
        XCTAssertEqual(try weights("parts"), try weights("whole"))
        XCTAssertEqual(try lines("parts").map(\.best), whole.map(\.best))
        // As if it had been so from the beginning.
        try run("patient", patience: 7)
        try run("whole", patience: 7)
        XCTAssertEqual(try weights("whole"), try weights("patient"))
        XCTAssertEqual(try lines("whole").map(\.best), try lines("patient").map(\.best))
        XCTAssertGreaterThan(try lines("whole").count, whole.count)
        let longer = try lines("patient").count
        try run("patient", patience: nil, epochs: longer + 1)
        try run("without", patience: nil, epochs: longer + 1)
        XCTAssertEqual(try weights("patient"), try weights("without"))
    }

    func testSettingsThatDoNotGoTogetherAreRefused() throws {
        func problem(_ training: String) -> String {
            do {
                _ = try Configuration(
                    yaml: """
                        data: {format: digits}
                        model: {preset: mlp}
                        training: \(training)
                        """, name: "test.yaml")
                return "none"
            } catch {
                return "\(error)"
            }
        }
        for (training, message) in [
            ("{stop: {metric: test.loss}}", "none"),
            ("{stop: {patience: 2}}", "expected a metric such as validation.loss"),
            ("{stop: {metric: test.error}}", "expected one of train.accuracy, train.loss, train.mutualInformation, "),
            ("{stop: {metric: validation.loss}}", "validation.loss needs data.validation above 0, found 0.0"),
            ("{stop: {metric: test.loss, patience: 0}}", "training.stop.patience: expected an integer of at least 1"),
            ("{stop: {metric: test.loss}, stopCycles: 4}", "expected it with stop: mutual-information alone"),
            (
                "{stop: mutual-informatoin}",
                "expected null, mutual-information or {metric: …, patience: …}, found \"mutual-informatoin\"; did you mean "
                    + "mutual-information?"
            ),
        ] {
            let found = problem(training)
            XCTAssertTrue(found.contains(message), "\(training): \(found)")
        }
    }
}
