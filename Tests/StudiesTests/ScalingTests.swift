import Foundation
import MPI
import Runs
import Studies
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

    /// A measurement is of what a training would take, and what that refuses is refused.
    func testTheDataAreReviewedOnce() throws {
        func study(_ overrides: [String]) throws -> [(told: [String], warnings: [String], error: String?)] {
            let configuration = try Configuration(
                yaml: """
                    data: {format: digits}
                    model: {layers: [flatten, {dense: {units: 8}}, batchNormalization, relu, {dense: {units: 10}}]}
                    training: {batch: 64}
                    """, name: "x.yaml", overrides: overrides)
            return try InProcessCommunicator.run(ranks: 2) { world in
                var study = ScalingStudy(configuration)
                (study.repetitions, study.steps, study.warmUp) = (2, 2, 1)
                var told: [String] = []
                var warnings: [String] = []
                do {
                    _ = try study.measure(
                        dataRoot: nil, over: world, warn: { warnings.append("\($0)") }, report: { told.append($0) })
                } catch let error as AgreedError {
                    return (told, warnings, error.message)
                }
                return (told, warnings, nil)
            }
        }
        let large = try study(["training.batch=2000"])
        XCTAssertEqual(large[0].warnings.count, 1, "\(large)")
        XCTAssertTrue(large[0].warnings[0].hasPrefix("training.batch: 2000 is more than "), "\(large)")
        XCTAssertEqual(large[0].told.count { $0.hasPrefix("classes (training/test): 0 ") }, 1, "\(large)")
        XCTAssertEqual(large[0].told.last, "repetition 2 of 2")
        XCTAssertTrue(large[1].told.isEmpty && large[1].warnings.isEmpty)
        for one in try study(["training.batch=2"]) {
            XCTAssertTrue(one.error?.contains("found 1 in a batch of 2 on 2 ranks: ") == true, "\(one)")
            XCTAssertFalse(one.told.contains { $0.hasPrefix("repetition") })
        }
        for one in try study(["training.batch=2000", "data.warnings=error"]) {
            XCTAssertTrue(one.error?.hasSuffix("(a warning; data.warnings is error)") == true, "\(one)")
        }
    }

    /// What rates of layers ask for is a part of what ends a cycle, and as much a step as there are samples on a rank.
    func testWhatTheLayersKnowIsMeasured() throws {
        let configuration = try Configuration(
            yaml: """
                data: {format: digits}
                model: {preset: mlp, hidden: [16]}
                training: {batch: 64, cycle: 2}
                learningRate: {schedule: mutual-information, bounds: {min: 0.001, max: 0.1}, layers: {share: 0.5}}
                """, name: "x.yaml")
        let (found, reduction) = try InProcessCommunicator.run(ranks: 2) { world in
            var study = ScalingStudy(configuration)
            (study.repetitions, study.steps, study.warmUp) = (1, 2, 1)
            return (
                try study.measure(dataRoot: nil, over: world) { _ in }.measurements,
                try ReductionMeasurement.measure(bytes: 1000, bucketBytes: 64, sharesMemory: true, over: world)
            )
        }[0]
        XCTAssertEqual(found.count, 4)
        for one in found { XCTAssertGreaterThan(one.layers, 0) }
        let model = ScalingModel(found, gradientBytes: 1000, network: NetworkModel.presets[0], ranksPerNode: 4)
        let (one, four) = (model.step(ranks: 1, batch: 64), model.step(ranks: 4, batch: 64))
        XCTAssertEqual(one.layers / four.layers, 4, accuracy: 1e-9)
        let alone = found.filter { $0.ranks == 1 }
        XCTAssertEqual(alone.map(\.batch), [64, 32])
        XCTAssertEqual(one.layers * (64 + 32) / 64, alone.reduce(0) { $0 + $1.layers }, accuracy: 1e-12)
        let report = ScalingReport(
            found, reduction: reduction, local: model, models: [], batch: 64, threads: 1)
        XCTAssertTrue(report.markdown(title: "x", circumstances: []).contains("| MI of layers |"))
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
            XCTAssertEqual(one.layers, 0)
            XCTAssertFalse(one.overlaps)
            XCTAssertEqual(one.memory.ranksOfNode, one.ranks)
            XCTAssertEqual(one.memory.gradient, outcomes[0].1)
            XCTAssertGreaterThan(one.seconds, 0)
            // Parts and whole are means over the same steps: however uneven these are, no more than the whole.
            XCTAssertGreaterThan(one.shareOfParts, 0)
            XCTAssertLessThanOrEqual(one.shareOfParts, 1.0001)
        }
        XCTAssertTrue(outcomes.allSatisfy { $0.0 == found && $0.1 == outcomes[0].1 })
        XCTAssertGreaterThanOrEqual(outcomes[0].1, 4 * (64 * 16 + 16 + 160 + 10))
    }
}
