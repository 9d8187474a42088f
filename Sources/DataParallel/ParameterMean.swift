import CKernels
import MPI

/// The mean of the parameters after some updates: this rank's slice of it.
public struct ParameterMean {
    fileprivate var values: [Float]
    /// Updates in it.
    public private(set) var count = 0

    public init(_ update: ParallelUpdate) {
        values = [Float](repeating: 0, count: update.slice.count)
    }

    /// Adds the parameters as they are. To be called between two steps.
    public mutating func add(_ update: ParallelUpdate) {
        precondition(values.count == update.slice.count, "the mean of other parameters")
        count += 1
        kernels_average(&values, update.ownParameters, Int64(values.count), 1 / Float(count))
    }

    /// Collective over the node. Exchanges the parameters and their mean.
    public mutating func exchange(with update: ParallelUpdate) throws(MPIError) {
        precondition(count > 0, "the mean of no parameters")
        try values.withUnsafeMutableBufferPointer { values throws(MPIError) in
            try update.exchangeParameters(with: values.baseAddress!)
        }
    }
}
