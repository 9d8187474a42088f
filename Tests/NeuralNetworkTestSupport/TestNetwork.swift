import NeuralNetwork
import RandomNumbers

/// A network with arenas of its own, which live as long as this object: it is asked, not its `network`, for what touches
/// them. On one thread, as a rank is.
package final class TestNetwork {
    package let network: Network
    package let parameters: AlignedBuffer
    package let gradient: AlignedBuffer

    package init(
        _ specification: NetworkSpecification, options: Network.Options = Network.Options(), nominalBatch: Int = 16,
        maximumBatch: Int = 64, seed: UInt64 = 1
    ) throws {
        Processor.setThreadCount(1)
        network = try Network(
            specification, options: options, nominalBatch: nominalBatch, maximumBatch: maximumBatch, seed: seed)
        parameters = AlignedBuffer(floats: network.layout.count)
        gradient = AlignedBuffer(floats: network.layout.count)
        network.bind(parameters: parameters.floats, gradient: gradient.floats)
        try network.initializeParameters()
    }

    package func importParameters(_ tensors: [Tensor]) throws {
        try network.importParameters(tensors)
    }

    package func exportParameters() throws -> [Tensor] {
        try network.exportParameters()
    }

    /// Sets every parameter, biases too, to a value in ±1 / √fan-in that depends on `fill` alone, and returns them.
    @discardableResult
    package func fillParameters(_ fill: UInt64) throws -> [Tensor] {
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
    package func fillStatistics(_ fill: UInt64) throws -> [Tensor] {
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
    package func step(
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
    package func logits(
        _ samples: [Float], batch: Int, mode: ExecutionPlan.Mode = .inference,
        position: BatchPosition = BatchPosition(step: 0, firstSample: 0)
    ) throws -> [Float] {
        let plan = try network.plan(batch: batch, mode: mode)
        _ = plan.input.update(from: samples)
        try plan.forward(position)
        return Array(plan.logits)
    }
}

/// `count` values in ±`bound`; another `fill`, other values.
package func uniform(_ count: Int, in bound: Float, fill: UInt64) -> [Float] {
    let stream = RandomStream(seed: 20_240_611, purpose: .syntheticNoise, stream: fill)
    return (0..<UInt64(count)).map { bound * (2 * stream.uniformFloat($0) - 1) }
}
