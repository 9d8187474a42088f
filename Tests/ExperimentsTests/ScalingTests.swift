import Experiments
import Foundation
import MPI
import RandomNumbers
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
        XCTAssertEqual(network.allReduceSeconds(bytes: 1e6, ranks: 1), 0)
        XCTAssertEqual(network.allReduceSeconds(bytes: 1e6, ranks: 4, .ring), 6e-6 + 1.5e-3, accuracy: 1e-12)
        XCTAssertEqual(
            network.allReduceSeconds(bytes: 1e6, ranks: 4, .recursiveDoubling), 2e-6 + 2e-3, accuracy: 1e-12)
        XCTAssertEqual(
            network.allReduceSeconds(bytes: 1e6, ranks: 4, .halvingDoubling), 4e-6 + 1.5e-3, accuracy: 1e-12)
        // Short ones go by the number of messages, long ones by their bytes.
        XCTAssertEqual(
            network.allReduceSeconds(bytes: 8, ranks: 1024),
            network.allReduceSeconds(bytes: 8, ranks: 1024, .recursiveDoubling))
        XCTAssertEqual(
            network.allReduceSeconds(bytes: 1e9, ranks: 1024),
            network.allReduceSeconds(bytes: 1e9, ranks: 1024, .halvingDoubling))
    }

    private func measurement(
        _ kind: ScalingMeasurement.Kind, ranks: Int, batch: Int, spread: Double, seed: UInt64 = 3
    ) throws -> ScalingMeasurement {
        // Decoded, as a report does: made of a rank's own 1 ms + 0.1 ms a sample.
        let compute = 1e-3 + 1e-4 * Double(batch / ranks)
        let stream = RandomStream(seed: seed, purpose: .syntheticNoise, stream: 0)
        let steps = (0..<400).map { compute * (1 + spread * Double(stream.uniformFloat(UInt64($0)))) }
        let text = """
            {"kind":"\(kind.rawValue)","ranks":\(ranks),"batch":\(batch),"stepSeconds":\(steps),"data":0,"compute":\(compute),\
            "reduction":0,"waiting":0,"optimizer":0,"mutualInformation":0}
            """
        return try JSONDecoder().decode(ScalingMeasurement.self, from: Data(text.utf8))
    }

    private func model(spread: Double) throws -> ScalingModel {
        ScalingModel(
            try [
                measurement(.strong, ranks: 1, batch: 256, spread: spread),
                measurement(.strong, ranks: 2, batch: 256, spread: spread),
                measurement(.weak, ranks: 1, batch: 64, spread: spread),
            ], gradientBytes: 4_000_000, network: NetworkModel.presets.first { $0.name == "100gbe" }!, ranksPerNode: 1)
    }

    func testTheModelKnowsWhatItWasMadeOf() throws {
        let model = try model(spread: 0)
        XCTAssertEqual(model.arithmetic.constant, 1e-3, accuracy: 1e-9)
        XCTAssertEqual(model.arithmetic.perSample, 1e-4, accuracy: 1e-10)
        XCTAssertEqual(model.straggling(ranks: 4096), 1, accuracy: 1e-12)
        XCTAssertEqual(model.step(ranks: 1, batch: 100).seconds, 11e-3, accuracy: 1e-8)
        XCTAssertEqual(model.efficiency(.strong, ranks: 1, batch: 256), 1, accuracy: 1e-12)
        // Where it says that the efficiency falls under 80 %, it does.
        let limit = try XCTUnwrap(model.limit(.strong, batch: 4096))
        XCTAssertLessThan(model.efficiency(.strong, ranks: limit.ranks, batch: 4096), 0.8)
        XCTAssertGreaterThanOrEqual(model.efficiency(.strong, ranks: limit.ranks / 2, batch: 4096), 0.8)
        XCTAssertFalse(limit.advice.isEmpty)
    }

    /// The largest of P even draws in 0 ..< s is s · P / (P + 1) on average.
    func testStragglersAreTheLargestOfTheDraws() throws {
        let model = try model(spread: 0.2)
        for ranks in [2, 16, 128] {
            let middle = 1 + 0.2 * 0.5
            let expected = (1 + 0.2 * Double(ranks) / Double(ranks + 1)) / middle
            XCTAssertEqual(model.straggling(ranks: ranks), expected, accuracy: 0.01)
        }
    }

    /// The closed form is that of a step whose ranks and messages are gone through one by one.
    func testTheModelIsWithinTenPercentOfASimulationOfItsSchedule() throws {
        for spread in [0, 0.05, 0.5] {
            let model = try model(spread: spread)
            for (ranks, each) in [(16, 64), (256, 8), (4096, 64), (4096, 1)] {
                let step = model.step(ranks: ranks, batch: ranks * each)
                var simulated = 0.0
                let runs = 20
                for run in 0..<runs {
                    let stream = RandomStream(seed: 5, purpose: .syntheticNoise, stream: UInt64(run))
                    simulated += model.simulate(ranks: ranks, batch: ranks * each) {
                        Double(stream.uniformFloat(UInt64($0)))
                    }
                }
                simulated /= Double(runs)
                let predicted = step.seconds - step.update - step.fixed
                XCTAssertEqual(
                    predicted / simulated, 1, accuracy: 0.1, "\(ranks) ranks, \(each) samples, spread \(spread)")
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
            XCTAssertGreaterThan(one.seconds, 0)
        }
        XCTAssertTrue(outcomes.allSatisfy { $0.0 == found && $0.1 == outcomes[0].1 })
        XCTAssertGreaterThanOrEqual(outcomes[0].1, 4 * (64 * 16 + 16 + 160 + 10))
    }
}
