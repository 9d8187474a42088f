import Datasets
import Logging

/// A warning about the data that `data.warnings: error` makes an error.
struct RefusedWarning: Error, CustomStringConvertible {
    let warnings: [DataWarning]

    var description: String {
        let others = warnings.count - 1
        return "\(warnings[0])" + (others > 0 ? " (the first of \(warnings.count) warnings" : " (a warning")
            + "; data.warnings is error)"
    }
}

extension Configuration.Data.Warnings {
    /// Tells warnings where they are shown.
    ///
    /// - Throws: ``RefusedWarning`` of the first one where they are errors.
    func handle(_ warnings: [DataWarning], _ logger: Logger) throws {
        guard self == .show || warnings.isEmpty else { throw RefusedWarning(warnings: warnings) }
        for warning in warnings { logger.warning("\(warning)") }
    }
}

extension Setup {
    /// Collective. Tells what was understood of the data and what looks otherwise than it was taken, on the first rank; and
    /// refuses what a training could not learn anything from.
    ///
    /// - Parameters:
    ///   - logger: for warnings; the caller gives ranks other than the first one that keeps quiet.
    ///   - show: takes the lines about what was understood; called on the first rank.
    /// - Throws: `AgreedError` of ``NormalizationOfOneValue`` or, with `data.warnings: error`, of the first warning; `MPIError`.
    public func review(_ logger: Logger, show: (String) -> Void) throws {
        try checkTraining()
        try replica.communicator.agree {
            guard replica.communicator.rank == 0 else { return }
            var isTable = false
            if case .csv = configuration.data.source { isTable = true }
            let review = DataReview(data, isTable: isTable)
            for line in review.understood { show(line) }
            try configuration.data.warnings.handle(review.warnings + batchWarnings, logger)
        }
    }

    private var batchWarnings: [DataWarning] {
        let batches = replica.batches
        guard batches.globalBatch > batches.sampleCount else { return [] }
        return [
            DataWarning(
                .largeBatch, "training.batch",
                found:
                    "\(batches.globalBatch) is more than the \(batches.sampleCount) training samples: an epoch is one step of all "
                    + "of them",
                remedy: "lower it for more steps")
        ]
    }
}
