import CKernels
import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// Cross-entropy with a weight for each class.
final class WeightedCrossEntropyTests: XCTestCase {
    private struct Case: Decodable {
        struct Waves: Decodable {
            let logits: Wave
        }
        let batch, classes: Int
        let labelSmoothing: Float
        let waves: Waves
        let labels: [Int32]
        let weights: [Double]
        let meanLoss: Double
        let logitsGradient: [Double]
    }

    private func crossEntropy(
        _ logits: [Float], labels: [Int32], weights: [Float], smoothing: Float, scale: Float
    ) -> (loss: BatchLoss, gradient: [Float], predictions: [Int32]) {
        var gradient = [Float](repeating: .nan, count: logits.count)
        var predictions = [Int32](repeating: -1, count: labels.count)
        var nonFinite: Int64 = 0
        var sums = [Int64](repeating: 0, count: 8)
        kernels_weighted_cross_entropy(
            logits, labels, weights, Int64(labels.count), Int64(logits.count / labels.count), smoothing, scale,
            &gradient, &predictions, &sums, &nonFinite)
        return (BatchLoss(digits: SIMD8(sums), nonFiniteCount: nonFinite), gradient, predictions)
    }

    /// `CrossEntropyLoss(weight=, label_smoothing=)`, whatever the samples that the weights are scaled by.
    func testPyTorchNumbers() throws {
        for golden in try Golden<Case>.cases(of: "weighted_cross_entropy.json") {
            let name = "[\(golden.batch), \(golden.classes)], ε \(golden.labelSmoothing)"
            let logits = golden.waves.logits.values(golden.batch * golden.classes)
            for counts in [
                [Int64](repeating: 1, count: golden.classes), (0..<golden.classes).map { Int64(3 + 7 * $0) },
            ] {
                let weights = ClassWeights(golden.weights, counts: counts)
                let sum = golden.labels.reduce(0.0) { $0 + Double(weights.values[Int($1)]) }
                let found = crossEntropy(
                    logits, labels: golden.labels, weights: weights.values, smoothing: golden.labelSmoothing,
                    scale: Float(1 / sum))
                XCTAssertEqual(
                    found.loss.mean(over: sum), golden.meanLoss,
                    accuracy: 0x1p-23 * (2 * golden.waves.logits.amplitude + 2), name)
                XCTAssertLessThan(relativeError(found.gradient, golden.logitsGradient), 2e-6, name)
            }
        }
    }

    func testEqualWeightsAreNone() {
        let (batch, classes) = (9, 11)
        let logits = uniform(batch * classes, in: 5, fill: 2)
        let labels = cyclicLabels(batch, classes: classes)
        let weights = ClassWeights([Double](repeating: 0.125, count: classes), counts: (0..<11).map { 5 + $0 })
        XCTAssertEqual(weights.values, [Float](repeating: 1, count: classes))
        for smoothing: Float in [0, 0.2] {
            let found = crossEntropy(
                logits, labels: labels, weights: weights.values, smoothing: smoothing, scale: 0.5)
            var gradient = [Float](repeating: .nan, count: logits.count)
            var predictions = [Int32](repeating: -1, count: batch)
            var nonFinite: Int64 = 0
            var sums = [Int64](repeating: 0, count: 8)
            kernels_softmax_cross_entropy(
                logits, labels, Int64(batch), Int64(classes), smoothing, 0.5, &gradient, &predictions, &sums, &nonFinite
            )
            let plain = BatchLoss(digits: SIMD8(sums), nonFiniteCount: nonFinite)
            XCTAssertEqual(found.loss.mean(over: batch), plain.mean(over: batch), accuracy: 1e-6)
            XCTAssertLessThan(relativeError(found.gradient, gradient.map(Double.init)), 1e-6)
            XCTAssertEqual(found.predictions, predictions)
        }
    }

    /// Huge losses are summed, and what is not finite is counted.
    func testLogitsThatOverflow() {
        let largest = Float.greatestFiniteMagnitude
        let huge = crossEntropy([largest, -largest], labels: [1], weights: [1, 4], smoothing: 0, scale: 1)
        XCTAssertEqual(huge.loss.mean(over: 1), 8 * Double(largest), accuracy: 1e32)
        XCTAssertTrue(huge.gradient.allSatisfy(\.isFinite))
        let none = crossEntropy(
            [.nan, 0, .infinity, 0, 0, 0], labels: [1, 0, 0], weights: [1, 4], smoothing: 0.1, scale: 1)
        XCTAssertEqual(none.loss.nonFiniteCount, 2)
    }

    /// scikit-learn's `compute_class_weight("balanced")`: N / (K · N of the class). Their mean over the samples is 1, and sums are
    /// exact.
    func testBalance() {
        let weights = ClassWeights(balancing: [2, 6, 0])
        XCTAssertEqual(weights.values[0], 2)
        XCTAssertEqual(weights.values[1], 2 / 3, accuracy: 1e-7)
        XCTAssertEqual(weights.values[2], 1)
        for label: Int32 in 0..<3 {
            XCTAssertEqual(Double(weights.units(ofClass: label)) * 0x1p-24, Double(weights.values[Int(label)]))
        }
        XCTAssertEqual(weights.units(ofCounts: [2, 6, 0]), 4 << 24 + 6 * weights.units(ofClass: 1))
        XCTAssertEqual(Double(weights.units(ofCounts: [2, 6, 0])) * 0x1p-24, 8, accuracy: 1e-6)
        XCTAssertEqual(ClassWeights([1e-4, 1e4], counts: [1, 1 << 40]).units(ofClass: 0), 1)
    }
}
