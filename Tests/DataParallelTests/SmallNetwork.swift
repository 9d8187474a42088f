import NeuralNetwork
import RandomNumbers

/// A network of a few hundred parameters, weights and biases of odd counts, with memory of its own. Its tangents pass
/// on what is not a number; oneDNN's ReLU makes it 0.
final class SmallNetwork {
    let network: Network
    private let memory: UnsafeMutableRawPointer

    init(classes: Int) throws {
        Processor.setThreadCount(1)
        network = try Network(
            .mlp(inputShape: [13], hidden: [29, 17], classes: classes, activation: Tanh()), nominalBatch: 8,
            maximumBatch: 8, seed: 5)
        let count = network.layout.count
        memory = .allocate(byteCount: 2 * count * MemoryLayout<Float>.stride, alignment: 64)
        let floats = memory.bindMemory(to: Float.self, capacity: 2 * count)
        floats.initialize(repeating: 0, count: 2 * count)
        network.bind(
            parameters: UnsafeMutableBufferPointer(start: floats, count: count),
            gradient: UnsafeMutableBufferPointer(start: floats + count, count: count))
        try network.initializeParameters()
    }

    deinit {
        memory.deallocate()
    }
}

/// A number in ±1, another one for other arguments.
func value(_ stream: Int, _ index: Int) -> Float {
    2 * RandomStream(seed: 77, purpose: .syntheticNoise, stream: UInt64(stream)).uniformFloat(UInt64(index)) - 1
}
