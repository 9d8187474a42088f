import DataParallel
import Datasets
import LearningRate
import MPI
import NeuralNetwork
import Optimizers
import Runs
import Training
import XCTest

/// What normalisation, augmentation and micro-batches add to training on several ranks.
final class ConvolutionalTrainingTests: XCTestCase {
    /// Sixteen steps on the embedded digits.
    private struct Experiment: Sendable {
        var normalization: BatchNormalization?
        var microBatch: Int?
        var augmentation: Augmentation?
        var batch = 24
        var sampleCount: Int?
        var steps = 16

        func network(classes: Int) -> NetworkSpecification {
            let normalization: [any LayerSpecification] = self.normalization.map { [$0] } ?? []
            return NetworkSpecification(
                inputShape: [1, 8, 8],
                layers: [Convolution(channels: 16, kernel: 3, padding: 1)] + normalization
                    + [
                        ReLU(),
                        Residual(
                            [Convolution(channels: 16, kernel: 3, padding: 1, bias: false)] + normalization),
                        ReLU(), MaxPooling(kernel: 2), Flatten(), Dense(units: classes),
                    ])
        }

        func replica(_ communicator: any Communicator) throws -> Replica {
            Processor.setThreadCount(1)
            let data = try EmbeddedDigits().load(root: nil)
            var settings = Replica.Settings(seed: 5, globalBatch: batch)
            settings.microBatch = microBatch
            settings.augmentation = augmentation
            return try Replica(
                network(classes: 10), training: data.train, optimizer: SGD(momentum: 0.9), settings: settings,
                over: communicator)
        }

        struct Result: Sendable {
            var losses: [Double] = []
            var parameters: [Tensor] = []
            var statistics: [Tensor] = []
            var test: ConfusionCounts
        }
        typealias ConfusionCounts = [Int64]

        /// What each rank saw, by rank.
        func run(ranks: Int, firstStep: Int = 0) throws -> [Result] {
            try InProcessCommunicator.run(ranks: ranks) { communicator in
                let replica = try replica(communicator)
                var statistics = CycleStatistics(classCount: 10)
                var losses: [Double] = []
                for step in firstStep..<firstStep + steps {
                    let samples = replica.batches.batch(ofStep: step % replica.batches.stepsPerEpoch).count
                    let outcome = try replica.step(step, rates: .uniform(0.02), statistics: &statistics)
                    losses.append(outcome.loss.mean(over: samples))
                }
                try replica.averageStatistics()
                let test = try replica.evaluate(EmbeddedDigits().load(root: nil).test).confusion
                let counts = (0..<100).map { test[label: $0 / 10, prediction: $0 % 10] }
                let result = Result(
                    losses: losses, parameters: try replica.network.exportParameters(),
                    statistics: replica.network.exportStatistics(), test: counts)
                try communicator.barrier()
                return result
            }
        }
    }

    /// A rank that has no sample of a short last batch takes part in the others' sums, also where a step is done once more.
    func testEvidenceOfAStepThatNotAllRanksHaveSamplesOf() throws {
        var experiment = Experiment(normalization: .init())
        experiment.normalization?.synchronized = true
        let count = try EmbeddedDigits().load(root: nil).train.count
        experiment.batch = try XCTUnwrap((8...64).first { count % $0 == 2 }, "\(count) samples")
        for ranks in 3...4 {
            let training = experiment
            let found = try InProcessCommunicator.run(ranks: ranks) { communicator in
                let replica = try training.replica(communicator)
                let last = replica.batches.stepsPerEpoch - 1
                XCTAssertEqual(replica.batches.batch(ofStep: last).count, 2)
                let evidence = try replica.evidence(ofStep: last, reason: "a test")
                try communicator.barrier()
                return evidence
            }
            for evidence in found {
                XCTAssertEqual(evidence, found[0], "\(ranks) ranks")
                XCTAssertEqual(evidence.sampleCount, 0)
                XCTAssertTrue(evidence.tensors.contains { $0.gradient.largest > 0 })
            }
        }
    }

    private func assertClose(
        _ found: [Double], _ expected: [Double], within accuracy: Double, _ what: String, line: UInt = #line
    ) {
        XCTAssertEqual(found.count, expected.count, what, line: line)
        for (step, (found, expected)) in zip(found, expected).enumerated() {
            XCTAssertEqual(found, expected, accuracy: accuracy * expected, "\(what), step \(step)", line: line)
        }
    }

    func testSynchronizedStatisticsDoNotDependOnTheRanks() throws {
        let experiment = Experiment(normalization: .init(synchronized: true))
        let alone = try experiment.run(ranks: 1)[0]
        for ranks in 2...4 {
            for (rank, found) in try experiment.run(ranks: ranks).enumerated() {
                assertClose(found.losses, alone.losses, within: 2e-4, "rank \(rank) of \(ranks)")
                for (found, expected) in zip(found.statistics, alone.statistics) {
                    for (found, expected) in zip(found.values, expected.values) {
                        XCTAssertEqual(found, expected, accuracy: 2e-4 * max(1, abs(expected)), "\(ranks) ranks")
                    }
                }
            }
        }
        // Statistics of each rank's own samples are another experiment: what is compared above is of consequence.
        let own = try Experiment(normalization: .init()).run(ranks: 3)[0]
        XCTAssertGreaterThan(abs(own.losses[8] - alone.losses[8]), 1e-3 * alone.losses[8])
    }

    func testAllRanksHaveTheSameStatisticsAndPredictions() throws {
        for synchronized in [false, true] {
            let results = try Experiment(normalization: .init(synchronized: synchronized)).run(ranks: 3)
            for result in results {
                XCTAssertEqual(result.statistics, results[0].statistics, "synchronized: \(synchronized)")
                XCTAssertEqual(result.test, results[0].test, "synchronized: \(synchronized)")
                XCTAssertEqual(result.losses, results[0].losses, "synchronized: \(synchronized)")
            }
        }
    }

    /// The last batch of the epoch has fewer samples than there are ranks: those without take part in the sums.
    func testRanksWithoutSamplesTakePart() throws {
        let count = try EmbeddedDigits().load(root: nil).train.count
        let batch = (20..<64).first { (1...2).contains(count % $0) }!
        var experiment = Experiment(normalization: .init(synchronized: true), batch: batch)
        let stepsPerEpoch = (count - 1) / batch + 1
        experiment.steps = 3
        let alone = try experiment.run(ranks: 1, firstStep: stepsPerEpoch - 2)[0]
        for found in try experiment.run(ranks: 4, firstStep: stepsPerEpoch - 2) {
            assertClose(found.losses, alone.losses, within: 2e-4, "4 ranks, batch \(batch)")
        }
    }

    func testMicroBatchesGiveTheGradientOfTheBatch() throws {
        let whole = try Experiment().run(ranks: 1)[0]
        for microBatch in [1, 5, 8, 23, 24, 1000] {
            let pieces = try Experiment(microBatch: microBatch).run(ranks: 1)[0]
            // Later, as parameters drift apart by rounding, a value steps over the kink of a ReLU for some.
            assertClose(
                Array(pieces.losses.prefix(6)), Array(whole.losses.prefix(6)), within: 2e-6,
                "micro-batches of \(microBatch)")
            assertClose(pieces.losses, whole.losses, within: 1e-3, "micro-batches of \(microBatch)")
        }
        // Ranks with unlike numbers of pieces, too.
        let synchronized = BatchNormalization(synchronized: true)
        let results = try Experiment(normalization: synchronized, microBatch: 3, batch: 25).run(ranks: 4)
        for result in results { XCTAssertEqual(result.losses, results[0].losses) }
    }

    func testAugmentationDoesNotDependOnTheRanks() throws {
        let plain = try Experiment().run(ranks: 1)[0]
        var computed = Augmentation(flip: true, cutout: 2, seed: 5)
        computed.randomResizedCrop = RandomResizedCrop(scale: NumberRange(0.5, 1))
        computed.rotation = 10
        computed.randAugment = RandAugment(magnitude: 5)
        (computed.mixup, computed.cutmix) = (Mixup(), CutMix())
        for augmentation in [Augmentation(crop: 1, flip: true, cutout: 2, seed: 5), computed] {
            let alone = try Experiment(augmentation: augmentation).run(ranks: 1)[0]
            for ranks in 2...3 {
                let found = try Experiment(augmentation: augmentation).run(ranks: ranks)[0]
                assertClose(found.losses, alone.losses, within: 2e-5, "\(ranks) ranks")
            }
            XCTAssertGreaterThan(abs(plain.losses[8] - alone.losses[8]), 1e-2 * plain.losses[8])
        }
    }

    func testARangeTestRestoresRunningStatistics() throws {
        try InProcessCommunicator.run(ranks: 2) { communicator in
            let replica = try Experiment(normalization: .init()).replica(communicator)
            var statistics = CycleStatistics(classCount: 10)
            _ = try replica.step(0, rates: .uniform(0.01), statistics: &statistics)
            let before = (replica.network.exportStatistics(), try replica.network.exportParameters())
            _ = try replica.run(RangeTest(steps: 12, lowestRate: 1e-4, highestRate: 1e-2))
            XCTAssertEqual(replica.network.exportStatistics(), before.0)
            XCTAssertEqual(try replica.network.exportParameters(), before.1)
            try communicator.barrier()
        }
    }

    /// The profile has every layer, and what it measures adds nothing to the numbers.
    func testAProfiledStepIsTheSameStep() throws {
        let results = try InProcessCommunicator.run(ranks: 1) { communicator in
            try [false, true].map { profiled in
                let replica = try Experiment(normalization: .init()).replica(communicator)
                let profile = TrainingProfile()
                if profiled { replica.profile = profile }
                var statistics = CycleStatistics(classCount: 10)
                for step in 0..<3 { _ = try replica.step(step, rates: .uniform(0.01), statistics: &statistics) }
                if profiled {
                    let layers = Set(profile.steps.entries.map(\.label.layer))
                    for layer in ["0", "1", "3.branch.0", "3.branch.1", "5", "7"] {
                        XCTAssertTrue(layers.contains(layer), "\(layer) of \(layers)")
                    }
                    XCTAssertTrue(profile.steps.entries.allSatisfy { $0.count % 3 == 0 && $0.seconds > 0 })
                    let report = "\(ProfileReport(profile, steps: 3, peak: 1e11))"
                    for line in ["data", "loss", "optimizer", "reduction", "sum", "peak: 100.0 GFLOP/s"] {
                        XCTAssertTrue(report.contains("\n\(line)"), line)
                    }
                }
                return try replica.network.exportParameters()
            }
        }[0]
        XCTAssertEqual(results[0], results[1])
    }
}
