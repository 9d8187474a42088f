import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// The global batch is the unit: how it is cut into plans changes nothing but rounding.
final class BatchTests: XCTestCase {
    private let features = 17
    private let classes = 10
    private var specification: NetworkSpecification {
        .mlp(inputShape: [features], hidden: [48, 33], classes: classes, activation: ReLU(), dropout: 0.3)
    }

    private func samples(_ range: Range<Int>) -> [Float] {
        let all = uniform(range.upperBound * features, in: 2, fill: 77)
        return Array(all[range.lowerBound * features..<range.upperBound * features])
    }

    func testPlansOfAllBatchSizesGiveTheSameLogits() throws {
        let test = try TestNetwork(specification, nominalBatch: 64)
        try test.fillParameters(1)
        let whole = try test.logits(samples(0..<64), batch: 64).map { Double($0) }
        for batch in [1, 2, 3, 5, 16, 31, 32, 63] {
            for first in [0, 64 - batch] {
                let part = try test.logits(samples(first..<first + batch), batch: batch)
                let expected = Array(whole[first * classes..<(first + batch) * classes])
                XCTAssertLessThan(relativeError(part, expected), 1e-6, "\(batch) samples from \(first)")
            }
        }
    }

    /// Sample by sample, 5 + 11 and so on, each part at its place in the batch, so that dropout is the same, too.
    func testGradientIsTheSumOverAnySplit() throws {
        let batch = 16
        let position = BatchPosition(step: 9, firstSample: 40)
        let test = try TestNetwork(specification)
        try test.fillParameters(2)
        func step(_ range: Range<Int>) throws -> (loss: BatchLoss, logits: [Float], gradient: [Tensor]) {
            try test.step(
                samples(range), labels: cyclicLabels(range.count, classes: classes, first: range.lowerBound),
                position: BatchPosition(step: position.step, firstSample: position.firstSample + range.lowerBound),
                labelSmoothing: 0.1, gradientScale: 1 / Float(batch))
        }
        let whole = try step(0..<batch)
        for cuts in [[0, 8, 16], [0, 5, 16], [0, 1, 2, 16], Array(0...16)] {
            var sums = whole.gradient.map { [Double](repeating: 0, count: $0.values.count) }
            var loss = BatchLoss()
            for (start, end) in zip(cuts, cuts.dropFirst()) {
                let part = try step(start..<end)
                loss += part.loss
                for (index, tensor) in part.gradient.enumerated() {
                    for element in sums[index].indices { sums[index][element] += Double(tensor.values[element]) }
                }
            }
            XCTAssertEqual(
                loss.mean(over: batch), whole.loss.mean(over: batch), accuracy: 1e-6, "\(cuts)")
            for (tensor, sum) in zip(whole.gradient, sums) {
                XCTAssertLessThan(relativeError(tensor.values, sum), 1e-5, "\(tensor.name), \(cuts)")
            }
        }
    }

    /// Backward overwrites the gradient, and every sum has a fixed order.
    func testTwoRunsGiveIdenticalBits() throws {
        for batch in [1, 16, 61] {
            let labels = cyclicLabels(batch, classes: classes)
            let position = BatchPosition(step: 2, firstSample: 5)
            let first = try TestNetwork(specification, nominalBatch: 61)
            let second = try TestNetwork(specification, nominalBatch: 61)
            let expected = try first.step(
                samples(0..<batch), labels: labels, position: position, gradientScale: 0.5)
            // Something else in between, on another plan, which shares the memory.
            _ = try first.logits(samples(3..<30), batch: 27)
            for test in [first, second] {
                let found = try test.step(samples(0..<batch), labels: labels, position: position, gradientScale: 0.5)
                XCTAssertEqual(found.loss, expected.loss, "batch \(batch)")
                XCTAssertEqual(bits(found.logits), bits(expected.logits), "batch \(batch)")
                XCTAssertEqual(bits(found.gradient), bits(expected.gradient), "batch \(batch)")
            }
        }
    }

    func testAPlanIsMadeOnceAndOutlivesTheNetwork() throws {
        var test: TestNetwork? = try TestNetwork(specification)
        let plan = try test!.network.plan(batch: 3, mode: .inference)
        XCTAssert(plan === (try test!.network.plan(batch: 3, mode: .inference)))
        XCTAssert(plan !== (try test!.network.plan(batch: 3, mode: .training)))
        XCTAssertEqual([plan.input.count, plan.logits.count, plan.labels.count], [3 * features, 3 * classes, 3])
        let expected = try test!.logits(samples(0..<3), batch: 3)

        weak let network = test!.network
        let (parameters, gradient) = (test!.parameters, test!.gradient)
        test = nil
        XCTAssertNil(network, "the plans of a network must not keep it alive")
        try withExtendedLifetime((parameters, gradient)) {
            _ = plan.input.update(from: samples(0..<3))
            try plan.forward()
        }
        XCTAssertEqual(bits(Array(plan.logits)), bits(expected))
    }
}
