import MPI

/// `entrain predict`: the classes of samples in files, by the weights of a run.
public struct PredictionRun {
    /// Number of samples predicted.
    public let samples: Int
    /// Columns that were passed over; a line each. Of the first rank.
    public let notes: [String]
    /// Warnings of what looks otherwise than it was taken; a line each, of the first rank.
    public let warnings: [String]
    /// True where the reader of the standard output has gone before its end.
    public let isReaderGone: Bool

    /// Collective. Predicts the samples of some files, in their order, and writes the predictions as they come.
    ///
    /// The first rank alone reads and writes: it deals the samples out in batches, and holds one batch of them at a time. The bytes
    /// that it writes are the same for any number of ranks.
    ///
    /// - Parameters:
    ///   - files: paths as the first rank knows them, at least one. Tables, NPY files, or files of the format that the weights
    ///     were trained on; labels in them are passed over.
    ///   - output: path of the file to write, which has its name when it is whole; nil for the standard output, not for
    ///     ``PredictionForm/npy``.
    /// - Throws: `AgreedError` of what is wrong with a file, with no output then but what the standard output has taken; `MPIError`.
    public init(
        of files: [String], by predictor: Predictor, as form: PredictionForm, to output: String?
    ) throws {
        let communicator = predictor.communicator
        try communicator.agree {
            try form.check(predictor.model.meaning)
            if communicator.rank == 0, let output, let input = files.first(where: { FilePlace.isSame($0, output) }) {
                throw PredictionError("--output: expected another file than the samples are read from, found \(input)")
            }
        }
        guard communicator.rank == 0 else {
            var worker = PredictionWorker(predictor)
            try worker.run()
            try communicator.agree { if let failure = worker.failure { throw failure } }
            (samples, notes, warnings) = (0, [], [])
            isReaderGone = try communicator.broadcast(0, root: 0) == 1
            return
        }
        var dealer = PredictionDealer(predictor)
        try dealer.run(files) {
            try PredictionOutput(
                form, to: output, classNames: predictor.classNames, tellsFile: files.count > 1,
                isOfValues: predictor.model.meaning.targetScales != nil)
        }
        var isReaderGone = false
        if let error = dealer.failure as? StandardStreamError, error.isReaderGone { isReaderGone = true }
        try communicator.agree { if let failure = dealer.failure, !isReaderGone { throw failure } }
        (samples, notes, warnings) = (dealer.samples, dealer.notes, dealer.warnings)
        self.isReaderGone = try communicator.broadcast(isReaderGone ? 1 : 0, root: 0) == 1
    }
}
