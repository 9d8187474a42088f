import Datasets

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
    func handle(_ warnings: [DataWarning], warn: (DataWarning) -> Void) throws {
        guard self == .show || warnings.isEmpty else { throw RefusedWarning(warnings: warnings) }
        for warning in warnings { warn(warning) }
    }
}

extension Experiment {
    /// Collective. Tells what was understood of the data and what looks otherwise than it was taken, on the first rank; and
    /// refuses what a training could not learn anything from.
    ///
    /// - Parameters:
    ///   - show: takes the lines about what was understood; called on the first rank.
    ///   - warn: takes what looks otherwise, unless it is an error; called on the first rank.
    /// - Throws: `AgreedError` of `NormalizationOfOneValue` or, with `data.warnings: error`, of the first warning; `MPIError`.
    public func review(show: (String) -> Void = { _ in }, warn: (DataWarning) -> Void) throws {
        try checkTraining()
        try replica.communicator.agree {
            guard replica.communicator.rank == 0 else { return }
            let review = DataReview(data, labelColumn: configuration.data.source.labelColumn)
            let tokens = configuration.model.architecture.tokenCount.map {
                "tokens: numbers from 0 to \($0 - 1), as they stand; data.standardize has no effect on them"
            }
            let told = [
                tokens, configuration.summaryOfEmbeddings(replica.network.specification, of: data.meaning),
                configuration.optimizerOfNetwork, initialWeights, configuration.layerDecay(in: replica.network),
            ].compactMap(\.self)
            for line in review.understood + told { show(line) }
            // A position that has one token in all samples, such as the first, is no column that says nothing.
            let ofValues: [DataWarning.Kind] = [.constantFeatures, .rowNumbers]
            let warnings = review.warnings.filter { tokens == nil || !ofValues.contains($0.kind) }
            try configuration.data.warnings.handle(warnings + batchWarnings, warn: warn)
        }
    }

    /// Collective. Refuses to look for rates by the labels of one class alone: the loss says nothing of them.
    ///
    /// - Throws: `AgreedError` of a `DatasetError`; `MPIError`.
    func checkClassesForSearch() throws {
        try replica.communicator.agree {
            let train = data.train
            guard replica.communicator.rank == 0, train.isStored, train.count > 0 else { return }
            if train.targetScale != nil {
                guard train.hasLabels, !train.labelsVary else { return }
                throw DatasetError(
                    .labelOutOfRange, "training set", expected: "a label that some samples have and others have not",
                    found: "\(train.count) samples that have the same labels",
                    remedy: "check which columns or file have the labels")
            }
            let first = train.label(at: 0)
            guard (1..<train.count).allSatisfy({ train.label(at: $0) == first }) else { return }
            throw DatasetError(
                .labelOutOfRange, "training set", expected: "samples of two classes or more",
                found: "\(train.count) of one class, \(NameList([train.className(Int(first))]))",
                remedy:
                    "there is nothing to learn, and no rate to be found for it; check which column or file has the labels"
            )
        }
    }

    /// Warnings about settings beside the data.
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

extension Dataset {
    /// True where a label of several is not the same for all samples.
    fileprivate var labelsVary: Bool {
        targetScales.indices.contains { label in
            let first = target(at: 0, output: label)
            return (1..<count).contains { target(at: $0, output: label) != first }
        }
    }
}
