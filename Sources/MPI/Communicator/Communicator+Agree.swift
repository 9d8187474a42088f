extension Communicator {
    /// Collective. Runs `body` on every rank; if it fails on any, every rank throws the same ``AgreedError``, that of
    /// the lowest rank that failed.
    ///
    /// For what each rank does on its own but none may continue without: opening files, checking a configuration.
    /// - Parameter body: must not communicate, since it may end early on some ranks.
    /// - Throws: ``AgreedError``, or ``MPIError`` if the ranks cannot agree, as after one that is ``MPIError/Class/abandoned``.
    public func agree<Result>(_ body: () throws -> Result) throws -> Result {
        let outcome = Swift.Result { try body() }
        // The others may not come.
        if case .failure(let error as MPIError) = outcome, error.errorClass == .abandoned { throw error }
        var failure: AgreedError?
        if case .failure(let error) = outcome {
            failure = AgreedError(error, participants: size, reporter: .thisRank)
        }
        let lowest = try allReduce(failure == nil ? size : rank, .min)
        if lowest == size { return try outcome.get() }

        var text = rank == lowest ? Array(failure!.message.utf8) : []
        var header = [Int64(text.count), Int64(failure?.exitStatus.rawValue ?? 0)]
        try broadcast(&header, root: lowest)
        if rank != lowest { text = Array(repeating: 0, count: Int(header[0])) }
        try broadcast(&text, root: lowest)
        throw AgreedError(
            message: String(decoding: text, as: UTF8.self), exitStatus: ExitStatus(rawValue: Int32(header[1])),
            participants: size, reporter: rank == lowest ? .thisRank : .otherRank)
    }
}
