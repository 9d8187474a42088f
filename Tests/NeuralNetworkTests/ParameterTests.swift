import Foundation
import NeuralNetwork
import NeuralNetworkTestSupport
import Optimizers
import XCTest

final class ParameterTests: XCTestCase {
    private static let odd = NetworkSpecification.mlp(inputShape: [17], hidden: [33, 10], classes: 7)

    // MARK: - Initial values

    func testInitialValuesAreAFunctionOfTheSeed() throws {
        let first = bits(try TestNetwork(Self.odd, seed: 7).exportParameters())
        XCTAssertEqual(first, bits(try TestNetwork(Self.odd, seed: 7).exportParameters()))
        let other = bits(try TestNetwork(Self.odd, seed: 8).exportParameters())
        for name in ["0.weight", "2.weight", "4.weight"] {
            let equal = zip(first[name]!, other[name]!).count { $0 == $1 }
            XCTAssertEqual(equal, 0, "\(name): elements that are the same under another seed")
        }
        // Nor do two tensors of one network share values.
        let square = NetworkSpecification(inputShape: [16], layers: [Dense(units: 16), Dense(units: 16)])
        let tensors = bits(try TestNetwork(square).exportParameters())
        XCTAssert(Set(tensors["0.weight"]!).isDisjoint(with: tensors["1.weight"]!))
    }

    /// The batch decides the layouts, and nothing else.
    func testInitialValuesDoNotDependOnTheNominalBatch() throws {
        let expected = bits(try TestNetwork(Self.odd, nominalBatch: 1).exportParameters())
        for batch in [2, 16, 64, 200] {
            XCTAssertEqual(
                bits(try TestNetwork(Self.odd, nominalBatch: batch).exportParameters()), expected, "\(batch)")
        }
    }

    func testInitialDistributions() throws {
        let (features, units) = (300, 200)
        let choices: [(Initializer?, any Activation)] = [
            (nil, ReLU()), (nil, Tanh()), (.glorot, ReLU()), (.he, Tanh()),
        ]
        for (initializer, activation) in choices {
            let name = "\(initializer.map(\.rawValue) ?? "chosen") before \(activation.kind)"
            let test = try TestNetwork(
                NetworkSpecification(
                    inputShape: [features],
                    layers: [
                        Dense(units: units, initializer: initializer), activation, Dense(units: 3),
                    ]))
            let tensors = try test.exportParameters()
            let values = tensors[0].values.map { Double($0) }
            let count = Double(values.count)
            let mean = values.reduce(0, +) / count
            let variance = values.reduce(0) { $0 + $1 * $1 } / count - mean * mean
            let isHe = initializer == .he || (initializer == nil && activation is ReLU)
            let expected = isHe ? 2 / Double(features) : 2 / Double(features + units)
            // Five standard deviations of the estimates; the fourth moment is 3 σ⁴ (normal) or 9/5 σ⁴ (uniform).
            XCTAssertEqual(mean, 0, accuracy: 5 * (expected / count).squareRoot(), name)
            XCTAssertEqual(variance, expected, accuracy: 5 * expected * ((isHe ? 2 : 0.8) / count).squareRoot(), name)
            let largest = values.reduce(0) { max($0, abs($1)) }
            let bound = (6 / Double(features + units)).squareRoot()
            if isHe {
                // 60,000 normal values: the largest is beyond 3.5 standard deviations, but for odds of 10⁻¹².
                XCTAssertGreaterThan(largest, 3.5 * expected.squareRoot(), name)
            } else {
                XCTAssertLessThanOrEqual(largest, Double(Float(bound)), name)
                XCTAssertGreaterThan(largest, 0.999 * bound, name)
            }
            XCTAssertEqual(tensors[1].values, [Float](repeating: 0, count: units), name)
        }
    }

    // MARK: - Export and import

    /// Any bits, zeros of both signs and the smallest numbers among them, come back as they went.
    func testImportAndExportKeepEveryBit() throws {
        try Self.checkThatImportAndExportKeepEveryBit()
    }

    /// Also on a thread that treats subnormal numbers as 0, as training does.
    func testImportAndExportKeepEveryBitWhileTraining() {
        let done = expectation(description: "the thread has ended")
        Thread {
            Processor.flushSubnormals()
            do {
                try Self.checkThatImportAndExportKeepEveryBit()
            } catch {
                XCTFail("\(error)")
            }
            done.fulfill()
        }.start()
        wait(for: [done], timeout: 60)
    }

    private static func checkThatImportAndExportKeepEveryBit() throws {
        for nominalBatch in [1, 16, 64] {
            let test = try TestNetwork(Self.odd, nominalBatch: nominalBatch)
            var tensors = try test.fillParameters(4)
            for index in tensors.indices {
                tensors[index].values[0] = -0.0
                tensors[index].values[1] = .leastNonzeroMagnitude
                tensors[index].values[2] = .greatestFiniteMagnitude
            }
            // The order of the tensors is free.
            try test.importParameters(tensors.reversed())
            let exported = try test.exportParameters()
            XCTAssertEqual(bits(exported), bits(tensors))
            XCTAssertEqual(exported.map(\.name), ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"])
            XCTAssertEqual(
                exported.map(\.shape), [[33, 17], [33], [10, 33], [10], [7, 10], [7]])

            let other = try TestNetwork(Self.odd, nominalBatch: 7, seed: 99)
            try other.importParameters(exported)
            XCTAssertEqual(bits(try other.exportParameters()), bits(tensors))
        }
    }

    func testTensorsThatDoNotFitAreNamedAndChangeNothing() throws {
        let test = try TestNetwork(Self.odd)
        let before = Array(test.parameters.floats)
        let tensors = test.network.layout.tensors.map {
            Tensor(name: $0.name, shape: $0.shape, values: [Float](repeating: 3, count: $0.shape.reduce(1, *)))
        }
        func assertRefused(_ tensors: [Tensor], _ text: String) {
            XCTAssertThrowsError(try test.importParameters(tensors)) { error in
                XCTAssert(error is ParameterMismatch)
                XCTAssertEqual("\(error)", text)
            }
            XCTAssertEqual(bits(Array(test.parameters.floats)), bits(before), text)
        }
        assertRefused(tensors.filter { $0.name != "4.bias" }, "has no tensor 4.bias [7]")
        assertRefused([], "has no tensor 0.weight [33, 17]")
        assertRefused(
            tensors + [Tensor(name: "6.weight", shape: [2, 7], values: [Float](repeating: 1, count: 14))],
            "has a tensor 6.weight [2, 7] that the network doesn't have")
        var transposed = tensors
        transposed[4] = Tensor(name: "4.weight", shape: [10, 7], values: [Float](repeating: 1, count: 70))
        assertRefused(transposed, "has 4.weight as [10, 7], expected [7, 10]")
        assertRefused(tensors + [tensors[2]], "has the tensor 2.weight twice")

        try test.importParameters(tensors)
        XCTAssertEqual(try test.exportParameters(), tensors)
    }

    // MARK: - The arena

    func testTensorsLieInOrderAtMultiplesOf64Bytes() throws {
        for nominalBatch in [1, 64] {
            let layout = try TestNetwork(Self.odd, nominalBatch: nominalBatch).network.layout
            XCTAssertEqual(layout.parameterCount, 33 * 17 + 33 + 10 * 33 + 10 + 7 * 10 + 7)
            XCTAssertEqual(layout.count % 16, 0)
            var end = 0
            for tensor in layout.tensors {
                XCTAssertEqual(tensor.range.lowerBound % 16, 0)
                XCTAssertGreaterThanOrEqual(tensor.range.lowerBound, end)
                XCTAssertGreaterThanOrEqual(tensor.range.count, tensor.shape.reduce(1, *))
                XCTAssertEqual(tensor.isDecayed, tensor.name.hasSuffix("weight"))
                end = tensor.range.upperBound
            }
            XCTAssertLessThanOrEqual(end, layout.count)
        }
    }

    func testTensorsAreNumberedByLayer() throws {
        let layout = try TestNetwork(Self.odd).network.layout
        XCTAssertEqual(layout.tensors.map(\.layer), layout.tensors.map(\.layer).sorted())
        XCTAssertEqual(Set(layout.layers).count, layout.layers.count)
        for tensor in layout.tensors {
            XCTAssert(tensor.name.hasPrefix(layout.layers[tensor.layer] + "."), tensor.name)
        }
    }

    /// What no parameter lies in stays 0 through a backward pass and an update with weight decay and momentum: else it
    /// would enter the norm of the gradient.
    func testPaddingStaysZero() throws {
        for nominalBatch in [1, 5, 16, 64] {
            let test = try TestNetwork(Self.odd, nominalBatch: nominalBatch)
            let layout = test.network.layout
            try test.importParameters(
                layout.tensors.map {
                    Tensor(name: $0.name, shape: $0.shape, values: [Float](repeating: 1, count: $0.shape.reduce(1, *)))
                })
            let padding = test.parameters.floats.indices.filter { test.parameters.floats[$0] == 0 }
            XCTAssertEqual(padding.count, layout.count - layout.parameterCount, "nominal batch \(nominalBatch)")
            // Biases of 33, 10 and 7 end within a line of 64 bytes in every layout.
            XCTAssertGreaterThan(padding.count, 15 + 6 + 9 - 1)

            try test.fillParameters(5)
            let velocity = AlignedBuffer(floats: layout.count)
            let optimizer = SGD(momentum: 0.9, nesterov: true, weightDecay: 0.1)
            for step in 0..<3 {
                for batch in [nominalBatch, 3] {
                    try test.step(
                        uniform(batch * 17, in: 2, fill: UInt64(100 + step)), labels: cyclicLabels(batch, classes: 7),
                        gradientScale: 1)
                    for tensor in layout.tensors {
                        let start = tensor.range.lowerBound
                        optimizer.update(
                            ArenaSlice(
                                parameters: test.parameters.floats.baseAddress! + start,
                                gradient: test.gradient.floats.baseAddress! + start,
                                state: (velocity.floats.baseAddress! + start, nil, nil, nil), count: tensor.range.count,
                                isDecayed: tensor.isDecayed),
                            step: UpdateStep(index: 0, rate: 0.1, gradientScale: 0.5), norms: nil)
                    }
                }
            }
            for arena in [test.parameters, test.gradient, velocity] {
                XCTAssertEqual(arena.floats.count { $0 != 0 && !$0.isFinite }, 0)
                XCTAssertGreaterThan(arena.floats.count { $0 != 0 }, layout.parameterCount / 2)
                XCTAssertEqual(padding.count { arena.floats[$0].bitPattern != 0 }, 0, "nominal batch \(nominalBatch)")
            }
        }
    }
}
