import DataParallel
import LearningRate
import MPI
import MPITestSupport
import NeuralNetwork
import XCTest

final class LayerStatisticsTests: XCTestCase {
    private static let classCount = 3

    func testReducedStatisticsAreThoseOfTheWhole() throws {
        try assertLaw { world, findings in
            let model = try SmallNetwork(classes: Self.classCount)
            let alone = try world.split(color: world.rank, key: 0)!
            // Some ranks have none of 2 samples.
            for count in [29, 2] {
                for measure in [LayerMeasure.prototype, .winner] {
                    // The second measurement has the means of the first.
                    var (means, wholeMeans): (ClassMeans?, ClassMeans?)
                    for round in 0..<2 {
                        let (first, what) = (round * count, "\(measure), \(count) samples, round \(round)")
                        let whole = try Self.statistics(
                            of: first..<first + count, model, measure, wholeMeans, over: alone)
                        let share = count * world.rank / world.size..<count * (world.rank + 1) / world.size
                        let statistics = try Self.statistics(
                            of: first + share.lowerBound..<first + share.upperBound, model, measure, means, over: world)
                        findings.expectEqual(statistics.metrics, whole.metrics, what)
                        findings.expectEqual(statistics.means, whole.means, what)
                        findings.expectEqual(
                            statistics.metrics.map(\.layer),
                            round == 0 && measure == .prototype ? [] : model.network.layout.layers, what)
                        (means, wholeMeans) = (statistics.means, whole.means)
                    }
                    findings.expectEqual(means == nil, measure == .winner)
                }
            }
        }
    }

    /// Labels that follow from the sign of the first feature are known to the prototypes of every layer.
    func testPrototypesKnowWhatTheFeaturesTell() throws {
        try InProcessCommunicator.run(ranks: 1) { alone in
            let model = try SmallNetwork(classes: 2)
            let plan = try model.network.plan(batch: 1, mode: .probing)
            var known: [[LayerMetrics]] = []
            for tells in [true, false] {
                var means: ClassMeans?
                var metrics: [LayerMetrics] = []
                for round in 0..<2 {
                    var statistics = LayerStatistics(classCount: 2, measure: .prototype, previous: means)
                    for sample in round * 200..<(round + 1) * 200 {
                        for feature in plan.input.indices { plan.input[feature] = 0.1 * value(sample, feature) }
                        plan.labels[0] = Int32(sample % 2)
                        if tells { plan.input[0] = sample % 2 == 0 ? 1 : -1 }
                        try plan.forward()
                        statistics.add(plan)
                    }
                    try statistics.reduce(over: alone, like: plan)
                    (means, metrics) = (statistics.means, statistics.metrics)
                }
                known.append(metrics)
            }
            XCTAssertEqual(known.map(\.count), [3, 3])
            for layer in known[0] {
                XCTAssertEqual(layer.labelEntropy, 0.693, accuracy: 0.02)
                XCTAssertGreaterThan(layer.mutualInformation, 0.6, "layer \(layer.layer)")
            }
            for layer in known[1] { XCTAssertLessThan(layer.mutualInformation, 0.05, "layer \(layer.layer)") }
        }
    }

    /// A class without samples has no prototype, so that nothing is near it.
    func testAClassThatWasNotSeenIsNotFound() throws {
        try InProcessCommunicator.run(ranks: 1) { alone in
            let model = try SmallNetwork(classes: Self.classCount)
            let plan = try model.network.plan(batch: 1, mode: .probing)
            var seen = LayerStatistics(classCount: Self.classCount, measure: .prototype)
            for feature in plan.input.indices { plan.input[feature] = value(0, feature) }
            plan.labels[0] = 1
            try plan.forward()
            seen.add(plan)
            try seen.reduce(over: alone, like: plan)
            let found = try Self.statistics(of: 0..<20, model, .prototype, seen.means, over: alone)
            // All go to the one prototype there is: nothing is told.
            for layer in found.metrics { XCTAssertEqual(layer.mutualInformation, 0) }
        }
    }

    /// Outputs by hand, of 8 samples: label 0 has the winners 0 0 0 1, label 1 the winners 0 1 1 2.
    func testWinnersOfKnownOutputs() throws {
        try InProcessCommunicator.run(ranks: 1) { alone in
            let model = try SmallNetwork(classes: 2)
            let plan = try model.network.plan(batch: 8, mode: .probing)
            let winners = [0, 0, 0, 1, 0, 1, 1, 2]
            for (sample, winner) in winners.enumerated() {
                plan.labels[sample] = sample < 4 ? 0 : 1
                for output in plan.layerOutputs {
                    let units = output.values.count / 8
                    // The second unit of the last layer, which has two, wins in place of the third.
                    for unit in 0..<units {
                        output.values[sample * units + unit] = unit == min(winner, units - 1) ? 0.5 : -1 - Float(unit)
                    }
                }
            }
            var statistics = LayerStatistics(classCount: 2, measure: .winner)
            statistics.add(plan)
            try statistics.reduce(over: alone, like: plan)
            // Frequencies 3/8 1/8 0 and 1/8 2/8 1/8; sums 1/2 1/2 and 4/8 3/8 1/8.
            func entropy(_ shares: [Double]) -> Double { -shares.reduce(0) { $0 + $1 * log($1) } }
            let joint = entropy([3 / 8, 1 / 8, 1 / 8, 2 / 8, 1 / 8])
            let plugIn = log(2) + entropy([4 / 8, 3 / 8, 1 / 8]) - joint
            // Miller and Madow: (2 − 1) + (3 − 1) − (5 − 1) outcomes, over 2 · 8 samples.
            XCTAssertEqual(statistics.metrics.count, 3)
            for layer in statistics.metrics.prefix(2) {
                XCTAssertEqual(layer.labelEntropy, log(2) + 1 / 16, accuracy: 1e-14)
                XCTAssertEqual(layer.mutualInformation, plugIn - 1 / 16, accuracy: 1e-14)
            }
            // 3/8 1/8 and 1/8 3/8: (2 − 1) + (2 − 1) − (4 − 1).
            let ofTwo = 2 * log(2) - entropy([3 / 8, 1 / 8, 1 / 8, 3 / 8]) - 1 / 16
            XCTAssertEqual(statistics.metrics[2].mutualInformation, ofTwo, accuracy: 1e-14)
        }
    }

    /// Collective.
    private static func statistics(
        of samples: Range<Int>, _ model: SmallNetwork, _ measure: LayerMeasure, _ previous: ClassMeans?,
        over communicator: any Communicator
    ) throws -> LayerStatistics {
        let plan = try model.network.plan(batch: 1, mode: .probing)
        var statistics = LayerStatistics(classCount: classCount, measure: measure, previous: previous)
        for sample in samples {
            for feature in plan.input.indices { plan.input[feature] = value(sample, feature) }
            plan.labels[0] = Int32((sample * 7 + 1) % classCount)
            try plan.forward()
            statistics.add(plan)
        }
        try statistics.reduce(over: communicator, like: plan)
        return statistics
    }
}
