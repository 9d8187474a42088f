/// The running statistics of a network's normalisations: each rank has its own, which together are averaged over the
/// ranks before they are used.
final class RunningStatistics {
    let declarations: [StatisticDeclaration]
    /// First element of each, by name.
    let addresses: [String: UnsafeMutablePointer<Float>]
    private let buffer: AlignedBuffer

    init(_ declarations: [StatisticDeclaration]) {
        self.declarations = declarations
        var offset = 0
        var offsets: [Int] = []
        for declaration in declarations {
            offsets.append(offset)
            offset += declaration.count
        }
        let buffer = AlignedBuffer(floats: offset)
        self.buffer = buffer
        addresses = Dictionary(
            uniqueKeysWithValues: zip(declarations, offsets).map { ($0.name, buffer.floats.baseAddress! + $1) })
        for (declaration, offset) in zip(declarations, offsets) {
            buffer.floats[offset..<offset + declaration.count].update(repeating: declaration.initialValue)
        }
    }

    /// All numbers, in the order of the layers.
    var values: UnsafeMutableBufferPointer<Float> {
        buffer.floats
    }
}

extension Network {
    /// Name and length of each running mean and variance, in the order of `statisticValues`.
    public var statisticShapes: [(name: String, count: Int)] {
        statistics.declarations.map { ($0.name, $0.count) }
    }

    /// Running means and variances, `[C]` each, by PyTorch's names, for example "1.running_mean"; this rank's own.
    public func exportStatistics() -> [Tensor] {
        statistics.declarations.map { declaration in
            let values = UnsafeBufferPointer(start: statistics.addresses[declaration.name]!, count: declaration.count)
            return Tensor(name: declaration.name, shape: [declaration.count], values: Array(values))
        }
    }

    /// Sets the running statistics; every rank calls it.
    ///
    /// - Throws: `ParameterMismatch` where a tensor is missing, unknown, given twice or of another shape; nothing is
    ///   changed then.
    public func importStatistics(_ tensors: [Tensor]) throws(ParameterMismatch) {
        let ordered = try Tensor.match(tensors, with: statistics.declarations.map { ($0.name, [$0.count]) })
        for tensor in ordered {
            let target = UnsafeMutableBufferPointer(
                start: statistics.addresses[tensor.name]!, count: tensor.values.count)
            _ = target.update(from: tensor.values)
        }
    }

    /// The share of each batch in each of `statisticValues`.
    public var statisticMomenta: [Float] {
        statistics.declarations.flatMap { Array(repeating: $0.momentum, count: $0.count) }
    }

    /// The running statistics as one array: what is averaged over the ranks. Empty for most networks.
    public var statisticValues: UnsafeMutableBufferPointer<Float> {
        statistics.values
    }
}
