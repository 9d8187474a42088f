import OneDNN
import XCTest

/// Each operation on a few numbers, against the sum or the formula that it stands for.
final class OperationTests: XCTestCase {
    private let engine = try! Engine()

    /// Runs a primitive on arrays of float32; those given come back as they are afterwards.
    private func run(
        _ descriptor: PrimitiveDescriptor,
        _ arguments: [(argument: PrimitiveArgument, layout: MemoryDescriptor, values: [Float])]
    ) throws -> [[Float]] {
        let buffers = arguments.map { argument in
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(argument.layout.byteCount, 4 * argument.values.count), alignment: 64)
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            _ = buffer.bindMemory(to: Float.self).update(from: argument.values)
            return buffer
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        let primitive = try BoundPrimitive(
            descriptor, engine: engine,
            zip(arguments, buffers).map { ($0.argument, $0.layout, $1.baseAddress!) }, purpose: "a test")
        XCTAssertEqual(primitive.scratchpadByteCount, descriptor.scratchpadByteCount)
        let scratchpad = UnsafeMutableRawPointer.allocate(
            byteCount: max(primitive.scratchpadByteCount, 64), alignment: 64)
        defer { scratchpad.deallocate() }
        try primitive.bindScratchpad(scratchpad)
        try primitive.run()
        return buffers.map { Array($0.bindMemory(to: Float.self)) }
    }

    /// Layout of float32, the last axis running fastest.
    private func plain(_ shape: [Int]) throws -> MemoryDescriptor {
        let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
        return try MemoryDescriptor(shape, .float32, strides: strides)
    }

    func testReorderPutsChannelsTogether() throws {
        let (map, last) = (try plain([1, 3, 1, 2]), try MemoryDescriptor([1, 3, 1, 2], .float32, .channelsLast))
        let found = try run(
            Reorder.descriptor(from: map, to: last, engine: engine),
            [(.source, map, [1, 2, 3, 4, 5, 6]), (.destination, last, [])])
        XCTAssertEqual(found[1], [1, 3, 5, 2, 4, 6])
    }

    func testInnerProductAndItsGradients() throws {
        let (x, w, b, y) = (try plain([2, 3]), try plain([2, 3]), try plain([2]), try plain([2, 2]))
        let passes = InnerProductPasses(
            weightShape: [2, 3], bias: b, destination: y, engine: engine, purpose: "a test")
        let (values, weights, gradient): ([Float], [Float], [Float]) = (
            [1, 2, 3, 4, 5, 6], [1, 0, -1, 2, 1, 0], [1, -1, 2, 3]
        )
        let forward = try run(
            passes.forward(x, w),
            [(.source, x, values), (.weights, w, weights), (.bias, b, [10, 20]), (.destination, y, [])])
        XCTAssertEqual(forward[3], [8, 24, 8, 33])
        let rectified = try run(
            passes.forward(x, w, fusing: [.elementwise(.relu)]),
            [(.source, x, values), (.weights, w, weights), (.bias, b, [-10, -20]), (.destination, y, [])])
        XCTAssertEqual(rectified[3], [0, 0, 0, 0])
        let data = try run(
            passes.backwardData(x, w),
            [(.destinationGradient, y, gradient), (.weights, w, weights), (.sourceGradient, x, [])])
        XCTAssertEqual(data[2], [-1, -1, -1, 8, 3, -2])
        let ofWeights = try run(
            passes.backwardWeights(x, w),
            [
                (.source, x, values), (.destinationGradient, y, gradient), (.weightsGradient, w, []),
                (.biasGradient, b, []),
            ])
        XCTAssertEqual(ofWeights[2], [9, 12, 15, 11, 13, 15])
        XCTAssertEqual(ofWeights[3], [3, 2])
    }

    func testAConvolutionAddsBeforeItsActivation() throws {
        let (x, w, y) = (try plain([1, 1, 2, 2]), try plain([1, 1, 1, 1]), try plain([1, 1, 2, 2]))
        let passes = ConvolutionPasses(
            algorithms: (.direct, .direct, .direct), weightShape: [1, 1, 1, 1], bias: nil, destination: y,
            strides: [1, 1], dilation: [1, 1], padding: ([0, 0], [0, 0]), engine: engine, purpose: "a test")
        let descriptor = try passes.forward(x, w, fusing: [.add(y), .elementwise(.relu)])
        let found = try run(
            descriptor,
            [
                (.source, x, [1, 2, 3, 4]), (.weights, w, [2]), (.addend(0), y, [-5, -4, -3, -2]),
                (.destination, y, []),
            ])
        XCTAssertEqual(found[3], [0, 0, 3, 6])
    }

    func testALayoutLeftOpenIsChosen() throws {
        let map = try MemoryDescriptor([4, 32, 8, 8], .float32, .any)
        let weights = try MemoryDescriptor([32, 32, 3, 3], .float32, .any)
        let passes = ConvolutionPasses(
            algorithms: (.winograd, .winograd, .winograd), weightShape: [32, 32, 3, 3], bias: nil, destination: map,
            strides: [1, 1], dilation: [1, 1], padding: ([1, 1], [1, 1]), engine: engine, purpose: "a test")
        for descriptor in [
            try passes.forward(map, weights), try passes.backwardData(map, weights),
            try passes.backwardWeights(map, weights),
        ] {
            XCTAssertFalse(descriptor.isReference, descriptor.implementation)
        }
        let chosen = try passes.forward(map, weights).layout(of: .source)
        XCTAssertEqual(chosen.shape, [4, 32, 8, 8])
        XCTAssertEqual(chosen.dataType, .float32)
        XCTAssertEqual(chosen.byteCount, 4 * 32 * 8 * 8 * 4)
    }

    func testAveragePoolingCountsPadding() throws {
        let (x, y) = (try plain([1, 1, 2, 2]), try plain([1, 1, 2, 2]))
        let passes = AveragePoolingPasses(
            x, to: y, kernel: [2, 2], strides: [2, 2], padding: [1, 1], engine: engine, purpose: "a test")
        let forward = try passes.forward()
        let found = try run(forward, [(.source, x, [4, 8, 12, 16]), (.destination, y, [])])
        XCTAssertEqual(found[1], [1, 2, 3, 4])
        let gradient = try run(
            passes.backward(forward), [(.destinationGradient, y, [4, 8, 12, 16]), (.sourceGradient, x, [])])
        XCTAssertEqual(gradient[1], [1, 2, 3, 4])
    }

    func testFunctionsAndTheirDerivatives() throws {
        let layout = try plain([4])
        let arguments: [Float] = [-2, -0.5, 0.5, 2]
        let functions: [(ElementwiseAlgorithm, (Double) -> Double)] = [
            (.relu, { max($0, 0) }), (.tanh, { Foundation.tanh($0) }), (.logistic, { 1 / (1 + exp(-$0)) }),
            (.geluErf, { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }),
            (.geluTanh, { $0 / 2 * (1 + Foundation.tanh((2 / .pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
            (.leakyRelu(slope: 0.25), { $0 > 0 ? $0 : 0.25 * $0 }),
            (.elu(alpha: 0.5), { $0 > 0 ? $0 : 0.5 * (exp($0) - 1) }),
            (.clip(low: -1, high: 1.5), { min(max($0, -1), 1.5) }), (.swish, { $0 / (1 + exp(-$0)) }),
            (.hardSwish, { $0 * min(max($0 + 3, 0), 6) / 6 }), (.softplus, { log(1 + exp($0)) }),
        ]
        for (algorithm, function) in functions {
            let passes = ElementwisePasses(algorithm, layout, engine: engine, purpose: "a test")
            let found = try run(passes.forward(), [(.source, layout, arguments), (.destination, layout, [])])
            let known = algorithm.isDerivedFromResult
            let derivatives = try run(
                passes.backward(),
                [
                    (known ? .destination : .source, layout, known ? found[1] : arguments),
                    (.destinationGradient, layout, [1, 1, 1, 1]), (.sourceGradient, layout, []),
                ])
            for (index, argument) in arguments.enumerated() {
                let x = Double(argument)
                XCTAssertEqual(Double(found[1][index]), function(x), accuracy: 1e-5, "\(algorithm)")
                XCTAssertEqual(
                    Double(derivatives[2][index]), (function(x + 1e-6) - function(x - 1e-6)) / 2e-6, accuracy: 1e-4,
                    "\(algorithm)")
            }
        }
    }

    func testLayerNormalization() throws {
        let (rows, features, statistics) = (try plain([2, 2]), try plain([2]), try plain([2]))
        let passes = LayerNormalizationPasses(
            rows, statistics: statistics, epsilon: 0, engine: engine, purpose: "a test")
        let forward = try passes.forward()
        let found = try run(
            forward,
            [
                (.source, rows, [1, 3, -2, 2]), (.destination, rows, []), (.mean, statistics, []),
                (.variance, statistics, []), (.scale, features, [1, 2]), (.shift, features, [0, 10]),
            ])
        XCTAssertEqual(found[1], [-1, 12, -1, 12])
        XCTAssertEqual(found[2], [2, 0])
        XCTAssertEqual(found[3], [1, 4])
        let gradients = try run(
            passes.backward(forward),
            [
                (.source, rows, [1, 3, -2, 2]), (.destinationGradient, rows, [1, 2, 3, 4]),
                (.mean, statistics, [2, 0]),
                (.variance, statistics, [1, 4]), (.scale, features, [1, 2]), (.shift, features, [0, 10]),
                (.sourceGradient, rows, []), (.scaleGradient, features, []), (.shiftGradient, features, []),
            ])
        XCTAssertEqual(gradients[7], [-4, 6])
        XCTAssertEqual(gradients[8], [4, 6])
    }

    func testWhatOneDNNLacksIsNamed() throws {
        // Weights of another shape than the operation's.
        let (x, w, y) = (try plain([2, 3]), try plain([2, 4]), try plain([2, 2]))
        let passes = InnerProductPasses(
            weightShape: [2, 3], bias: nil, destination: y, engine: engine, purpose: "a dense layer [2, 3]")
        XCTAssertThrowsError(try passes.forward(x, w)) { error in
            XCTAssertEqual((error as? OneDNNError)?.operation, "find an implementation of a dense layer [2, 3]")
            XCTAssertTrue(
                "\(error)".hasPrefix("oneDNN could not find an implementation of a dense layer [2, 3]: "), "\(error)")
        }
    }

    func testMatricesAreMultiplied() throws {
        var (a, b, c): ([Float], [Float], [Float]) = ([1, 2, 3, 4], [5, 6, 7, 8], [0, 0, 0, 0])
        try Library.multiply(&a, &b, into: &c, side: 2)
        XCTAssertEqual(c, [19, 22, 43, 50])
    }
}
