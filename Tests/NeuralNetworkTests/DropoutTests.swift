import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

final class DropoutTests: XCTestCase {
    /// What dropout makes of ones, `[N, features]`; as layer `index` behind layers that keep ones as they are.
    private func dropout(
        rate: Double, features: Int, batch: Int, seed: UInt64 = 3, index: Int = 0, step: Int = 0, firstSample: Int = 0,
        mode: ExecutionPlan.Mode = .training
    ) throws -> [Float] {
        let layers = [any LayerSpecification](repeating: ReLU(), count: index) + [Dropout(rate: rate)]
        let test = try TestNetwork(
            NetworkSpecification(inputShape: [features], layers: layers), maximumBatch: batch, seed: seed)
        return try test.logits(
            [Float](repeating: 1, count: batch * features), batch: batch, mode: mode,
            position: BatchPosition(step: step, firstSample: firstSample))
    }

    /// The masks of a global batch are the same however it is cut.
    func testMasksDependOnThePlaceInTheGlobalBatch() throws {
        for features in [1, 7, 8, 17, 64] {
            let whole = try dropout(rate: 0.5, features: features, batch: 16, step: 4, firstSample: 100)
            for cut in [1, 5, 8] {
                let first = try dropout(rate: 0.5, features: features, batch: cut, step: 4, firstSample: 100)
                let second = try dropout(
                    rate: 0.5, features: features, batch: 16 - cut, step: 4, firstSample: 100 + cut)
                XCTAssertEqual(first + second, whole, "\(features) features, cut at \(cut)")
            }
        }
    }

    /// Seed, layer, step and place each give masks that agree in half of the places and no more.
    func testMasksOfAnotherSeedLayerStepOrPlaceAreIndependent() throws {
        let (features, batch) = (64, 64)
        let base = try dropout(rate: 0.5, features: features, batch: batch)
        XCTAssertEqual(base, try dropout(rate: 0.5, features: features, batch: batch))
        let others = [
            ("seed", try dropout(rate: 0.5, features: features, batch: batch, seed: 4)),
            ("layer", try dropout(rate: 0.5, features: features, batch: batch, index: 1)),
            ("step", try dropout(rate: 0.5, features: features, batch: batch, step: 1)),
            ("place", try dropout(rate: 0.5, features: features, batch: batch, firstSample: 64)),
            ("next sample", try dropout(rate: 0.5, features: features, batch: batch, firstSample: 1)),
        ]
        let count = Double(features * batch)
        for (what, other) in others {
            let agreeing = zip(base, other).count { $0 == $1 }
            // Binomial: five standard deviations.
            XCTAssertEqual(Double(agreeing), count / 2, accuracy: 5 * (count / 4).squareRoot(), what)
        }
    }

    func testFrequencyAndMean() throws {
        let (features, batch) = (100, 500)
        let count = Double(features * batch)
        for rate in [0.001, 0.1, 0.5, 0.9, 0.999] {
            let values = try dropout(rate: rate, features: features, batch: batch)
            let dropped = Double(values.count { $0 == 0 })
            let probability = (Double(Float(rate)) * 65536).rounded() / 65536
            let deviation = (count * probability * (1 - probability)).squareRoot()
            XCTAssertEqual(dropped, count * probability, accuracy: 5 * deviation, "rate \(rate)")
            // Every kept value is scaled so that the expectation is 1, to rounding.
            let kept = Set(values).subtracting([0])
            XCTAssertEqual(kept.count, 1, "rate \(rate)")
            XCTAssertEqual(Double(kept.first!) * (1 - probability), 1, accuracy: 2e-7, "rate \(rate)")
            let mean = values.reduce(0) { $0 + Double($1) } / count
            XCTAssertEqual(mean, 1, accuracy: 5 * deviation / count / (1 - probability) + 1e-6, "rate \(rate)")
        }
    }

    func testInferenceIsTheIdentity() throws {
        let ones = [Float](repeating: 1, count: 5 * 17)
        XCTAssertEqual(try dropout(rate: 0.5, features: 17, batch: 5, mode: .inference), ones)
        XCTAssertEqual(try dropout(rate: 0, features: 17, batch: 5, mode: .training), ones)
    }

    /// Not even a rate within 2⁻¹⁷ of 1 drops everything.
    func testRateNearOneKeepsSomething() throws {
        let values = try dropout(rate: 0.999_999, features: 1000, batch: 600)
        XCTAssertGreaterThan(values.count { $0 != 0 }, 0)
        XCTAssert(values.allSatisfy { $0 == 0 || $0 == 65536 })
    }
}
