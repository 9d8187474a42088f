import Foundation
import NeuralNetwork
import RandomNumbers
import XCTest

/// A network with arenas of its own, which live as long as this object: it is asked, not its `network`, for what touches
/// them. On one thread, as a rank is.
final class TestNetwork {
    let network: Network
    let parameters: AlignedBuffer
    let gradient: AlignedBuffer

    init(
        _ specification: NetworkSpecification, options: Network.Options = Network.Options(), nominalBatch: Int = 16,
        maximumBatch: Int = 64, seed: UInt64 = 1
    ) throws {
        DNNLEngine.setThreadCount(1)
        network = try Network(
            specification, options: options, nominalBatch: nominalBatch, maximumBatch: maximumBatch, seed: seed)
        parameters = AlignedBuffer(floats: network.layout.count)
        gradient = AlignedBuffer(floats: network.layout.count)
        network.bind(parameters: parameters.floats, gradient: gradient.floats)
        try network.initializeParameters()
    }

    func importParameters(_ tensors: [Tensor]) throws {
        try network.importParameters(tensors)
    }

    func exportParameters() throws -> [Tensor] {
        try network.exportParameters()
    }

    /// Sets every parameter, biases too, to a value in ±1 / √fan-in that depends on `fill` alone, and returns them.
    @discardableResult
    func fillParameters(_ fill: UInt64) throws -> [Tensor] {
        let tensors = network.layout.tensors.enumerated().map { number, tensor in
            let count = tensor.shape.reduce(1, *)
            let bound = 1 / Float(tensor.shape.count > 1 ? count / tensor.shape[0] : 4).squareRoot()
            return Tensor(
                name: tensor.name, shape: tensor.shape,
                values: uniform(count, in: bound, fill: fill &* 64 &+ UInt64(number)))
        }
        try network.importParameters(tensors)
        return tensors
    }

    /// Sets the running statistics to values that depend on `fill` alone, variances in 0.5 ..< 1.5, and returns them.
    func fillStatistics(_ fill: UInt64) throws -> [Tensor] {
        let tensors = network.exportStatistics().enumerated().map { number, tensor in
            let offset: Float = tensor.name.hasSuffix("running_var") ? 1 : 0
            let values = uniform(tensor.values.count, in: 0.5, fill: fill &* 64 &+ 32 &+ UInt64(number))
            return Tensor(name: tensor.name, shape: tensor.shape, values: values.map { offset + $0 })
        }
        try network.importStatistics(tensors)
        return tensors
    }

    /// Forward, loss and backward on `samples` (`[N, features]`).
    @discardableResult
    func step(
        _ samples: [Float], labels: [Int32], position: BatchPosition = BatchPosition(step: 0, firstSample: 0),
        labelSmoothing: Float = 0, gradientScale: Float
    ) throws -> (loss: BatchLoss, logits: [Float], gradient: [Tensor]) {
        let plan = try network.plan(batch: labels.count, mode: .training)
        _ = plan.input.update(from: samples)
        _ = plan.labels.update(from: labels)
        try plan.forward(position)
        let logits = Array(plan.logits)
        let loss = plan.loss(labelSmoothing: labelSmoothing, gradientScale: gradientScale)
        try plan.backward(position)
        // Swift 6.3 lets go of an array that a caller does not look at before it has filled it.
        withExtendedLifetime(logits) {}
        return (loss, logits, try network.exportGradient())
    }

    /// Logits of `samples`, `[N, K]`.
    func logits(
        _ samples: [Float], batch: Int, mode: ExecutionPlan.Mode = .inference,
        position: BatchPosition = BatchPosition(step: 0, firstSample: 0)
    ) throws -> [Float] {
        let plan = try network.plan(batch: batch, mode: mode)
        _ = plan.input.update(from: samples)
        try plan.forward(position)
        return Array(plan.logits)
    }
}

extension Network.Options {
    static var direct: Self {
        var options = Self()
        options.convolution = .direct
        return options
    }

    static var winograd: Self {
        var options = Self()
        options.convolution = .winograd
        return options
    }

    /// As configurations have it where they say `precision: bf16`, on processors that multiply faster so or do not.
    static func automaticBFloat16(isFast: Bool) -> Self {
        Self(precision: .bfloat16, hasFastBFloat16: isFast)
    }

    /// Convolutions directly.
    static var bfloat16: Self {
        var options = direct
        options.precision = .bfloat16
        return options
    }
}

/// Skips a test where the processor has no bfloat16.
func requireBFloat16() throws {
    try XCTSkipUnless(DNNLEngine.supportsBFloat16, "the processor has no bfloat16")
}

/// Skips a test where oneDNN has no AVX-512, for which its Winograd convolutions are written.
func requireAVX512() throws {
    let found = DNNLEngine.instructionSet
    try XCTSkipUnless(found.hasPrefix("AVX-512") || found == "AMX", "the processor has no AVX-512")
}

/// `count` values in ±`bound`; another `fill`, other values.
func uniform(_ count: Int, in bound: Float, fill: UInt64) -> [Float] {
    let stream = RandomStream(seed: 20_240_611, purpose: .syntheticNoise, stream: fill)
    return (0..<UInt64(count)).map { bound * (2 * stream.uniformFloat($0) - 1) }
}

/// Labels that go through all classes.
func cyclicLabels(_ count: Int, classes: Int, first: Int = 0) -> [Int32] {
    (first..<first + count).map { Int32((7 * $0 + 3) % classes) }
}

/// max |found − expected| / max |expected|, the error in relation to the largest value of the tensor. Infinite where
/// the counts differ or a value is not a number.
func relativeError(_ found: [Float], _ expected: [Double]) -> Double {
    guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
    let difference = zip(found, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    let largest = expected.reduce(0) { max($0, abs($1)) }
    return difference == 0 ? 0 : difference / largest
}

func bits(_ values: [Float]) -> [UInt32] {
    values.map(\.bitPattern)
}

func bits(_ tensors: [Tensor]) -> [String: [UInt32]] {
    Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, bits($0.values)) })
}

/// A file that `Golden/make_golden.py` wrote.
struct Golden<Case: Decodable>: Decodable {
    let cases: [Case]

    static func cases(of name: String) throws -> [Case] {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let found = try JSONDecoder().decode(Self.self, from: Data(contentsOf: directory.appending(path: name))).cases
        XCTAssertFalse(found.isEmpty, "\(name) has no cases")
        return found
    }
}

/// The inputs of the golden files: offset + amplitude · sin(frequency · index + curvature · index² + phase), rounded to
/// Float.
struct Wave: Decodable {
    let amplitude, frequency, phase: Double
    let curvature, offset: Double?

    func values(_ count: Int) -> [Float] {
        let (curvature, offset) = (curvature ?? 0, offset ?? 0)
        return (0..<count).map { index in
            let index = Double(index)
            return Float(offset + amplitude * sin(frequency * index + curvature * index * index + phase))
        }
    }
}
