import MPI

extension Communicator {
    /// Collective over `world`. Memory that this node's ranks share, of its first rank; nil where there is one rank.
    ///
    /// - Parameter canStream: true for samples of images, which may stay in their files.
    /// - Throws: `AgreedError` of a node that has no memory for the samples; `MPIError`.
    func allocateSamples(
        byteCount: Int, canStream: Bool = false, agreeingOver world: any Communicator
    ) throws -> SharedWindow<UInt8>? {
        // Every rank comes here, also those of a node that lacks nothing.
        let allocation = Result {
            size > 1 ? try allocateShared(UInt8.self, count: rank == 0 ? byteCount : 0) : nil
        }
        return try world.agree {
            do { return try allocation.get() } catch {
                let failure = SharingFailure(cause: "\(error)", byteCount: byteCount, canStream: canStream)
                guard let error = error as? MPIError, error.errorClass == .abandoned else { throw failure }
                throw MPIError(operation: error.operation, errorClass: .abandoned, text: "\(failure)")
            }
        }
    }
}

/// A node without the shared memory that its samples take.
private struct SharingFailure: Error, CustomStringConvertible {
    let cause: String
    let byteCount: Int
    let canStream: Bool

    var description: String {
        "data.sharedMemory: the samples take \((byteCount + 1_048_575) >> 20) MiB of shared memory a node, which it "
            + "does not have (\(cause)); allow as much in /dev/shm (docker run --shm-size), "
            + (canStream ? "set data.images.memory to stream, with which images stay in their files, " : "")
            + "or set data.sharedMemory to false, with which each rank holds the samples itself"
    }
}
