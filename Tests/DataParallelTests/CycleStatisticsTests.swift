import DataParallel
import InformationTheory
import MPI
import MPITestSupport
import NeuralNetwork
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
                statistics.loss.fixedPointSum, Int64(world.size) * expected.loss.fixedPointSum, "loss")
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
