import CKernels
import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

final class CrossEntropyTests: XCTestCase {
    /// What the kernel gives for `logits`, `[N, K]`.
    private func crossEntropy(
        _ logits: [Float], labels: [Int32], smoothing: Float = 0, scale: Float = 1
    ) -> (loss: BatchLoss, gradient: [Float], predictions: [Int32]) {
        var gradient = [Float](repeating: .nan, count: logits.count)
        var predictions = [Int32](repeating: -1, count: labels.count)
        var nonFinite: Int64 = 0
        var sums = [Int64](repeating: 0, count: 8)
        kernels_softmax_cross_entropy(
            logits, labels, Int64(labels.count), Int64(logits.count / labels.count), smoothing, scale, &gradient,
            &predictions, &sums, &nonFinite)
        return (BatchLoss(digits: SIMD8(sums), nonFiniteCount: nonFinite), gradient, predictions)
    }

    private struct Case: Decodable {
        struct Waves: Decodable {
            let logits: Wave
        }
        let batch, classes: Int
        let labelSmoothing: Float
        let waves: Waves
        let labels: [Int32]
        let meanLoss: Double
        let losses, logitsGradient: [Double]
    }

    /// Logits of ±3 and of ±80, where exp overflows a float unless the largest logit is subtracted first.
    func testPyTorchNumbers() throws {
        for golden in try Golden<Case>.cases(of: "cross_entropy.json") {
            let (batch, classes) = (golden.batch, golden.classes)
            let name = "[\(batch), \(classes)] of ±\(golden.waves.logits.amplitude), ε \(golden.labelSmoothing)"
            let logits = golden.waves.logits.values(batch * classes)
            let found = crossEntropy(
                logits, labels: golden.labels, smoothing: golden.labelSmoothing, scale: 1 / Float(batch))
            // A loss is made of differences of logits, rounded to 2⁻²⁴ of up to twice the amplitude, and of exponentials
            // within 2 units of 2⁻²⁴; the sum of both is below 2⁻²⁴ (2 amplitude + 2).
            let accuracy = 0x1p-24 * (2 * golden.waves.logits.amplitude + 2)
            XCTAssertEqual(found.loss.mean(over: batch), golden.meanLoss, accuracy: accuracy, name)
            XCTAssertEqual(found.loss.nonFiniteCount, 0, name)
            // The largest error seen is 7 · 10⁻⁷.
            XCTAssertLessThan(relativeError(found.gradient, golden.logitsGradient), 2e-6, name)

            for (sample, label) in golden.labels.enumerated() {
                let row = Array(logits[sample * classes..<(sample + 1) * classes])
                let one = crossEntropy(row, labels: [label], smoothing: golden.labelSmoothing)
                XCTAssertEqual(one.loss.mean(over: 1), golden.losses[sample], accuracy: accuracy, name)
                XCTAssertEqual(Int(found.predictions[sample]), row.firstIndex(of: row.max()!), name)
            }
        }
    }

    /// The same through a plan: the weights of a layer that is fed the unit matrix are its logits.
    func testPlanGivesTheKernelsNumbers() throws {
        let (batch, classes) = (5, 37)
        let logits = uniform(batch * classes, in: 4, fill: 1)
        let labels = cyclicLabels(batch, classes: classes)
        let test = try TestNetwork(
            NetworkSpecification(inputShape: [batch], layers: [Dense(units: classes, bias: false)]))
        let weight = (0..<logits.count).map { logits[$0 % batch * classes + $0 / batch] }
        try test.importParameters([Tensor(name: "0.weight", shape: [classes, batch], values: weight)])
        let step = try test.step(
            (0..<batch * batch).map { $0 / batch == $0 % batch ? 1 : 0 }, labels: labels, labelSmoothing: 0.3,
            gradientScale: 0.25)
        let expected = crossEntropy(logits, labels: labels, smoothing: 0.3, scale: 0.25)
        XCTAssertEqual(step.loss, expected.loss)
        XCTAssertEqual(Array(try test.network.plan(batch: batch, mode: .training).predictions), expected.predictions)
        XCTAssertEqual(
            step.gradient[0].values, (0..<logits.count).map { expected.gradient[$0 % batch * classes + $0 / batch] })
    }

    func testGradientMayOverwriteTheLogits() {
        let labels = cyclicLabels(9, classes: 11)
        var logits = uniform(9 * 11, in: 5, fill: 2)
        let expected = crossEntropy(logits, labels: labels, smoothing: 0.1, scale: 0.5)
        var predictions = [Int32](repeating: -1, count: 9)
        var nonFinite: Int64 = 0
        var sums = [Int64](repeating: 0, count: 8)
        logits.withUnsafeMutableBufferPointer {
            kernels_softmax_cross_entropy(
                $0.baseAddress, labels, 9, 11, 0.1, 0.5, $0.baseAddress, &predictions, &sums, &nonFinite)
        }
        XCTAssertEqual(BatchLoss(digits: SIMD8(sums), nonFiniteCount: nonFinite), expected.loss)
        XCTAssertEqual(bits(logits), bits(expected.gradient))
        XCTAssertEqual(predictions, expected.predictions)
    }

    /// Cross-entropy is linear in the target: a mixed label gives the weighted mean of loss and gradient of both classes.
    func testMixedLabelsGiveTheWeightedMeanOfBothClasses() throws {
        let (batch, classes) = (9, 11)
        let labels = cyclicLabels(batch, classes: classes)
        let others = labels.map { ($0 * 5 + 3) % Int32(classes) }
        let shares = (0..<batch).map { 0.5 + 0.5 * Float($0) / Float(batch - 1) }
        for (amplitude, smoothing) in [(Float(1), Float(0)), (1, 0.1), (40, 0.3)] {
            let logits = uniform(batch * classes, in: 5, fill: 2).map { amplitude * $0 }
            var gradient = logits
            var predictions = [Int32](repeating: -1, count: batch)
            var nonFinite: Int64 = 0
            var sums = [Int64](repeating: 0, count: 8)
            gradient.withUnsafeMutableBufferPointer {
                kernels_mixed_softmax_cross_entropy(
                    $0.baseAddress, labels, others, shares, Int64(batch), Int64(classes), smoothing, 0.25,
                    $0.baseAddress,
                    &predictions, &sums, &nonFinite)
            }
            let (first, second) = (
                crossEntropy(logits, labels: labels, smoothing: smoothing, scale: 0.25),
                crossEntropy(logits, labels: others, smoothing: smoothing, scale: 0.25)
            )
            XCTAssertEqual(nonFinite, 0)
            XCTAssertEqual(predictions, first.predictions)
            var expected = 0.0
            for row in 0..<batch {
                let (share, places) = (shares[row], row * classes..<(row + 1) * classes)
                func loss(_ label: Int32) -> Double {
                    crossEntropy(Array(logits[places]), labels: [label], smoothing: smoothing).loss.mean(over: 1)
                }
                expected += Double(share) * loss(labels[row]) + Double(1 - share) * loss(others[row])
                for place in places {
                    XCTAssertEqual(
                        gradient[place], share * first.gradient[place] + (1 - share) * second.gradient[place],
                        accuracy: 1e-6)
                }
            }
            let loss = BatchLoss(digits: SIMD8(sums), nonFiniteCount: nonFinite)
            XCTAssertEqual(
                loss.mean(over: batch), expected / Double(batch), accuracy: 0x1p-20 * Double(amplitude), "\(amplitude)")
        }
    }

    func testMixedLossesThatAreNotFiniteAreCounted() {
        let rows: [Float] = [1, 2, 3, .nan, 0, 0, .infinity, 0, 0, 0, 0, -.infinity]
        var predictions = [Int32](repeating: -1, count: 4)
        var nonFinite: Int64 = 0
        var sums = [Int64](repeating: 0, count: 8)
        kernels_mixed_softmax_cross_entropy(
            rows, [0, 0, 1, 2], [1, 1, 0, 0], [0.7, 0.7, 0.7, 0.7], 4, 3, 0, 1, nil, &predictions, &sums, &nonFinite)
        XCTAssertEqual(nonFinite, 3)
    }

    /// However a batch is split over ranks, the sum of the losses is the same integer.
    func testLossIsTheSumOverAnySplit() {
        let (batch, classes) = (23, 10)
        let logits = uniform(batch * classes, in: 6, fill: 3)
        let labels = cyclicLabels(batch, classes: classes)
        let whole = crossEntropy(logits, labels: labels, smoothing: 0.1).loss
        for widths in [[Int](repeating: 1, count: 23), [22, 1], [7, 7, 9], [1, 2, 3, 4, 13], [11, 12]] {
            var (sum, start) = (BatchLoss(), 0)
            for width in widths {
                let rows = Array(logits[start * classes..<(start + width) * classes])
                sum += crossEntropy(rows, labels: Array(labels[start..<start + width]), smoothing: 0.1).loss
                start += width
            }
            XCTAssertEqual(sum, whole, "split \(widths)")
        }
        XCTAssertGreaterThan(whole.mean(over: batch), 0.1)
    }

    func testNonFiniteLossesAreCountedNotSummed() {
        let rows: [[Float]] = [
            [1, 2, 3], [.nan, 0, 0], [0, 0, .nan], [.infinity, 0, 0], [0, 0, -.infinity], [3, 2, 1],
        ]
        let found = crossEntropy(rows.flatMap { $0 }, labels: [0, 0, 0, 1, 2, 0]).loss
        XCTAssertEqual(found.nonFiniteCount, 4)
        let finite = crossEntropy([1, 2, 3, 3, 2, 1], labels: [0, 0]).loss
        XCTAssertEqual(finite.nonFiniteCount, 0)
        XCTAssertEqual(found.fixedPointSum, finite.fixedPointSum)
        XCTAssert(found.mean(over: 6).isNaN)
        XCTAssert(BatchLoss().mean(over: 0).isNaN)
    }

    /// A network that diverges has huge losses for a while before one is not finite. Their sum is exact, however it is split.
    func testHugeLossesAreSummedExactly() {
        let rows: Int64 = 4096
        let logits = (0..<2 * rows).map { Float($0 % 2) * 1_000_000 }
        let loss = crossEntropy(logits, labels: [Int32](repeating: 0, count: Int(rows))).loss
        XCTAssertEqual(loss.nonFiniteCount, 0)
        XCTAssertEqual(loss.mean(over: Int(rows)), 1_000_000)
        var sum = BatchLoss()
        for _ in 0..<4000 { sum += loss }
        XCTAssertNil(sum.fixedPointSum)
        XCTAssertEqual(sum.mean(over: 4000 * Int(rows)), 1_000_000)
        for _ in 0..<3999 { sum -= loss }
        XCTAssertEqual(sum, loss)

        // Any finite logits have a finite loss, with label smoothing too, and small ones beside it are not lost.
        let largest = Float.greatestFiniteMagnitude
        for (wrong, label, expected) in [
            (1e6, 0, 1e6), (0x1p20, 0, 0x1p20), (1e9, -1e9, 2e9), (3e30, 7, 3e30),
            (largest, -largest, 2 * Double(largest)),
        ] as [(Float, Float, Double)] {
            for smoothing: Float in [0, 0.5] {
                let huge = crossEntropy([label, wrong], labels: [0], smoothing: smoothing)
                XCTAssertEqual(huge.loss.nonFiniteCount, 0, "\(expected)")
                // Half of the smoothing is on the label.
                let share = 1 - Double(smoothing) / 2
                XCTAssertEqual(huge.loss.mean(over: 1), share * expected, accuracy: 1e-7 * expected, "\(expected)")
                XCTAssertTrue(huge.gradient.allSatisfy(\.isFinite))
                XCTAssertEqual(huge.predictions, [1])
                let small = crossEntropy([1, 2, 3], labels: [0]).loss
                var one = huge.loss
                one += small
                var other = small
                other += huge.loss
                XCTAssertEqual(one, other)
                XCTAssertNotEqual(one, huge.loss)
                one -= huge.loss
                XCTAssertEqual(one, small)
            }
        }
        // Not of the label.
        XCTAssertEqual(crossEntropy([largest, -largest], labels: [0]).loss, BatchLoss())
    }

    /// The lowest class of equal logits is predicted, whatever the place of the batch.
    func testTiesGoToTheLowestClass() {
        let found = crossEntropy([0, 0, 0, 1, 2, 2, 5, 4, 5], labels: [0, 0, 0])
        XCTAssertEqual(found.predictions, [0, 1, 0])
        XCTAssertEqual(crossEntropy([0, 0, 0], labels: [2]).loss.mean(over: 1), 1.0986122886681098, accuracy: 1e-7)
    }
}
