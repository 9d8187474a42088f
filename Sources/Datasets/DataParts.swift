/// Where the training and the test samples lie, in one set or in two.
struct DataParts<Samples: StandardizableSamples> {
    var train: Samples
    var trainSelection: Selection
    /// Nil when they lie in `train` too.
    var test: Samples?
    var testSelection: Selection
    /// Targets of a regression; nil for classes.
    var targets: RealTargets?
    var columns: TableColumns?
    var encoding: TableEncoding?
    /// Fields without a value, by feature column of a table.
    var missing: [Int] = []
    /// Digests of the file that training and test samples are both taken from, and the rows of it that are evaluated.
    var split: SplitRows?
    var evaluated: EvaluatedRows?
    var warnings: [DataWarning] = []
    /// Lines about the files.
    var notes: [String] = []

    /// Two sets, each used whole.
    init(train: Samples, test: Samples, warnings: [DataWarning] = []) {
        self.warnings = warnings
        self.train = train
        self.test = test
        trainSelection = .range(0..<train.count)
        testSelection = .range(0..<test.count)
    }

    /// One set, of which some samples are for training and others for testing.
    init(_ samples: Samples, train: Selection, test: Selection) {
        self.train = samples
        trainSelection = train
        testSelection = test
    }

    /// Makes features of a table's columns.
    mutating func encode(by encoding: TableEncoding?) throws(DatasetError) {
        guard let encoding else { return }
        self.encoding = encoding
        let train = try train.encoded(by: encoding)
        let test = try test.map { (samples) throws(DatasetError) in try samples.encoded(by: encoding) }
        self.train = train.samples
        self.test = test?.samples
        warnings += train.warnings + (test?.warnings ?? [])
    }
}

extension LoadOptions {
    /// Holds a part of the training samples out, measures the statistics on the rest and applies them to all.
    func prepare<Samples>(_ parts: DataParts<Samples>) throws(DatasetError) -> LoadedData {
        var parts = parts
        try parts.encode(by: meaning?.encoding)
        try meaning?.check(parts.train, columns: parts.columns)
        var trainSelection = parts.trainSelection
        var validationSelection: Selection?
        if validationFraction != 0, parts.evaluated?.choice != .all {
            let (rest, held) = try parts.train.holdingOut(validationFraction, of: trainSelection, seed: seed)
            (trainSelection, validationSelection) = (rest, held)
        }
        if meaning == nil { try parts.encode(by: parts.train.encoding(over: trainSelection)) }
        let statistics = try statistics(parts.train, trainSelection)
        var warnings = parts.warnings
        if case .given = standardization {
            // Whoever measured was warned.
        } else {
            warnings += parts.train.lostSpread(over: trainSelection, presentedBy: statistics)
        }
        let scales = try parts.targets.map { targets throws(DatasetError) in
            try targets.scales(over: trainSelection, self)
        }
        let (train, test) = try presented(parts, by: statistics, scales)
        var loaded = LoadedData(
            train: train.view(trainSelection), test: test.view(parts.testSelection),
            validation: validationSelection.map { train.view($0) }, standardization: statistics, columns: parts.columns,
            warnings: warnings)
        loaded.encoding = parts.encoding
        loaded.missing = parts.missing
        loaded.split = parts.split
        loaded.evaluated = parts.evaluated
        loaded.notes = parts.notes
        return loaded
    }

    /// The sets whole, with their targets where they have some.
    private func presented<Samples>(
        _ parts: DataParts<Samples>, by statistics: Standardization?, _ scales: [TargetScale]?
    ) throws(DatasetError) -> (train: any Dataset, test: any Dataset) {
        let train: any Dataset = try parts.train.presented(by: statistics)
        let other: (any Dataset)? = try parts.test?.presented(by: statistics)
        guard let targets = parts.targets, let scales else { return (train, other ?? train) }
        let trained = try targets.dataset(train, targets.train, scales)
        guard let other, let test = targets.test else { return (trained, trained) }
        return (trained, try targets.dataset(other, test, scales))
    }

    func statistics(
        _ samples: some StandardizableSamples, _ selection: Selection
    ) throws(DatasetError) -> Standardization? {
        switch standardization {
        case .off: return nil
        case .fromTraining: return samples.measured(over: selection)
        case .given(let given):
            let (means, deviations) = (given.mean, given.standardDeviation)
            if means.count == samples.groupCount, deviations.count == samples.groupCount,
                means.allSatisfy(\.isFinite), deviations.allSatisfy({ $0 > 0 && $0.isFinite })
            {
                return given
            }
            throw DatasetError(
                .wrongShape, "standardization",
                expected: "finite means and positive deviations of \(samples.groupCount) channels or features",
                found: "\(means.count) means and \(deviations.count) deviations",
                remedy: "use the data that the statistics were measured on")
        }
    }
}

extension Dataset {
    /// The samples selected; the set itself when they are all.
    fileprivate func view(_ selection: Selection) -> any Dataset {
        selection == .range(0..<count) ? self : Subset(self, selection)
    }
}
