/// Targets of the samples of a data set's parts, as their files have them.
struct RealTargets {
    /// Targets of the first set, [N, T], finite.
    var train: [Double]
    /// Targets of a second set, where the test samples are one of their own.
    var test: [Double]?
    /// Targets of a sample, T.
    var count: Int
    /// Names of the columns, [T]; nil where they have none.
    var names: [String]?
    /// The file.
    var subject: String
}

extension RealTargets {
    /// The scales of the targets selected, [T], or those kept with weights.
    ///
    /// - Throws: where the weights have another number of targets, and where a scale cannot be measured.
    func scales(over selection: Selection, _ options: LoadOptions) throws(DatasetError) -> [TargetScale] {
        if let kept = options.meaning?.targetScales {
            if kept.count == count { return kept }
            throw DatasetError(
                .wrongShape, subject, expected: "\(kept.count) targets of a sample, which the weights were trained on",
                found: "\(count)", remedy: "give data of the same kind")
        }
        if options.task == .multiLabel { return (0..<count).map { TargetScale.label(names?[$0]) } }
        var scales: [TargetScale] = []
        for output in 0..<count {
            scales.append(
                try TargetScale(
                    of: (0..<selection.count).map { train[selection[$0] * count + output] }, name: names?[output],
                    bins: options.task.bins, subject: subject))
        }
        return scales
    }

    /// A set with its targets.
    ///
    /// - Throws: where one is not finite in single precision once it is standardized.
    func dataset(
        _ samples: any Dataset, _ targets: [Double], _ scales: [TargetScale]
    ) throws(DatasetError) -> any Dataset {
        guard let stored = samples as? any StoredDataset else {
            preconditionFailure("real targets of samples that do not lie in memory")
        }
        if let place = targets.indices.first(where: {
            scales[$0 % count].isLabel == true && targets[$0] != 0 && targets[$0] != 1
        }) {
            throw DatasetError(
                .invalidNumber, subject, expected: "labels that are 0 or 1 (task: multi-label)",
                found: "\(targets[place]) of sample \(place / count)", remedy: "correct the labels")
        }
        let values = targets.enumerated().map { scales[$0 % count].standardized($1) }
        if let place = values.firstIndex(where: { !$0.isFinite }) {
            throw DatasetError(
                .invalidNumber, subject,
                expected: "targets that are finite in single precision when they are standardized "
                    + "(\(scales[place % count]))",
                found: "\(targets[place]) of sample \(place / count)",
                remedy: "correct the number, or leave the sample out")
        }
        return TargetDataset(stored, targets: ByteStorage(copying: values), scales: scales)
    }
}
