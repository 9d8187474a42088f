import Experiments
import Foundation
import MPI
import Training
import XCTest

final class ScalingTests: XCTestCase {
    func testLawsGiveBackTheFractionTheyWereMadeOf() {
        for fraction in [0, 0.01, 0.2, 1] {
            let counts = [1, 2, 4, 8, 64]
            let amdahl = counts.map { (ranks: $0, speedUp: 1 / (fraction + (1 - fraction) / Double($0))) }
            XCTAssertEqual(ScalingLaws.amdahl(amdahl), fraction, accuracy: 1e-12)
            for point in amdahl.dropFirst() {
                XCTAssertEqual(
                    ScalingLaws.karpFlatt(speedUp: point.speedUp, ranks: point.ranks), fraction, accuracy: 1e-12)
            }
            let gustafson = counts.map { (ranks: $0, speedUp: Double($0) - fraction * Double($0 - 1)) }
            XCTAssertEqual(ScalingLaws.gustafson(gustafson), fraction, accuracy: 1e-12)
        }
        XCTAssertTrue(ScalingLaws.karpFlatt(speedUp: 1, ranks: 1).isNaN)
        XCTAssertTrue(ScalingLaws.amdahl([(1, 1)]).isNaN)
    }

    func testAllReducesCostWhatTheirAlgorithmsSend() {
        let network = NetworkModel(name: "x", latency: 1e-6, secondsPerByte: 1e-9)
        XCTAssertEqual(network.fastestAllReduce(bytes: 1e6, ranks: 1).cost.seconds, 0)
        XCTAssertEqual(network.allReduce(bytes: 1e6, ranks: 4, .ring).seconds, 6e-6 + 1.5e-3, accuracy: 1e-12)
        XCTAssertEqual(
            network.allReduce(bytes: 1e6, ranks: 4, .recursiveDoubling).seconds, 2e-6 + 2e-3, accuracy: 1e-12)
        XCTAssertEqual(
            network.allReduce(bytes: 1e6, ranks: 4, .halvingDoubling).seconds, 4e-6 + 1.5e-3, accuracy: 1e-12)
        // Short ones go by the number of messages, long ones by their bytes.
        XCTAssertEqual(
            network.fastestAllReduce(bytes: 8, ranks: 1024).cost.seconds,
            network.allReduce(bytes: 8, ranks: 1024, .recursiveDoubling).seconds)
        XCTAssertEqual(
            network.fastestAllReduce(bytes: 1e9, ranks: 1024).cost.seconds,
            network.allReduce(bytes: 1e9, ranks: 1024, .halvingDoubling).seconds)
    }

    /// With each rank a node of its own gradients are exchanged by messages, which a backward pass of several layers can hide.
    func testOverlapIsTriedOrTakenAsConfigured() throws {
        for (overlap, isExpected) in [("off", false), ("on", true)] {
            let configuration = try Configuration(
                yaml: """
                    data: {format: digits}
                    model: {preset: mlp, hidden: [64, 64]}
                    training: {batch: 64}
                    reduction: {sharedMemory: false, overlap: \(overlap), bucket: 64}
                    """, name: "x.yaml")
            let found = try InProcessCommunicator.run(ranks: 2) { world in
                var study = ScalingStudy(configuration)
                (study.repetitions, study.steps, study.warmUp) = (1, 3, 1)
                return try study.measure(dataRoot: nil, over: world) { _ in }.measurements
            }[0]
            for one in found {
                XCTAssertEqual(one.overlaps, isExpected && one.ranks > 1, "\(overlap), \(one.ranks) ranks")
                if !one.overlaps { XCTAssertEqual(one.hidden, 0) }
                XCTAssertEqual(one.memory.ranksOfNode, 1)
            }
        }
    }

    func testAllNumbersOfRanksAreMeasured() throws {
        let configuration = try Configuration(
            yaml: """
                data: {format: digits}
                model: {preset: mlp, hidden: [16]}
                training: {batch: 64}
                """, name: "x.yaml")
        let outcomes = try InProcessCommunicator.run(ranks: 3) { world in
            var study = ScalingStudy(configuration)
            (study.repetitions, study.steps, study.warmUp) = (2, 4, 1)
            let outcome = try study.measure(dataRoot: nil, over: world) { _ in }
            try world.barrier()
            return (outcome.measurements, outcome.gradientBytes)
        }
        let found = outcomes[0].0
        XCTAssertEqual(found.map(\.kind), [.strong, .strong, .strong, .weak, .weak, .weak])
        XCTAssertEqual(found.map(\.ranks), [1, 2, 3, 1, 2, 3])
        XCTAssertEqual(found.map(\.batch), [64, 64, 64, 21, 42, 63])
        for one in found {
            XCTAssertEqual(one.stepSeconds.count, 8)
            XCTAssertGreaterThan(one.compute, 0)
            XCTAssertGreaterThan(one.backward, 0)
            XCTAssertLessThan(one.backward, one.compute)
            // One node: nothing is hidden, and its ranks share one copy of what is not their own.
            XCTAssertEqual(one.hidden, 0)
            XCTAssertFalse(one.overlaps)
            XCTAssertEqual(one.memory.ranksOfNode, one.ranks)
            XCTAssertEqual(one.memory.gradient, outcomes[0].1)
            XCTAssertGreaterThan(one.seconds, 0)
        }
        XCTAssertTrue(outcomes.allSatisfy { $0.0 == found && $0.1 == outcomes[0].1 })
        XCTAssertGreaterThanOrEqual(outcomes[0].1, 4 * (64 * 16 + 16 + 160 + 10))
    }
}
