import RandomNumbers

/// Holds the backward pass of a layer against finite differences of its forward pass, for tests of a layer's own package:
///
///     let report = try checkGradient(of: Slope(), inputShape: [3, 5, 4])
///     XCTAssert(report.isCorrect, "\(report)")
///
/// Samples are uniform in ±1.5, parameters near their initial values. Differences are taken over steps of 2⁻⁵ and less, with
/// Richardson's extrapolation; where they do not agree, as around a kink, an element is left out and counted.
///
/// - Parameters:
///   - inputShape: of a sample, such as `[C, H, W]` or `[features]`.
///   - batch: samples N.
///   - elements: the most elements of a tensor that are looked at, spread over it.
///   - tolerance: the largest error allowed, in relation to the largest element of a gradient.
///   - seed: of samples and parameters.
/// - Throws: `SpecificationError` where the layer does not fit the shape.
public func checkGradient(
    of layer: any LayerSpecification, inputShape: [Int], batch: Int = 4, elements: Int = 128, tolerance: Double = 1e-3,
    seed: UInt64 = 1
) throws -> GradientReport {
    precondition(batch >= 1 && elements >= 1, "a batch of \(batch) and \(elements) elements, at least 1 expected")
    let probe = try LayerProbe(layer, inputShape: inputShape, batch: batch, seed: seed)
    let found = try probe.gradients()
    var tensors: [GradientReport.Tensor] = []
    for (name, values) in found {
        tensors.append(try probe.compare(name, values, elements: elements, tolerance: tolerance))
    }
    return GradientReport(tensors: tensors, tolerance: tolerance, mixesSamples: try probe.mixesSamples())
}

/// How near the gradient of a layer is to finite differences.
public struct GradientReport: Sendable {
    /// The gradient of the input or of a parameter.
    public struct Tensor: Sendable {
        /// `input`, or the parameter's.
        public let name: String
        /// Elements that were compared.
        public let compared: Int
        /// Elements left out, since the differences around them do not agree.
        public let leftOut: Int
        /// In relation to the largest element.
        public let largestError: Double
        /// The element of the largest error: its place in the plain layout, its gradient, and the slope there.
        public let worst: (element: Int, gradient: Double, slope: Double)
    }

    /// The input, then the parameters in their order.
    public let tensors: [Tensor]
    public let tolerance: Double
    /// True where a sample's result depends on the others of its batch, as that of a batch normalization does: then it depends
    /// on micro-batches, shards and the number of ranks.
    public let mixesSamples: Bool

    /// True where every gradient is within the tolerance, at half of the elements or more.
    public var isCorrect: Bool {
        tensors.allSatisfy { $0.largestError <= tolerance && $0.compared >= max($0.leftOut, 1) }
    }
}

extension GradientReport: CustomStringConvertible {
    /// A line a tensor.
    public var description: String {
        let lines = tensors.map { tensor in
            "\(tensor.name): largest error \(tensor.largestError) of \(tolerance) allowed, at element "
                + "\(tensor.worst.element): gradient \(tensor.worst.gradient), slope \(tensor.worst.slope); "
                + "\(tensor.compared) elements compared, \(tensor.leftOut) left out"
        }
        return (lines + (mixesSamples ? ["samples of a batch depend on each other"] : [])).joined(separator: "\n")
    }
}

/// A network of one layer, whose loss is the sum of what comes out times random weights.
private final class LayerProbe {
    private let network: Network
    private let parameters, gradient: AlignedBuffer
    private let batch: Int
    private var tensors: [Tensor]
    private var samples: [Float]
    private let weights: [Float]

    static let input = "input"

    init(_ layer: any LayerSpecification, inputShape: [Int], batch: Int, seed: UInt64) throws {
        Processor.setThreadCount(1)
        var options = Network.Options()
        options.computesInputGradient = true
        let specification = NetworkSpecification(inputShape: inputShape, layers: [layer])
        network = try Network(specification, options: options, nominalBatch: batch, maximumBatch: batch, seed: seed)
        self.batch = batch
        parameters = try AlignedBuffer(claimingFloats: network.layout.count)
        gradient = try AlignedBuffer(claimingFloats: network.layout.count)
        network.bind(parameters: parameters.floats, gradient: gradient.floats)
        try network.initializeParameters()
        func uniform(_ count: Int, in bound: Float, _ stream: Int) -> [Float] {
            let stream = RandomStream(seed: seed, purpose: .layer, stream: UInt64(stream))
            return (0..<UInt64(count)).map { bound * (2 * stream.uniformFloat($0) - 1) }
        }
        tensors = try network.exportParameters().enumerated().map { number, tensor in
            let shifts = uniform(tensor.values.count, in: 0.25, 2 + number)
            return Tensor(name: tensor.name, shape: tensor.shape, values: zip(tensor.values, shifts).map { $0 + $1 })
        }
        samples = uniform(batch * inputShape.reduce(1, *), in: 1.5, 0)
        weights = uniform(batch * (try specification.outputShapes()[0]).reduce(1, *), in: 1, 1)
        try network.importParameters(tensors)
    }

    /// Outputs of a pass in training.
    private func forward() throws -> [Float] {
        let plan = try network.plan(batch: batch, mode: .training)
        _ = plan.input.update(from: samples)
        try plan.forward()
        return Array(plan.logits)
    }

    /// Gradients of the input and of the parameters, by their names.
    func gradients() throws -> [(name: String, values: [Float])] {
        _ = try forward()
        let plan = try network.plan(batch: batch, mode: .training)
        _ = plan.logitGradient!.update(from: weights)
        try plan.backward()
        let input = (Self.input, Array(plan.inputGradient!))
        return [input] + (try network.exportGradient().map { ($0.name, $0.values) })
    }

    /// Compares a gradient with slopes.
    func compare(
        _ name: String, _ gradient: [Float], elements: Int, tolerance: Double
    ) throws -> GradientReport.Tensor {
        let spread = stride(from: 0, to: gradient.count, by: (gradient.count - 1) / elements + 1)
        let chosen = Array(Set(spread).union([gradient.count - 1])).sorted()
        var slopes = try chosen.map { try slope(of: name, at: $0, step: 0x1p-5) }
        let outputs = try forward().reduce(0) { max($0, abs(Double($1))) }
        let largest = zip(chosen, slopes).reduce(0.0) { max($0, abs(Double(gradient[$1.0])), abs($1.1.value)) }
        // Where a gradient is next to nothing, differences are what rounding leaves.
        let scale = max(largest, 0.05 * outputs, .leastNormalMagnitude)
        func isRough(_ slope: Slope) -> Bool { !(slope.doubt <= tolerance / 4 * scale) }
        for (index, element) in chosen.enumerated() where isRough(slopes[index]) {
            slopes[index] = try slope(of: name, at: element, step: 0x1p-8)
        }
        let compared = zip(chosen, slopes).filter { !isRough($0.1) }
        var worst = (element: 0, gradient: 0.0, slope: 0.0)
        var largestError = 0.0
        for (element, slope) in compared {
            let found = Double(gradient[element])
            let error = abs(found - slope.value) / scale
            // A NaN is the largest.
            if !(error <= largestError) {
                (largestError, worst) = (error.isNaN ? .infinity : error, (element, found, slope.value))
            }
        }
        return GradientReport.Tensor(
            name: name == Self.input ? name : String(name.split(separator: ".", maxSplits: 1)[1]),
            compared: compared.count, leftOut: chosen.count - compared.count, largestError: largestError, worst: worst)
    }

    private struct Slope {
        let value: Double
        /// How far the extrapolations from the step and from its half are apart.
        let doubt: Double
    }

    /// The derivative of the loss by one element.
    private func slope(of name: String, at element: Int, step: Float) throws -> Slope {
        let differences = try [step, step / 2, step / 4].map { try difference(of: name, at: element, step: $0) }
        let (coarse, fine) = (
            (4 * differences[1] - differences[0]) / 3, (4 * differences[2] - differences[1]) / 3
        )
        return Slope(value: fine, doubt: abs(fine - coarse))
    }

    /// The central difference of the loss over twice the step; numbers that do not change cancel exactly.
    private func difference(of name: String, at element: Int, step: Float) throws -> Double {
        let start = try value(of: name, at: element)
        defer { try? set(name, element, start) }
        let (below, above) = (start - step, start + step)
        try set(name, element, above)
        let behind = try forward()
        try set(name, element, below)
        let before = try forward()
        var sum = 0.0
        for index in weights.indices { sum += Double(weights[index]) * (Double(behind[index]) - Double(before[index])) }
        return sum / (Double(above) - Double(below))
    }

    private func value(of name: String, at element: Int) throws -> Float {
        name == Self.input ? samples[element] : tensors.first { $0.name == name }!.values[element]
    }

    private func set(_ name: String, _ element: Int, _ value: Float) throws {
        guard name != Self.input else {
            samples[element] = value
            return
        }
        let index = tensors.firstIndex { $0.name == name }!
        tensors[index].values[element] = value
        try network.importParameters(tensors)
    }

    /// Compares what comes out of samples one by one with what comes out of the batch, beyond rounding.
    func mixesSamples() throws -> Bool {
        let together = try forward()
        let plan = try network.plan(batch: 1, mode: .training)
        let (inputs, outputs) = (samples.count / batch, together.count / batch)
        let largest = together.reduce(0) { max($0, abs($1)) }
        for sample in 0..<batch {
            _ = plan.input.update(from: samples[sample * inputs..<(sample + 1) * inputs])
            try plan.forward(BatchPosition(step: 0, firstSample: sample))
            for (index, value) in plan.logits.enumerated()
            where !(abs(value - together[sample * outputs + index]) <= 1e-5 * largest) { return true }
        }
        return false
    }
}
