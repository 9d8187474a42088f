import DataParallel
import InformationTheory
import LearningRate
import MPI
import MPITestSupport
import NeuralNetwork
import RandomNumbers
import XCTest

final class CycleStatisticsTests: XCTestCase {
    private static let classCount = 3

    func testReducedStatisticsAreThoseOfTheWhole() throws {
        try assertLaw { world, findings in
            let model = try SmallNetwork(classes: Self.classCount)
            // The last one has a sample that is not finite; of 2 samples some ranks have none.
            for (count, spoiled) in [(29, nil), (2, nil), (29, 17)] as [(Int, Int?)] {
                let whole = try Self.statistics(of: 0..<count, model, spoiled: spoiled)
                let share = count * world.rank / world.size..<count * (world.rank + 1) / world.size
                var statistics = try Self.statistics(of: share, model, spoiled: spoiled)
                try statistics.reduce(over: world)
                findings.expectEqual(statistics.confusion, whole.confusion)
                findings.expectEqual(statistics.loss, whole.loss)
                findings.expectEqual(Int(statistics.confusion.total), count)
                findings.expectEqual(statistics.loss.nonFiniteCount, spoiled == nil ? 0 : 1)

                let metrics = statistics.metrics(cycle: 4, step: 50, cycleLength: 0.5)
                findings.expectEqual(metrics.cycle, 4)
                findings.expectEqual(metrics.step, 50)
                findings.expectEqual(metrics.cycleLength, 0.5)
                findings.expectEqual(Int(metrics.sampleCount), count)
                findings.expectEqual(
                    metrics.loss.bitPattern, whole.loss.mean(over: count).bitPattern, "loss of \(count)")
                findings.expectEqual(metrics.mutualInformation, whole.confusion.information().mutualInformation)
            }
        }
    }

    func testStatisticsStartAnewAfterReset() throws {
        try assertLaw { world, findings in
            let model = try SmallNetwork(classes: Self.classCount)
            var statistics = try Self.statistics(of: 0..<7, model, spoiled: 3)
            try statistics.reduce(over: world)
            statistics.reset()
            findings.expectEqual(statistics.confusion, ConfusionMatrix(classCount: Self.classCount))
            findings.expectEqual(statistics.loss, BatchLoss())
            try Self.add(7..<9, of: model, spoiled: nil, to: &statistics)
            try statistics.reduce(over: world)
            let expected = try Self.statistics(of: 7..<9, model, spoiled: nil)
            findings.expectEqual(
                statistics.loss.fixedPointSum, expected.loss.fixedPointSum.map { Int64(world.size) * $0 }, "loss")
            findings.expectEqual(Int(statistics.confusion.total), 2 * world.size)
        }
    }

    /// The probabilities of each sample add up to 1, and their sum is the same however samples are parted.
    func testSoftPredictionsAreSummedExactly() throws {
        try assertLaw { world, findings in
            let model = try SmallNetwork(classes: Self.classCount)
            let settings = InformationSettings(predictions: .soft)
            let whole = try Self.statistics(of: 0..<29, model, spoiled: nil, settings)
            let share = 29 * world.rank / world.size..<29 * (world.rank + 1) / world.size
            var statistics = try Self.statistics(of: share, model, spoiled: nil, settings)
            try statistics.reduce(over: world)
            findings.expectEqual(statistics.soft, whole.soft)
            findings.expectEqual(statistics.confusion, whole.confusion)
            for (sum, count) in zip(whole.soft!.rowSums, whole.confusion.rowSums) {
                findings.expect(abs(Double(sum) * 0x1p-32 - Double(count)) < 1e-6, "\(sum) of \(count) samples")
            }
            let metrics = statistics.metrics(cycle: 0, step: 1, cycleLength: 1)
            let hard = whole.confusion.information()
            findings.expect(abs(metrics.labelEntropy - hard.labelEntropy) < 1e-8, "H(Y)")
            // Before training the probabilities say little, and less than none of the samples' error.
            findings.expect(
                metrics.mutualInformation > 0 && metrics.mutualInformation < hard.mutualInformation,
                "I of soft predictions \(metrics.mutualInformation), of hard ones \(hard.mutualInformation)")
            findings.expect(metrics.standardError > 0 && metrics.standardError < 1, "\(metrics.standardError)")
        }
    }

    /// A cell is the sum of the softmax of the logits of the samples with its label, each rounded to 2⁻³².
    func testSoftCellsAreSumsOfTheSoftmax() throws {
        let model = try SmallNetwork(classes: Self.classCount)
        let plan = try model.network.plan(batch: 1, mode: .inference)
        var statistics = CycleStatistics(
            classCount: Self.classCount, settings: InformationSettings(predictions: .soft))
        var expected = [Double](repeating: 0, count: 9)
        for sample in 0..<29 {
            for feature in plan.input.indices { plan.input[feature] = 20 * value(sample, feature) }
            plan.labels[0] = Int32((sample * 7 + 1) % Self.classCount)
            try plan.forward()
            let logits = plan.logits.map(Double.init)
            let largest = logits.max()!
            let sum = logits.reduce(0) { $0 + exp($1 - largest) }
            for (index, logit) in logits.enumerated() {
                expected[Int(plan.labels[0]) * 3 + index] += exp(logit - largest) / sum
            }
            statistics.add(plan, loss: plan.loss())
        }
        let soft = try XCTUnwrap(statistics.soft)
        for cell in 0..<9 {
            let found = Double(soft[cell / 3, cell % 3]) * 0x1p-32
            // The exponentials are of single precision.
            XCTAssertEqual(found, expected[cell], accuracy: 2e-6, "cell \(cell)")
        }
        // The cells differ, or any table would do.
        XCTAssertGreaterThan(expected.max()! - expected.min()!, 1)
    }

    /// Predictions that know nothing of 20,000 classes, half of them on either rank: nearly every cell is seen once.
    func testTwentyThousandClassesOfWhichNothingIsKnown() throws {
        let (classes, samples): (UInt64, UInt64) = (20_000, 1_000_000)
        let found = try InProcessCommunicator.run(ranks: 2) { world in
            let labels = RandomStream(seed: 11, purpose: .syntheticSample, stream: 0)
            let predictions = RandomStream(seed: 11, purpose: .syntheticSample, stream: 1)
            var table = ContingencyTable(rowCount: Int(classes), columnCount: Int(classes))
            let half = samples / 2
            for sample in UInt64(world.rank) * half..<UInt64(world.rank + 1) * half {
                table.add(
                    row: Int(labels.integer(sample, below: classes)),
                    column: Int(predictions.integer(sample, below: classes)))
            }
            try table.reduce(over: world)
            return table
        }
        XCTAssertEqual(found[0], found[1])
        let table = found[0]
        XCTAssertEqual(table.total, Int64(samples))
        // 16 bytes a cell, in a power of two of places of which at most two thirds are taken.
        XCTAssertLessThanOrEqual(table.byteCount, 16 << 21)
        // The plug-in estimate takes for known nearly all that it can: H(Y) + H(Ŷ) less the logarithm of the samples.
        XCTAssertEqual(
            table.information().mutualInformation, 2 * log(Double(classes)) - log(Double(samples)), accuracy: 0.1)
        XCTAssertLessThan(table.information(.shuffle).mutualInformation, 0.05)
    }

    func testATableOfCellsSeenIsMergedExactly() throws {
        try assertLaw { world, findings in
            let classes = 3000
            func table(_ samples: Range<Int>) -> ContingencyTable {
                var table = ContingencyTable(rowCount: classes, columnCount: classes)
                for sample in samples { table.add(row: sample * sample % classes, column: sample % 7) }
                return table
            }
            for count in [5000, 2] {
                var part = table(count * world.rank / world.size..<count * (world.rank + 1) / world.size)
                try part.reduce(over: world)
                findings.expectEqual(part, table(0..<count), "\(count) samples")
            }
        }
    }

    private static func statistics(
        of samples: Range<Int>, _ model: SmallNetwork, spoiled: Int?,
        _ settings: InformationSettings = InformationSettings()
    ) throws -> CycleStatistics {
        var statistics = CycleStatistics(classCount: classCount, settings: settings)
        try add(samples, of: model, spoiled: spoiled, to: &statistics)
        return statistics
    }

    /// One by one, so that a sample's logits do not depend on its batch.
    private static func add(
        _ samples: Range<Int>, of model: SmallNetwork, spoiled: Int?, to statistics: inout CycleStatistics
    ) throws {
        let plan = try model.network.plan(batch: 1, mode: .inference)
        for sample in samples {
            for feature in plan.input.indices {
                plan.input[feature] = sample == spoiled ? .nan : value(sample, feature)
            }
            plan.labels[0] = Int32((sample * 7 + 1) % classCount)
            try plan.forward()
            statistics.add(plan, loss: plan.loss())
        }
    }
}
