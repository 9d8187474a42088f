extension DataSource {
    /// Reads the samples, holds a part of the training ones out, measures the statistics on the rest and applies them to
    /// all. Every rank calls it for itself and gets the same.
    ///
    /// - Parameter root: folder that relative paths start from; not needed for embedded and synthetic sets.
    /// - Throws: what is wrong with a file or an option.
    public func load(root: String?, options: LoadOptions = LoadOptions()) throws(DatasetError) -> LoadedData {
        do throws(DatasetError) {
            return try read(from: DataRoot(directory: root), options)
        } catch {
            throw options.meaning == nil ? error : error.ofClassesOfWeights
        }
    }

    private func read(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        switch self {
        case .digits:
            let (train, test) = try EmbeddedDigits.load()
            return try options.prepare(Parts(train: train, test: test))
        case .idx(let files):
            let (train, test) = try files.load(from: root, as: options.meaning)
            // Of images of one channel a file does not give the channels.
            let sizes = train.sampleShape.first == 1 ? Array(train.sampleShape.dropFirst()) : train.sampleShape
            let warnings = SampleLayout.warnings(of: sizes, path: try root.path(files.trainImages))
            return try options.prepare(Parts(train: train, test: test, warnings: warnings))
        case .cifar(let files):
            let (train, test) = try files.load(from: root)
            return try options.prepare(Parts(train: train, test: test))
        case .csv(let files):
            return try options.prepare(try files.load(from: root, as: options.meaning))
        case .npy(let files):
            let (parts, warnings) = try files.load(from: root, as: options.meaning)
            switch parts {
            case .bytes(let train, let test):
                return try options.prepare(Parts(train: train, test: test, warnings: warnings))
            case .reals(let train, let test):
                return try options.prepare(Parts(train: train, test: test, warnings: warnings))
            }
        case .synthetic(let set):
            return try options.prepare(set)
        }
    }
}

/// Where the training and the test samples lie, in one set or in two.
struct Parts<Samples: StandardizableSamples> {
    var train: Samples
    var trainSelection: Selection
    /// Nil when they lie in `train` too.
    var test: Samples?
    var testSelection: Selection
    var columns: TableColumns?
    /// Digests of the file that training and test samples are both taken from, and the rows of it that are evaluated.
    var split: SplitRows?
    var evaluated: EvaluatedRows?
    var warnings: [DataWarning] = []

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
}

extension CSVFiles {
    /// - Parameter meaning: what weights were trained on; nil for what the training file says.
    func load(from root: DataRoot, as meaning: DataMeaning?) throws(DatasetError) -> Parts<RealSamples> {
        let path = try root.path(train)
        var reference: TableReference?
        if let meaning { reference = try TableReference(meaning) }
        let table = try CSVTable(try ByteInput(path: path), format: format, matching: reference)
        var parts: Parts<RealSamples>
        var warnings = table.warnings
        switch test {
        case .file(let name):
            let other = try CSVTable(
                try ByteInput(path: try root.path(name)), format: format, matching: reference ?? TableReference(table))
            parts = Parts(train: table.samples, test: other.samples)
            warnings += other.warnings
        case .after, .fraction:
            if let meaning {
                parts = try test.evaluated(table.samples, path, keptWithWeights: meaning.split)
            } else {
                let (train, test) = try test.selections(table.samples, path, ofFirst: table.samples.count)
                parts = Parts(table.samples, train: train, test: test)
                parts.split = SplitRows(table.samples, trainingRows: self.test.trainingRows)
            }
        }
        parts.columns = table.layout.columns
        parts.warnings = warnings
        return parts
    }
}

extension LoadOptions {
    fileprivate func prepare<Samples>(_ parts: Parts<Samples>) throws(DatasetError) -> LoadedData {
        try meaning?.check(parts.train, columns: parts.columns)
        var trainSelection = parts.trainSelection
        var validationSelection: Selection?
        if validationFraction != 0, parts.evaluated?.choice != .all {
            let (rest, held) = try parts.train.holdingOut(validationFraction, of: trainSelection, seed: seed)
            (trainSelection, validationSelection) = (rest, held)
        }
        let statistics = try statistics(parts.train, trainSelection)
        var warnings = parts.warnings
        if case .given = standardization {
            // Whoever measured was warned.
        } else {
            warnings += parts.train.lostSpread(over: trainSelection, presentedBy: statistics)
        }
        let train = try parts.train.presented(by: statistics)
        let test: any Dataset = try parts.test?.presented(by: statistics) ?? train
        var loaded = LoadedData(
            train: train.view(trainSelection), test: test.view(parts.testSelection),
            validation: validationSelection.map { train.view($0) }, standardization: statistics, columns: parts.columns,
            warnings: warnings)
        loaded.split = parts.split
        loaded.evaluated = parts.evaluated
        return loaded
    }

    /// Synthetic samples need no statistics, and are too many to list those held out: the last ones are.
    fileprivate func prepare(_ set: SyntheticSet) throws(DatasetError) -> LoadedData {
        let (train, test) = try SyntheticDataset.load(set)
        if validationFraction == 0 {
            return LoadedData(train: train, test: test, validation: nil, standardization: nil)
        }
        let heldCount = validationFraction * Double(train.count)
        guard validationFraction > 0, validationFraction < 1, heldCount >= 1, train.count > 1 else {
            throw DatasetError(
                .invalidOption, "share held out", expected: "a number in 0 ..< 1 that leaves samples on both sides",
                found: "\(validationFraction) of \(train.count) samples", remedy: "give a share such as 0.1")
        }
        let restCount = max(train.count - Int(heldCount), 1)
        return LoadedData(
            train: train.part(0..<restCount), test: test, validation: train.part(restCount..<train.count),
            standardization: nil)
    }

    private func statistics(
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
