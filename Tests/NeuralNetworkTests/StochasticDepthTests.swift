import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// Samples are dropped whole, as often as the rate says, and the same ones however the batch is cut.
final class StochasticDepthTests: XCTestCase {
    private let shape = [3, 2, 2]

    /// What comes out of ones: the factor of each sample.
    private func factors(
        rate: Double, _ samples: Range<Int>, step: Int = 4, layersInFront: Int = 0, seed: UInt64 = 3,
        mode: ExecutionPlan.Mode = .training
    ) throws -> [Float] {
        let layers = [any LayerSpecification](repeating: ReLU(), count: layersInFront) + [StochasticDepth(rate: rate)]
        let test = try TestNetwork(
            NetworkSpecification(inputShape: shape, layers: layers), maximumBatch: samples.count, seed: seed)
        let values = try test.logits(
            [Float](repeating: 1, count: samples.count * 12), batch: samples.count, mode: mode,
            position: BatchPosition(step: step, firstSample: samples.lowerBound))
        return try samples.indices.map { index in
            let sample = (index - samples.startIndex) * 12
            let own = Set(values[sample..<sample + 12])
            XCTAssertEqual(own.count, 1, "sample \(index)")
            return try XCTUnwrap(own.first)
        }
    }

    func testAShareOfSamplesIsDroppedAndTheOthersAreScaled() throws {
        for rate in [0.1, 0.5, 0.8] {
            let found = try factors(rate: rate, 0..<2000)
            XCTAssertEqual(Set(found), [0, 1 / (1 - Float(rate))])
            // Five standard deviations.
            let share = Double(found.count { $0 == 0 }) / 2000
            XCTAssertEqual(share, rate, accuracy: 5 * (rate * (1 - rate) / 2000).squareRoot())
        }
    }

    func testAnySplitOfABatchDropsTheSameSamples() throws {
        let whole = try factors(rate: 0.5, 7..<39)
        XCTAssertEqual(try factors(rate: 0.5, 7..<12) + factors(rate: 0.5, 12..<39), whole)
        XCTAssertEqual(try (7..<39).flatMap { try factors(rate: 0.5, $0..<$0 + 1) }, whole)
    }

    func testSeedStepAndLayerDecide() throws {
        let draws = [
            try factors(rate: 0.5, 0..<64), try factors(rate: 0.5, 0..<64, step: 5),
            try factors(rate: 0.5, 0..<64, layersInFront: 1), try factors(rate: 0.5, 0..<64, seed: 4),
        ]
        XCTAssertEqual(Set(draws).count, 4)
    }

    func testInferenceDropsNothing() throws {
        XCTAssertEqual(Set(try factors(rate: 0.5, 0..<64, mode: .inference)), [1])
    }
}
