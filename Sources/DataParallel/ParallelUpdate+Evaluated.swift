import CKernels
import MPI
import Optimizers

/// The parameters that are evaluated and kept, where they are others than those that steps change: their average, or what the
/// optimizer makes of its state.
extension ParallelUpdate {
    /// True where an average of the parameters is kept.
    public var averages: Bool { averaging != nil }

    /// True where other parameters are evaluated and kept than those that steps change.
    public var evaluatesOthers: Bool { averages || optimizer.evaluatesOthers }

    /// This rank's slice of the parameters.
    var ownParameters: UnsafeMutablePointer<Float> { arenas.parameters.baseAddress! + slice.lowerBound }

    /// Collective over the node. Runs `body` with a function, collective too, that exchanges the parameters and those that are
    /// evaluated: first to put these in their place, then to take them out again, to the bit.
    public func withEvaluatedParameters<Result>(_ body: (_ exchange: () throws -> Void) throws -> Result) throws
        -> Result
    {
        precondition(evaluatesOthers, "the parameters themselves are evaluated")
        if averages, let average = arenas.state.last {
            return try body { try exchangeParameters(with: average.baseAddress! + slice.lowerBound) }
        }
        var values = Array(UnsafeBufferPointer(start: ownParameters, count: slice.count))
        return try values.withUnsafeMutableBufferPointer { values in
            for run in runs where !run.isFrozen {
                optimizer.evaluated(
                    arenaSlice(run.range, of: run), numbers: numbers,
                    into: values.baseAddress! + (run.range.lowerBound - slice.lowerBound))
            }
            let other = values.baseAddress!
            return try body { try exchangeParameters(with: other) }
        }
    }

    /// Collective over the node. Exchanges this rank's slice of the parameters and `values`.
    func exchangeParameters(with values: UnsafeMutablePointer<Float>) throws(MPIError) {
        try arenas.synchronize()
        kernels_exchange(ownParameters, values, Int64(slice.count))
        try arenas.synchronize()
    }
}

/// Numbers of the optimizer that hold for all parameters, to keep and to take up again.
extension ParallelUpdate {
    /// As many as it has; the same bits on all ranks.
    package var keptNumbers: [Double] {
        get { (0..<optimizer.numberCount).map { numbers[$0] } }
        set {
            precondition(newValue.count == optimizer.numberCount, "\(newValue.count) numbers kept")
            for (index, value) in newValue.enumerated() { numbers[index] = value }
        }
    }
}
